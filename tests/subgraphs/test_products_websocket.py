"""The endings of a graphql-transport-ws connection to a schema-first subgraph."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from ariadne import SubscriptionType
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from subgraphs.schema_first import graphql_app, make_schema
from subgraphs.transport_ws import TransportWSHandler
from tests.subgraphs.in_process import Socket, connected

SDL = """
type Query { one: Int! }
type Subscription { endless: Int! }
"""


class Source:
    """A subscription that says when it ended."""

    def __init__(self) -> None:
        self.ended = 0

    async def __call__(self, *_: Any) -> AsyncIterator[dict[str, int]]:
        try:
            number = 0
            while True:
                yield {"endless": number}
                number += 1
                await asyncio.sleep(0.001)
        finally:
            self.ended += 1


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def app(source: Source) -> Starlette:
    subscription = SubscriptionType()
    subscription.set_source("endless", lambda *_: source())
    graphql = graphql_app("test", make_schema(SDL, subscription), lambda *_: None)
    return Starlette(routes=[WebSocketRoute("/graphql", graphql.handle_websocket)])


@pytest.mark.parametrize(
    "message",
    [
        "{",
        "[]",
        '"text"',
        {"type": "unknown"},
        {"type": "subscribe", "payload": {"query": "{ one }"}},
        {"id": 7, "type": "subscribe", "payload": {"query": "{ one }"}},
        {"id": "1", "type": "subscribe"},
        {"id": "1", "type": "subscribe", "payload": {"query": 5}},
    ],
)
async def test_a_message_that_is_none_closes_with_4400(app: Starlette, message: Any) -> None:
    async with connected(app) as socket:
        await socket.send(message)
        assert await socket.close_code() == 4400


@pytest.mark.parametrize(
    ("talk", "code"),
    [
        ([{"id": "1", "type": "subscribe", "payload": {"query": "{ one }"}}], 4401),
        ([{"type": "connection_init"}, {"type": "connection_init"}], 4429),
    ],
)
async def test_a_bad_beginning_closes_with_its_code(app: Starlette, talk: list[Any], code: int) -> None:
    async with connected(app, acknowledged=False) as socket:
        for message in talk:
            await socket.send(message)
        if len(talk) == 2:
            assert await socket.receive() == {"type": "connection_ack"}
        assert await socket.close_code() == code


async def test_a_missing_init_closes_with_4408(source: Source) -> None:
    handler = TransportWSHandler(init_timeout_s=0.01)
    handler.configure(make_schema(SDL))
    app = Starlette(routes=[WebSocketRoute("/graphql", handler.handle_websocket)])
    async with connected(app, acknowledged=False) as socket:
        assert await socket.close_code() == 4408


@pytest.mark.parametrize("leave", ["complete", "disconnect"])
async def test_a_subscription_ends_with_its_operation_or_connection(
    app: Starlette, source: Source, leave: str
) -> None:
    def is_pong(message: Any) -> bool:
        return bool(message["type"] == "pong")

    async with connected(app) as socket:
        await socket.send({"id": "1", "type": "subscribe", "payload": {"query": "subscription { endless }"}})
        assert (await socket.receive())["payload"]["data"] == {"endless": 0}
        if leave == "complete":
            await socket.send({"id": "1", "type": "complete"})
            await socket.send({"type": "ping"})
            await _until(socket, is_pong)
            assert source.ended == 1
    assert source.ended == 1


async def _until(socket: Socket, is_wanted: Callable[[Any], bool]) -> None:
    while not is_wanted(await socket.receive()):
        pass


async def test_a_query_over_the_websocket_is_answered_and_completed(app: Starlette) -> None:
    async with connected(app) as socket:
        await socket.send({"id": "q", "type": "subscribe", "payload": {"query": "{ __typename }"}})
        answer = {"id": "q", "type": "next", "payload": {"data": {"__typename": "Query"}}}
        assert await socket.receive() == answer
        assert await socket.receive() == {"id": "q", "type": "complete"}
