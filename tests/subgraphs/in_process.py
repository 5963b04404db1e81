"""Drives a subgraph's app in this process: HTTP through httpx, WebSockets through ASGI messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
from sqlalchemy import Engine, event
from starlette.applications import Starlette

SETTLE_S = 5.0


class Client:
    """Asks one subgraph as one caller."""

    def __init__(self, app: Starlette, tenant: str | None = "acme") -> None:
        self.app = app
        self._headers = {} if tenant is None else {"x-tenant-id": tenant}

    async def post(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole GraphQL response."""
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://subgraph") as http:
            request = {"query": query, "variables": variables}
            response = await http.post("/graphql", json=request, headers=self._headers)
        answer: dict[str, Any] = response.json()
        return answer

    async def data(self, query: str, **variables: Any) -> Any:
        """The data of a response that must not have errors."""
        answer = await self.post(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def error(self, query: str, **variables: Any) -> tuple[str, str]:
        """Code and message of the one error."""
        (error,) = (await self.post(query, **variables))["errors"]
        return error["extensions"]["code"], error["message"]

    async def entities(self, representations: list[dict[str, Any]], selection: str) -> list[Any]:
        """What ``_entities`` gives for the representations."""
        query = f"query ($r: [_Any!]!) {{ _entities(representations: $r) {{ __typename {selection} }} }}"
        answer: list[Any] = (await self.data(query, r=representations))["_entities"]
        return answer


@asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[Starlette]:
    """The app between its start and its end."""
    async with app.router.lifespan_context(app):
        yield app


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """The SQL sent to any database while the context is open, without transaction control."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


class Socket:
    """The client's end of one WebSocket."""

    def __init__(self) -> None:
        self.to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def send(self, message: Any) -> None:
        """Sends JSON, or a text as it is."""
        text = message if isinstance(message, str) else json.dumps(message)
        await self.to_app.put({"type": "websocket.receive", "text": text})

    async def receive(self) -> Any:
        """The next JSON message."""
        message = await asyncio.wait_for(self.from_app.get(), SETTLE_S)
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])

    async def close_code(self) -> int:
        """The code the app closes with, next."""
        message = await asyncio.wait_for(self.from_app.get(), SETTLE_S)
        assert message["type"] == "websocket.close", message
        code: int = message["code"]
        return code

    async def subscribe(self, query: str, **variables: Any) -> None:
        """Starts the operation ``1``, and waits until it stands."""
        payload = {"query": query, "variables": variables}
        await self.send({"id": "1", "type": "subscribe", "payload": payload})
        await self.send({"type": "ping"})
        assert (await self.receive())["type"] == "pong"

    async def event(self) -> Any:
        """The data of the next event of the operation ``1``."""
        message = await self.receive()
        assert message["type"] == "next" and "errors" not in message["payload"], message
        return message["payload"]["data"]


@asynccontextmanager
async def connected(
    app: Starlette, headers: dict[str, str] | None = None, init: Any = None, acknowledged: bool = True
) -> AsyncIterator[Socket]:
    """An open graphql-transport-ws connection; its operations must end when it closes."""
    socket = Socket()
    scope = {
        "type": "websocket",
        "path": "/graphql",
        "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
        "subprotocols": ["graphql-transport-ws"],
        "query_string": b"",
    }
    await socket.to_app.put({"type": "websocket.connect"})
    serving = asyncio.create_task(app(scope, socket.to_app.get, socket.from_app.put))
    assert (await socket.from_app.get())["subprotocol"] == "graphql-transport-ws"
    if acknowledged:
        await socket.send({"type": "connection_init", "payload": init})
        assert (await socket.receive())["type"] == "connection_ack"
    try:
        yield socket
    finally:
        await socket.to_app.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(serving, SETTLE_S)
