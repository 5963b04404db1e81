"""The legacy sub-protocol ``graphql-ws`` to servers that keep to it, and to those that do not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from router.errors import (
    SubgraphError,
    SubgraphHttpStatusError,
    SubgraphSubscriptionEndedError,
    SubgraphTimeoutError,
)
from router.protocols import subscriptions_transport_ws_client
from router.transport.base import Json, SubscriptionRequest
from router.transport.options import WebSocketOptions
from router.transport.websocket import WebSocketStream
from tests.transport.raw_server import eventually


class Socket:
    """The server's side of one socket; ``heard`` is every frame."""

    def __init__(self, connection: ServerConnection, heard: list[Json]) -> None:
        self.connection = connection
        self.heard = heard

    async def hear(self) -> Json:
        message: Json = orjson.loads(await self.connection.recv())
        self.heard.append(message)
        return message

    async def say(self, **message: Any) -> None:
        await self.connection.send(orjson.dumps(message).decode())

    async def event(self, id_: str, number: int) -> None:
        await self.say(type="data", id=id_, payload={"data": {"a": number}})


Talk = Callable[[Socket], Awaitable[None]]


class Subgraph:
    """A subgraph's endpoint and the streams that lead to it."""

    def __init__(self, streams: WebSocketStream) -> None:
        self.streams = streams
        self.heard: list[Json] = []
        self.port = 0
        self.open = 0

    def subscribe(self) -> Any:
        url = f"http://127.0.0.1:{self.port}/graphql"
        return self.streams.subscribe(SubscriptionRequest("orders", url, b'{"query":"subscription{a}"}', ()))


@asynccontextmanager
async def running(talk: Talk, token: str = "graphql-ws", **options: Any) -> AsyncIterator[Subgraph]:
    told = WebSocketOptions(close_timeout_s=0.2, **options)
    subgraph = Subgraph(WebSocketStream(told, subscriptions_transport_ws_client))

    async def handle(connection: ServerConnection) -> None:
        subgraph.open += 1
        try:
            await talk(Socket(connection, subgraph.heard))
        except ConnectionClosed:
            pass
        finally:
            subgraph.open -= 1

    async with serve(handle, "127.0.0.1", 0, subprotocols=[Subprotocol(token)]) as server:
        subgraph.port = next(iter(server.sockets)).getsockname()[1]
        try:
            yield subgraph
        finally:
            await subgraph.streams.close()


async def collect(stream: Any) -> list[Json]:
    async with asyncio.timeout(20):
        return [event async for event in stream]


async def let_in(socket: Socket) -> None:
    assert (await socket.hear()) == {"type": "connection_init"}
    await socket.say(type="connection_ack")
    await socket.say(type="ka")


async def test_an_operation_runs_from_start_to_complete_and_the_socket_is_terminated() -> None:
    async def talk(socket: Socket) -> None:
        await let_in(socket)
        message = await socket.hear()
        for number in range(3):
            await socket.event(message["id"], number)
            await socket.say(type="ka")
        await socket.say(type="complete", id=message["id"])
        await socket.hear()

    async with running(talk) as subgraph:
        assert await collect(subgraph.subscribe()) == [{"data": {"a": number}} for number in range(3)]
        await eventually(lambda: subgraph.open == 0)
        assert subgraph.heard == [
            {"type": "connection_init"},
            {"id": "1", "type": "start", "payload": {"query": "subscription{a}"}},
            {"type": "connection_terminate"},
        ]


async def test_a_keep_alive_before_a_late_ack_is_no_fault() -> None:
    async def talk(socket: Socket) -> None:
        await socket.hear()
        await socket.say(type="ka")
        await asyncio.sleep(0.05)
        await socket.say(type="connection_ack")
        await socket.hear()
        await socket.say(type="complete", id="1")
        await socket.hear()

    async with running(talk) as subgraph:
        assert await collect(subgraph.subscribe()) == []


async def test_closing_a_stream_stops_its_operation_alone() -> None:
    async def talk(socket: Socket) -> None:
        await let_in(socket)
        for _ in range(2):
            await socket.event((await socket.hear())["id"], 0)
        while True:
            await socket.hear()

    async with running(talk) as subgraph:
        stream, other = subgraph.subscribe(), subgraph.subscribe()
        await asyncio.gather(anext(stream), anext(other))
        await stream.aclose()
        await eventually(lambda: subgraph.heard[-1] == {"id": "1", "type": "stop"})
        assert subgraph.open == 1
        await other.aclose()
        await eventually(lambda: subgraph.heard[-1] == {"type": "connection_terminate"})


