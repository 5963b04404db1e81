"""Subscriptions by the clients that people use, unchanged: graphql-ws, graphql-sse, Apollo's multipart, legacy.

``.ci/clients`` installs them outside the tree and says where (``CLIENTS``); without that the tests are skipped.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from router.engine.options import EngineOptions
from router.engine.subscription_options import SubscriptionOptions
from router.errors import SubgraphSubscriptionEndedError
from router.guards.jwks import secret_key
from router.guards.jwt import JwtOptions
from router.server.app import create_app
from router.server.options import ServerOptions
from router.transport.base import SubgraphRequest, SubscriptionRequest
from tests.engine.sample import LINK, Sample, supergraph
from tests.serving import serving

SCRIPT = Path(__file__).with_name("subscriptions.mjs")
PRODUCTS = LINK + (
    "type Query { product(id: ID!): Product closed: Int }\n"
    "type Mutation { rename(id: ID!, name: String!): Product }\n"
    "type Subscription { count: Product clock: Product faulty: Product broken: Product }\n"
    'type Product @key(fields: "id") { id: ID! name: String }\n'
)


def product(name: str) -> dict[str, Any]:
    return {"__typename": "Product", "id": "1", "name": name}


async def events(request: SubscriptionRequest) -> AsyncIterator[dict[str, Any]]:
    """What the four fields give."""
    query = orjson.loads(request.body)["query"]
    field_ = next(one for one in ("count", "clock", "faulty", "broken") if one in query)
    if field_ == "faulty":
        yield {"data": {"faulty": None}, "errors": [{"message": "no", "extensions": {"code": "NO"}}]}
        yield {"data": {"faulty": product("after")}}
        return
    for number in range(3 if field_ == "count" else 1):
        yield {"data": {field_: product(f"name {number}")}}
    if field_ == "broken":
        raise SubgraphSubscriptionEndedError("products", "gone")
    if field_ == "clock":
        await asyncio.sleep(600)


class StockSample(Sample):
    """Says how many source streams were closed before their end."""

    def __init__(self) -> None:
        subscriptions = SubscriptionOptions(reconnect_attempts=0)
        jwt = JwtOptions((secret_key("a secret that is long enough, really"),))
        super().__init__(EngineOptions(subscriptions=subscriptions, jwt=jwt))
        self.sdl = supergraph(PRODUCTS)
        self.streams.sources["products"] = events
        self.subgraphs.handlers["products"] = self._products

    async def _products(self, request: SubgraphRequest) -> dict[str, Any]:
        if "closed" in orjson.loads(request.body)["query"]:
            return {"data": {"closed": self.streams.closed_early}}
        return await self.subgraphs.products(request)


@dataclass
class Relay:
    """An address that stays, in front of a router that is restarted."""

    port: int = 0
    target: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            to, back = await asyncio.open_connection("127.0.0.1", self.target)
            await asyncio.gather(_pump(reader, back), _pump(to, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.close()


@asynccontextmanager
async def router() -> AsyncIterator[int]:
    async with serving(create_app(StockSample().engine, ServerOptions())) as origin:
        yield int(origin.rpartition(":")[2])


async def seen_by_clients(folder: str) -> dict[str, dict[str, Any]]:
    """Run the script, restarting the router when it says so."""
    relay = Relay()
    async with AsyncExitStack() as outer:
        await outer.enter_async_context(relay.listening())
        current = await outer.enter_async_context(AsyncExitStack())
        relay.target = await current.enter_async_context(router())
        process = await asyncio.create_subprocess_exec(
            *("node", str(SCRIPT), folder, f"http://127.0.0.1:{relay.port}/graphql", "nonsense"),
            stdout=asyncio.subprocess.PIPE,
            limit=2**24,
        )
        assert process.stdout is not None
        async with asyncio.timeout(300):
            while (line := await process.stdout.readline()).strip() == b"restart":
                following = await outer.enter_async_context(AsyncExitStack())
                relay.target = await following.enter_async_context(router())
                await current.aclose()
                current = following
            assert await process.wait() == 0
        seen: dict[str, dict[str, Any]] = json.loads(line)
        return seen


def named(field_: str, number: int, **more: Any) -> list[Any]:
    return ["next", {"data": {field_: {"name": f"name {number}", **more}}}]


def failed(codes: Any) -> list[Any]:
    return ["next", {"data": None, "codes": codes}]


CLOCK = named("clock", 0)
ENDED = ["SUBGRAPH_SUBSCRIPTION_ENDED"]
INVALID = ["GRAPHQL_VALIDATION_FAILED"]
EVERYWHERE: dict[str, Any] = {
    "to the end": [*(named("count", number, stars=5) for number in range(3)), ["complete"]],
    "query": [["next", {"data": {"product": {"name": "Oak table", "stars": 5}}}], ["complete"]],
    "mutation": [["next", {"data": {"rename": {"name": "new"}}}], ["complete"]],
    "invalid": [["error", INVALID]],
    "event with an error": [
        ["next", {"data": {"faulty": None}, "codes": ["NO"]}],
        ["next", {"data": {"faulty": {"name": "after"}}}],
        ["complete"],
    ],
    "broken": [named("broken", 0), ["error", ENDED]],
    "cancelled": [CLOCK, ["closed upstream", 1]],
    "refused": [["error", 4403]],
    # The client connects again by itself; nobody takes the restart for the end.
    "restarted": [CLOCK, CLOCK],
}

EXPECTED = {
    "graphql-ws": EVERYWHERE,
    # Its protocol has one error where the others have a list.
    "subscriptions-transport-ws": EVERYWHERE
    | {
        "invalid": [["error", INVALID[0]]],
        "broken": [named("broken", 0), ["error", ENDED[0]]],
        "refused": [["error", "The token is not a JSON Web Token."]],
    },
    # Over HTTP errors are results; after those of a broken stream this client connects again.
    "graphql-sse": EVERYWHERE
    | {
        "invalid": [failed(INVALID), ["complete"]],
        "broken": [named("broken", 0), failed(ENDED)],
        "refused": [["error", 401]],
    },
    # This client never connects again by itself: its caller is told.
    "apollo multipart": EVERYWHERE
    | {
        "invalid": [failed(INVALID), ["complete"]],
        "broken": [named("broken", 0), failed(ENDED)],
        "refused": [failed(["TOKEN_MALFORMED"]), ["complete"]],
        "restarted": [CLOCK, failed("terminated")],
    },
}


async def test_stock_clients_subscribe_unchanged() -> None:
    folder = os.environ.get("CLIENTS")
    if folder is None:
        pytest.skip("run .ci/clients")
    seen = await seen_by_clients(folder)
    assert seen == EXPECTED
