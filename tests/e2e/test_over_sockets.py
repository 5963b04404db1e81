"""The demo as a client meets it: the whole router on a real server, real subgraphs behind real sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from router.cli.demo import DEMO_OPTIONS, TRY
from router.cli.token import demo_token
from router.engine.engine import Engine
from router.engine.reload import file_source
from router.server.app import create_app
from router.server.options import ServerOptions
from tests.fleet import SCHEMA, running_fleet
from tests.serving import serving

OPERATIONS = SCHEMA / "operations"


def without_lifespan(app: ASGIApp) -> ASGIApp:
    """The fleet has started the app already; a server must not start it again."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("started by the fleet")
        await app(scope, receive, send)

    return served


@dataclass(frozen=True)
class Router:
    """A running router."""

    origin: str
    client: httpx.AsyncClient

    async def post(self, query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        body = {"query": query, "variables": variables}
        response = await self.client.post("/graphql", json=body, headers=headers, timeout=30)
        answer: dict[str, Any] = response.json()
        return answer


@asynccontextmanager
async def demo(seeded: Path, *, down: str | None = None) -> AsyncIterator[Router]:
    """The demo's router before its four subgraphs; nobody listens at the address of the one that is ``down``."""
    async with AsyncExitStack() as stack:
        fleet = await stack.enter_async_context(running_fleet(seeded))
        urls = {
            name: await stack.enter_async_context(serving(without_lifespan(app))) + "/graphql"
            for name, app in fleet.apps.items()
        }
        if down is not None:
            urls[down] = "http://127.0.0.1:1/graphql"
        options = replace(DEMO_OPTIONS, subgraph_urls=urls, owns_process=False)
        engine = Engine(file_source(SCHEMA / "supergraph.graphql"), options)
        origin = await stack.enter_async_context(serving(create_app(engine, ServerOptions())))
        client = httpx.AsyncClient(base_url=origin, trust_env=False)
        yield Router(origin, await stack.enter_async_context(client))


def token(tenant: str, user: str) -> str:
    return demo_token(tenant, user, (), 60)


async def test_four_subgraphs_answer_the_demos_questions_together(seeded: Path) -> None:
    async with demo(seeded) as router:
        for query in (TRY, (OPERATIONS / "customer_overview.graphql").read_text("utf-8")):
            answer = await router.post(query)
            assert "errors" not in answer
            customer = answer["data"].get("me") or answer["data"]["customer"]
            assert customer["lifetimeValue"]["formatted"].startswith("EUR ")
            item = customer["orders"]["edges"][0]["node"]["items"][0]
            assert item["product"].keys() == {"name", "price", "shippingEstimate", "salesRank"}


async def test_a_token_decides_whose_rows_are_seen(seeded: Path) -> None:
    query = "query ($id: ID!) { me { id } customer(id: $id) { id } }"
    async with demo(seeded) as router:
        mine = await router.post(query, token("globex", "globex-c-0002"), id="globex-c-0003")
        assert mine["data"] == {"me": {"id": "globex-c-0002"}, "customer": {"id": "globex-c-0003"}}
        theirs = await router.post(query, token("globex", "globex-c-0002"), id="acme-c-0003")
        assert theirs["data"]["customer"] is None
        forged = await router.client.post(
            "/graphql",
            json={"query": "{ me { id } }"},
            headers={"x-tenant-id": "globex", "x-user-id": "globex-c-0002"},
        )
        assert forged.json()["data"]["me"]["id"] == "acme-c-0001"


@pytest.mark.parametrize("down", ["orders", "products", "customers", "analytics"])
async def test_a_subgraph_that_is_down_costs_its_own_part_only(seeded: Path, down: str) -> None:
    async with demo(seeded, down=down) as router:
        answer = await router.post(
            "{ me { name } categories { name } dashboard { orderCount } o: order(id: 1) { id } }"
        )
        errors = answer["errors"]
        assert {error["extensions"]["service"] for error in errors} == {down}
        assert {error["extensions"]["code"] for error in errors} == {"SUBGRAPH_CONNECTION_REFUSED"}


@asynccontextmanager
async def subscribed(router: Router, query: str) -> AsyncIterator[Any]:
    """A socket with one subscription under way on it."""
    url = router.origin.replace("http", "ws") + "/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
        await socket.send(orjson.dumps({"type": "connection_init"}).decode())
        assert orjson.loads(await socket.recv())["type"] == "connection_ack"
        message = {"type": "subscribe", "id": "1", "payload": {"query": query}}
        await socket.send(orjson.dumps(message).decode())
        yield socket


async def test_an_order_placed_is_seen_live_with_names_of_other_subgraphs(seeded: Path) -> None:
    place = (OPERATIONS / "place_order.graphql").read_text("utf-8")
    async with (
        demo(seeded) as router,
        subscribed(router, (OPERATIONS / "order_updates.graphql").read_text("utf-8")) as socket,
    ):
        event = asyncio.create_task(socket.recv())
        placed: list[str] = []
        # The stream opens behind the scenes: an order placed before it is open is not seen.
        async with asyncio.timeout(20):
            while not event.done():
                answer = await router.post(place)
                placed.append(answer["data"]["createOrder"]["number"])
                await asyncio.wait({event}, timeout=0.5)
        message = orjson.loads(event.result())
        assert message["type"] == "next", message
        update = message["payload"]["data"]["orderUpdates"]
        assert (update["kind"], update["order"]["number"] in placed) == ("CREATED", True)
        assert update["order"]["customer"]["name"]
        assert all(item["product"]["name"] for item in update["order"]["items"])


async def test_a_stream_of_another_tenant_is_refused(seeded: Path) -> None:
    async with (
        demo(seeded) as router,
        subscribed(router, 'subscription { orderUpdates(tenantId: "globex") { kind } }') as socket,
    ):
        message = orjson.loads(await socket.recv())
        assert message["payload"]["errors"][0]["extensions"] == {"code": "FORBIDDEN", "service": "orders"}


async def test_a_server_with_open_sockets_stops_within_seconds(seeded: Path) -> None:
    async with AsyncExitStack() as stack:
        async with demo(seeded) as router:
            query = "subscription { liveMetrics { ordersToday } }"
            socket = await stack.enter_async_context(subscribed(router, query))
            assert orjson.loads(await socket.recv())["type"] == "next"
            started = time.monotonic()
        assert time.monotonic() - started < 10
        await socket.wait_closed()
        assert socket.close_code in (1001, 1012)
