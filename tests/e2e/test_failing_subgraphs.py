"""A subgraph that fails, over real sockets: partial data, one clear error a fetch, and a router that goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource
from router.server.app import create_app
from router.server.options import ServerOptions
from router.transport.resilience.options import (
    BreakerOptions,
    ResilienceOptions,
    RetryOptions,
    SubgraphPolicy,
)
from tests.serving import serving
from tests.transport.raw_server import Peer, RawServer, never_answer, response

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])\n'
SHOP = LINK + 'type Query { products: [Product!] } type Product @key(fields: "upc") { upc: ID! }'
STOCK = (
    LINK + 'type Query { total: Int } type Product @key(fields: "upc") { upc: ID! name: String inStock: Int }'
)

HOP = "{ products { upc name inStock } }"
ROOT = "{ products { upc } total }"
PRODUCTS = [{"__typename": "Product", "upc": str(n)} for n in (1, 2)]
NAMED = [{"__typename": "Product", "name": f"product {n}", "inStock": n} for n in (1, 2)]
TIMEOUT_S = 0.4
HANGS_S = 5.0
"""Far above the time-out, far below any other limit of the router."""

Reply = Callable[[Peer], Any]


@dataclass
class Stock:
    """The failing subgraph: each request is answered as ``reply`` says at that moment."""

    reply: Reply

    async def __call__(self, peer: Peer) -> None:
        while True:
            await peer.request()
            await self.reply(peer)


def saying(wire: bytes, *, then_closes: bool = False) -> Reply:
    async def reply(peer: Peer) -> None:
        await peer.say(wire)
        if then_closes:
            peer.abort() if not wire else peer.writer.close()

    return reply


def answering(value: Any, *, status: str = "200 OK") -> Reply:
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    return saying(response(body, status=status, headers=b"content-type: application/json\r\n"))


def entities(value: Any, **more: Any) -> Reply:
    return answering({"data": {"_entities": value}, **more})


async def answer_shop(peer: Peer) -> None:
    while True:
        await peer.request()
        await peer.say(response(orjson.dumps({"data": {"products": PRODUCTS}})))


@dataclass(frozen=True)
class Router:
    """A running router and the subgraph that fails."""

    client: httpx.AsyncClient
    stock: Stock

    async def ask(self, query: str) -> dict[str, Any]:
        started = time.monotonic()
        answer = await self.client.post("/graphql", json={"query": query}, timeout=30)
        assert time.monotonic() - started < HANGS_S
        assert answer.status_code == 200
        body: dict[str, Any] = answer.json()
        return body


@asynccontextmanager
async def routed(
    *, is_down: bool = False, resilience: ResilienceOptions | None = None
) -> AsyncIterator[Router]:
    async with AsyncExitStack() as stack:
        stock = Stock(entities(NAMED))
        shop_server = await stack.enter_async_context(RawServer(answer_shop))
        stock_server = await stack.enter_async_context(RawServer(stock))
        port = 1 if is_down else stock_server.port
        composed = compose(
            [
                SubgraphInput("shop", f"http://127.0.0.1:{shop_server.port}/graphql", SHOP),
                SubgraphInput("stock", f"http://127.0.0.1:{port}/graphql", STOCK),
            ]
        )
        assert isinstance(composed, Composed)
        source = SupergraphSource(lambda: composed.supergraph_sdl, tuple)
        options = EngineOptions(
            subgraph_timeout_s=TIMEOUT_S,
            shows_subgraph_errors=True,
            resilience=resilience or ResilienceOptions(),
        )
        engine = Engine(source, options)
        origin = await stack.enter_async_context(serving(create_app(engine, ServerOptions())))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=origin, trust_env=False))
        yield Router(client, stock)


def told(answer: dict[str, Any]) -> list[tuple[Any, str, str]]:
    return [(e["path"], e["extensions"]["code"], e["extensions"]["service"]) for e in answer["errors"]]


WHOLE = response(orjson.dumps({"data": {"_entities": NAMED, "total": 3}}))
HTML = b"<html><body>Bad gateway</body></html>"

FAILING: dict[str, tuple[Reply, str]] = {
    "slow": (never_answer, "SUBGRAPH_TIMEOUT"),
    "slow in the middle of its answer": (saying(WHOLE[:-10]), "SUBGRAPH_TIMEOUT"),
    "drops the connection": (saying(b"", then_closes=True), "SUBGRAPH_CONNECTION_LOST"),
    "truncated": (saying(WHOLE[:-10], then_closes=True), "SUBGRAPH_INVALID_RESPONSE"),
    "no HTTP": (saying(b"SSH-2.0-OpenSSH_9\r\n\r\n"), "SUBGRAPH_INVALID_RESPONSE"),
    "500": (answering(b"", status="500 Internal Server Error"), "SUBGRAPH_HTTP_STATUS"),
    "500 with HTML": (answering(HTML, status="500 Internal Server Error"), "SUBGRAPH_HTTP_STATUS"),
    "500 with data": (
        answering({"data": {"_entities": NAMED, "total": 3}}, status="500 Internal Server Error"),
        "SUBGRAPH_HTTP_STATUS",
    ),
    "HTML": (answering(HTML), "SUBGRAPH_INVALID_RESPONSE"),
    "nothing": (answering(b""), "SUBGRAPH_INVALID_RESPONSE"),
    "invalid JSON": (answering(b'{"data": {"_entities": [NaN'), "SUBGRAPH_INVALID_RESPONSE"),
    "invalid UTF-8": (answering(b'{"data": {"total": "\xff"}}'), "SUBGRAPH_INVALID_RESPONSE"),
    "an array": (answering([]), "SUBGRAPH_INVALID_RESPONSE"),
    "a string": (answering("data"), "SUBGRAPH_INVALID_RESPONSE"),
    "null": (answering(None), "SUBGRAPH_INVALID_RESPONSE"),
    "no data": (answering({}), "SUBGRAPH_INVALID_RESPONSE"),
    "null data without an error": (answering({"data": None}), "SUBGRAPH_INVALID_RESPONSE"),
    "data that is an array": (answering({"data": []}), "SUBGRAPH_INVALID_RESPONSE"),
    "data that is a string": (answering({"data": "x"}), "SUBGRAPH_INVALID_RESPONSE"),
    "errors that are a string": (answering({"data": None, "errors": "x"}), "SUBGRAPH_INVALID_RESPONSE"),
    "an error of its own": (answering({"errors": [{"message": "no"}]}), "SUBGRAPH_ERROR"),
}

FAILING_ENTITIES: dict[str, Reply] = {
    "missing": answering({"data": {}}),
    "null without an error": entities(None),
    "an object": entities({}),
    "too few": entities(NAMED[:1]),
    "too many": entities([*NAMED, NAMED[0]]),
    "strings and numbers": entities(["x", 4]),
    "lists": entities([[], []]),
}


@pytest.mark.parametrize("case", FAILING)
async def test_a_failed_fetch_is_one_error_and_the_next_request_is_answered(case: str) -> None:
    reply, code = FAILING[case]
    async with routed() as router:
        router.stock.reply = reply
        hop, root = await router.ask(HOP), await router.ask(ROOT)
        assert hop["data"] == {"products": [{"upc": n, "name": None, "inStock": None} for n in "12"]}
        assert told(hop) == [(["products", 0], code, "stock")]
        assert root["data"] == {"products": [{"upc": "1"}, {"upc": "2"}], "total": None}
        assert told(root) == [(["total"], code, "stock")]
        await recovered(router)


@pytest.mark.parametrize("case", FAILING_ENTITIES)
async def test_entities_of_a_wrong_shape_are_one_error(case: str) -> None:
    async with routed() as router:
        router.stock.reply = FAILING_ENTITIES[case]
        answer = await router.ask(HOP)
        assert answer["data"] == {"products": [{"upc": n, "name": None, "inStock": None} for n in "12"]}
        assert told(answer) == [(["products", 0], "SUBGRAPH_INVALID_RESPONSE", "stock")]
        await recovered(router)


async def test_entities_that_are_null_leave_their_fields_null() -> None:
    async with routed() as router:
        router.stock.reply = entities([NAMED[0], None])
        answer = await router.ask(HOP)
        assert answer["data"]["products"] == [
            {"upc": "1", "name": "product 1", "inStock": 1},
            {"upc": "2", "name": None, "inStock": None},
        ]
        assert "errors" not in answer
        error = {"message": "gone", "path": ["_entities", 1], "extensions": {"code": "GONE"}}
        router.stock.reply = entities([NAMED[0], None], errors=[error])
        assert told(await router.ask(HOP)) == [(["products", 1], "GONE", "stock")]
        await recovered(router)


async def test_a_value_of_the_wrong_type_costs_that_value_only() -> None:
    async with routed() as router:
        router.stock.reply = entities([NAMED[0], {**NAMED[1], "inStock": "many"}])
        answer = await router.ask(HOP)
        assert answer["data"]["products"][1] == {"upc": "2", "name": "product 2", "inStock": None}
        assert told(answer) == [(["products", 1, "inStock"], "SUBGRAPH_INVALID_VALUE", "stock")]
        await recovered(router)


async def test_a_subgraph_that_is_down_costs_its_own_part_only() -> None:
    async with routed(is_down=True) as router:
        answers = await asyncio.gather(*(router.ask(HOP) for _ in range(10)))
        for answer in answers:
            assert answer["data"]["products"][0]["upc"] == "1"
            assert told(answer) == [(["products", 0], "SUBGRAPH_CONNECTION_REFUSED", "stock")]


async def recovered(router: Router) -> None:
    """The subgraph is well again, and so is what the router makes of it."""
    router.stock.reply = entities(NAMED)
    answer = await router.ask(HOP)
    assert "errors" not in answer
    assert [product["name"] for product in answer["data"]["products"]] == ["product 1", "product 2"]


async def test_a_subgraph_that_fails_too_often_is_left_alone_and_the_rest_is_answered() -> None:
    policy = SubgraphPolicy(breaker=BreakerOptions(min_requests=3, sleep_s=0.3))
    async with routed(resilience=ResilienceOptions(subgraphs={"stock": policy})) as router:
        asked = 0

        async def failing(peer: Peer) -> None:
            nonlocal asked
            asked += 1
            await peer.say(response(HTML, status="503 Service Unavailable"))

        router.stock.reply = failing
        for _ in range(3):
            await router.ask(ROOT)
        answer = await router.ask(ROOT)
        assert asked == 3
        assert answer["data"] == {"products": [{"upc": "1"}, {"upc": "2"}], "total": None}
        assert told(answer) == [(["total"], "SUBGRAPH_CIRCUIT_OPEN", "stock")]
        router.stock.reply = answering({"data": {"total": 3}})
        await asyncio.sleep(0.4)
        assert (await router.ask(ROOT))["data"]["total"] == 3


async def test_a_stumble_is_not_seen_where_queries_are_asked_again() -> None:
    policy = SubgraphPolicy(retry=RetryOptions(interval_s=0.01))
    async with routed(resilience=ResilienceOptions(policy)) as router:
        replies = [saying(b"", then_closes=True), answering(HTML, status="502 Bad Gateway"), entities(NAMED)]

        async def stumbling(peer: Peer) -> None:
            await replies.pop(0)(peer)

        router.stock.reply = stumbling
        answer = await router.ask(HOP)
        assert "errors" not in answer
        assert not replies
