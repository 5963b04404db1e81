"""The demo's router on a real server, its four subgraphs behind real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import orjson
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from router.cli.demo import DEMO_OPTIONS
from router.cli.token import demo_identities, demo_token
from router.engine.engine import Engine
from router.engine.reload import file_source
from router.server.app import create_app
from router.server.options import ServerOptions
from tests.fleet import SCHEMA, running_fleet
from tests.serving import serving


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
async def demo(
    seeded: Path, *, down: str | None = None, playground_query: str | None = None
) -> AsyncIterator[Router]:
    """The demo's router before its four subgraphs; nobody listens at the address of the one that is ``down``.

    With ``playground_query`` it has its playground, whose editor begins with that.
    """
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
        server = ServerOptions(
            has_playground=playground_query is not None,
            playground_query=playground_query or "",
            playground_operations=SCHEMA / "operations",
            shows_owners=True,
            homepage_details=True,
            playground_identities=demo_identities(),
        )
        origin = await stack.enter_async_context(serving(create_app(engine, server)))
        client = httpx.AsyncClient(base_url=origin, trust_env=False)
        yield Router(origin, await stack.enter_async_context(client))


def token(tenant: str, user: str, valid_s: float = 600) -> str:
    return demo_token(tenant, user, (), valid_s)


@asynccontextmanager
async def subscribed(router: Router, query: str, token: str | None = None) -> AsyncIterator[Any]:
    """A socket with one subscription under way on it."""
    url = router.origin.replace("http", "ws") + "/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
        caller = {} if token is None else {"payload": {"authorization": f"Bearer {token}"}}
        await socket.send(orjson.dumps({"type": "connection_init", **caller}).decode())
        assert orjson.loads(await socket.recv())["type"] == "connection_ack"
        message = {"type": "subscribe", "id": "1", "payload": {"query": query}}
        await socket.send(orjson.dumps(message).decode())
        yield socket