async def test_an_error_is_one_last_result() -> None:
    async def talk(socket: Socket) -> None:
        await let_in(socket)
        await socket.hear()
        await socket.say(type="error", id="1", payload={"message": "no such field"})
        await socket.say(type="complete", id="1")
        await socket.hear()

    async with running(talk) as subgraph:
        assert await collect(subgraph.subscribe()) == [{"errors": [{"message": "no such field"}]}]


async def test_messages_of_ids_that_are_not_under_way_are_passed_over() -> None:
    async def talk(socket: Socket) -> None:
        await let_in(socket)
        await socket.hear()
        await socket.hear()
        await socket.event("7", 7)
        await socket.event("1", 0)
        await socket.say(type="complete", id="1")
        await socket.say(type="complete", id="1")
        await socket.event("1", 1)
        await socket.event("2", 2)
        await socket.say(type="complete", id="2")
        await socket.hear()

    async with running(talk) as subgraph:
        got = await asyncio.gather(collect(subgraph.subscribe()), collect(subgraph.subscribe()))
        assert got == [[{"data": {"a": 0}}], [{"data": {"a": 2}}]]


def after_ack(*frames: str) -> Talk:
    async def talk(socket: Socket) -> None:
        await let_in(socket)
        await socket.hear()
        for frame in frames:
            await socket.connection.send(frame)
        while True:
            await socket.hear()

    return talk


async def refuse(socket: Socket) -> None:
    await socket.hear()
    await socket.say(type="connection_error", payload={"message": "who are you?"})
    await socket.connection.wait_closed()


async def no_ack(socket: Socket) -> None:
    await socket.hear()
    await socket.connection.wait_closed()


async def data_before_ack(socket: Socket) -> None:
    await socket.hear()
    await socket.event("1", 0)
    await socket.connection.wait_closed()


async def vanish(socket: Socket) -> None:
    await let_in(socket)
    await socket.hear()
    socket.connection.transport.abort()


async def half_a_frame(socket: Socket) -> None:
    await let_in(socket)
    await socket.hear()
    socket.connection.transport.write(b'\x81\x7e\x01\x00{"type":"da')
    socket.connection.transport.close()


async def flood(socket: Socket) -> None:
    await let_in(socket)
    await socket.hear()
    for number in range(100):
        await socket.event("1", number)
    while True:
        await socket.hear()


ENDS: dict[str, tuple[Talk, type[SubgraphError], str]] = {
    "refused": (refuse, SubgraphSubscriptionEndedError, "refused: who are you"),
    "no ack": (no_ack, SubgraphTimeoutError, "connection_ack"),
    "data before ack": (data_before_ack, SubgraphSubscriptionEndedError, "before connection_ack"),
    "vanishes": (vanish, SubgraphSubscriptionEndedError, "lost"),
    "half a frame": (half_a_frame, SubgraphSubscriptionEndedError, "lost"),
    "modern protocol": (
        after_ack('{"type":"next","id":"1","payload":{}}'),
        SubgraphSubscriptionEndedError,
        "unknown message type",
    ),
    "refused after ack": (
        after_ack('{"type":"connection_error"}'),
        SubgraphSubscriptionEndedError,
        "refused after",
    ),
}


@pytest.mark.parametrize("case", ENDS)
async def test_an_end_without_complete_is_an_error(case: str) -> None:
    talk, expected, text = ENDS[case]
    ack_s = 0.1 if case == "no ack" else 10.0
    async with running(talk, ack_timeout_s=ack_s) as subgraph:
        with pytest.raises(expected, match=text):
            await collect(subgraph.subscribe())
        await eventually(lambda: subgraph.open == 0)


async def test_a_flood_costs_the_slow_reader_its_subscription() -> None:
    async with running(flood, max_pending_events=4) as subgraph:
        stream = subgraph.subscribe()
        await anext(stream)
        await eventually(lambda: {"id": "1", "type": "stop"} in subgraph.heard)
        with pytest.raises(SubgraphSubscriptionEndedError, match="behind"):
            await collect(stream)


async def test_a_server_of_the_other_protocol_is_not_spoken_to() -> None:
    async with running(no_ack, token="graphql-transport-ws") as subgraph:
        with pytest.raises(SubgraphHttpStatusError, match="instead of a WebSocket"):
            await collect(subgraph.subscribe())
