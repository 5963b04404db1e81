"""Subscriptions against real WebSocket servers, well-behaved and not."""

from __future__ import annotations

import asyncio
import http
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from router.errors import (
    SubgraphConnectionRefusedError,
    SubgraphError,
    SubgraphHttpStatusError,
    SubgraphInvalidRequestError,
    SubgraphInvalidResponseError,
    SubgraphSubscriptionEndedError,
    SubgraphTimeoutError,
)
from router.transport.base import Headers, Json, SubscriptionRequest
from router.transport.options import WebSocketOptions
from router.transport.websocket import WebSocketStream
from tests.transport.raw_server import eventually

Talk = Callable[["Subgraph", ServerConnection], Awaitable[None]]


class Subgraph:
    """A subgraph's WebSocket endpoint; ``heard`` is every frame of every socket."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.port = 0
        self.sockets = 0
        self.open = 0
        self.heard: list[Json] = []
        self.handshakes: list[Request] = []
        self.closes: list[tuple[int, str]] = []

    async def serve(self, socket: ServerConnection) -> None:
        self.sockets += 1
        self.open += 1
        assert socket.request is not None
        self.handshakes.append(socket.request)
        try:
            await self.talk(self, socket)
        except ConnectionClosed as closed:
            if closed.rcvd is not None:
                self.closes.append((closed.rcvd.code, closed.rcvd.reason))
        finally:
            self.open -= 1

    async def hear(self, socket: ServerConnection) -> Json:
        message: Json = orjson.loads(await socket.recv())
        self.heard.append(message)
        return message

    async def acknowledge(self, socket: ServerConnection) -> None:
        assert (await self.hear(socket))["type"] == "connection_init"
        await say(socket, type="connection_ack")

    def request(
        self, query: str = "subscription{a}", headers: Headers = (), init: bytes | None = None
    ) -> SubscriptionRequest:
        url = f"http://127.0.0.1:{self.port}/graphql"
        return SubscriptionRequest("orders", url, orjson.dumps({"query": query}), headers, init)

    def heard_types(self) -> list[str]:
        return [one["type"] for one in self.heard]


async def say(socket: ServerConnection, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())


@asynccontextmanager
async def running(
    talk: Talk, options: WebSocketOptions | None = None, **kwargs: Any
) -> AsyncIterator[tuple[Subgraph, WebSocketStream]]:
    subgraph = Subgraph(talk)
    kwargs.setdefault("subprotocols", [Subprotocol("graphql-transport-ws")])
    async with serve(subgraph.serve, "127.0.0.1", 0, **kwargs) as server:
        subgraph.port = next(iter(server.sockets)).getsockname()[1]
        streams = WebSocketStream(options or WebSocketOptions(close_timeout_s=0.2))
        try:
            yield subgraph, streams
        finally:
            await streams.close()


async def count_to_three(subgraph: Subgraph, socket: ServerConnection) -> None:
    """Answers each subscribe with three events and complete; the query ``forever`` never ends."""
    await subgraph.acknowledge(socket)
    while True:
        message = await subgraph.hear(socket)
        if message["type"] == "subscribe":
            for number in range(3):
                await say(socket, type="next", id=message["id"], payload={"data": {"a": number}})
            if "forever" not in message["payload"]["query"]:
                await say(socket, type="complete", id=message["id"])


EVENTS = [{"data": {"a": number}} for number in range(3)]


async def collect(streams: WebSocketStream, request: SubscriptionRequest) -> list[Json]:
    return [event async for event in streams.subscribe(request)]


async def test_events_come_in_order_and_the_stream_ends_with_complete() -> None:
    async with running(count_to_three) as (subgraph, streams):
        assert await collect(streams, subgraph.request()) == EVENTS
        assert subgraph.heard == [
            {"type": "connection_init"},
            {"id": "1", "type": "subscribe", "payload": {"query": "subscription{a}"}},
        ]


async def test_headers_and_init_payload_go_with_the_handshake_and_the_init() -> None:
    async with running(count_to_three) as (subgraph, streams):
        headers = ((b"authorization", b"Bearer t"), (b"sec-websocket-key", b"evil"), (b"host", b"evil"))
        await collect(streams, subgraph.request(headers=headers, init=b'{"tenant":"a"}'))
        handshake = subgraph.handshakes[0].headers
        assert handshake["authorization"] == "Bearer t"
        assert handshake["sec-websocket-key"] != "evil"
        assert handshake["host"] == f"127.0.0.1:{subgraph.port}"
        assert "sec-websocket-extensions" not in handshake
        assert subgraph.heard[0] == {"type": "connection_init", "payload": {"tenant": "a"}}


async def test_the_socket_closes_politely_after_its_last_subscription() -> None:
    async with running(count_to_three) as (subgraph, streams):
        await collect(streams, subgraph.request())
        await eventually(lambda: subgraph.open == 0)
        await eventually(lambda: subgraph.closes == [(1000, "")])


async def test_subscriptions_of_one_caller_share_a_socket_and_those_of_another_do_not() -> None:
    async with running(count_to_three) as (subgraph, streams):
        alice, bob = ((b"x-user", b"alice"),), ((b"x-user", b"bob"),)
        got = await asyncio.gather(
            *(collect(streams, subgraph.request(headers=user)) for user in (alice, alice, alice, bob))
        )
        assert got == [EVENTS] * 4
        assert subgraph.sockets == 2


async def test_a_new_subscription_after_the_last_one_gets_a_new_socket() -> None:
    async with running(count_to_three) as (subgraph, streams):
        for _ in range(5):
            assert await collect(streams, subgraph.request()) == EVENTS
        assert subgraph.sockets == 5


async def test_closing_a_stream_tells_the_subgraph_at_once_and_leaves_the_others() -> None:
    async with running(count_to_three) as (subgraph, streams):
        stays = streams.subscribe(subgraph.request("subscription{forever}"))
        leaves = streams.subscribe(subgraph.request("subscription{forever}"))
        for _ in range(3):
            await anext(stays)
            await anext(leaves)
        await leaves.aclose()
        await leaves.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(leaves)
        await eventually(lambda: subgraph.heard[-1] == {"type": "complete", "id": "2"})
        assert subgraph.open == 1
        await stays.aclose()
        await eventually(lambda: subgraph.heard_types()[-1] == "complete")
        await eventually(lambda: subgraph.open == 0)


async def test_closing_wakes_a_reader_that_waits() -> None:
    async with running(count_to_three) as (subgraph, streams):
        stream = streams.subscribe(subgraph.request("subscription{forever}"))
        for _ in range(3):
            await anext(stream)
        reader = asyncio.create_task(collect_rest(stream))
        await asyncio.sleep(0.01)
        await stream.aclose()
        assert await reader == []


async def collect_rest(stream: Any) -> list[Json]:
    return [event async for event in stream]


async def test_a_reader_that_is_cancelled_loses_no_event() -> None:
    async with running(count_to_three) as (subgraph, streams):
        stream = streams.subscribe(subgraph.request())
        reader = asyncio.create_task(anext(stream))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        assert await collect_rest(stream) == EVENTS


async def test_closing_while_connecting_leaves_nothing_behind() -> None:
    async with running(never_acknowledge) as (subgraph, streams):
        stream = streams.subscribe(subgraph.request())
        reader = asyncio.create_task(collect_rest(stream))
        await asyncio.sleep(0.03)
        await stream.aclose()
        assert await reader == []
        await eventually(lambda: subgraph.open == 0)


async def test_a_stream_closed_before_it_was_read_never_connects() -> None:
    async with running(count_to_three) as (subgraph, streams):
        stream = streams.subscribe(subgraph.request())
        await stream.aclose()
        assert await collect_rest(stream) == []
        assert subgraph.sockets == 0


async def test_an_error_frame_is_one_last_result() -> None:
    async def talk(subgraph: Subgraph, socket: ServerConnection) -> None:
        await subgraph.acknowledge(socket)
        await subgraph.hear(socket)
        await say(socket, type="error", id="1", payload=[{"message": "no such field"}])
        await socket.wait_closed()

    async with running(talk) as (subgraph, streams):
        got = await collect(streams, subgraph.request())
        assert got == [{"errors": [{"message": "no such field"}]}]


async def test_pings_are_answered_before_and_after_the_ack() -> None:
    async def talk(subgraph: Subgraph, socket: ServerConnection) -> None:
        await subgraph.hear(socket)
        await say(socket, type="ping", payload={"n": 1})
        assert await subgraph.hear(socket) == {"type": "pong", "payload": {"n": 1}}
        await say(socket, type="pong")
        await say(socket, type="connection_ack")
        await subgraph.hear(socket)
        await say(socket, type="ping")
        assert await subgraph.hear(socket) == {"type": "pong"}
        await say(socket, type="complete", id="unknown")
        await say(socket, type="complete", id="1")
        await socket.wait_closed()

    async with running(talk) as (subgraph, streams):
        assert await collect(streams, subgraph.request()) == []


async def test_the_router_pings_too() -> None:
    options = WebSocketOptions(ping_s=0.02, close_timeout_s=0.2)
    async with running(count_to_three, options) as (subgraph, streams):
        stream = streams.subscribe(subgraph.request("subscription{forever}"))
        await anext(stream)
        await eventually(lambda: subgraph.heard_types().count("ping") >= 2)


async def never_acknowledge(subgraph: Subgraph, socket: ServerConnection) -> None:
    await subgraph.hear(socket)
    await subgraph.hear(socket)


async def close_4403(subgraph: Subgraph, socket: ServerConnection) -> None:
    await subgraph.hear(socket)
    await socket.close(4403, "Forbidden")


async def close_politely_without_complete(subgraph: Subgraph, socket: ServerConnection) -> None:
    await subgraph.acknowledge(socket)
    await subgraph.hear(socket)
    await socket.close(1000)


async def vanish(subgraph: Subgraph, socket: ServerConnection) -> None:
    await subgraph.acknowledge(socket)
    await subgraph.hear(socket)
    socket.transport.abort()


def saying_after_ack(*frames: str | bytes) -> Talk:
    async def talk(subgraph: Subgraph, socket: ServerConnection) -> None:
        await subgraph.acknowledge(socket)
        await subgraph.hear(socket)
        for frame in frames:
            await socket.send(frame)
        while True:
            await subgraph.hear(socket)

    return talk


async def next_before_ack(subgraph: Subgraph, socket: ServerConnection) -> None:
    await subgraph.hear(socket)
    await say(socket, type="next", id="1", payload={})
    while True:
        await subgraph.hear(socket)


ENDS: dict[str, tuple[Talk, type[SubgraphError], str, int | None]] = {
    "no ack": (never_acknowledge, SubgraphTimeoutError, "connection_ack", 4504),
    "refused with 4403": (close_4403, SubgraphSubscriptionEndedError, "4403 Forbidden", None),
    "1000 without complete": (close_politely_without_complete, SubgraphSubscriptionEndedError, "1000", None),
    "vanishes": (vanish, SubgraphSubscriptionEndedError, "lost", None),
    "not JSON": (saying_after_ack("nonsense"), SubgraphSubscriptionEndedError, "not JSON", 4004),
    "binary": (saying_after_ack(b"{}"), SubgraphSubscriptionEndedError, "binary", 4004),
    "legacy protocol": (saying_after_ack('{"type":"ka"}'), SubgraphSubscriptionEndedError, "unknown", 4004),
    "next before ack": (next_before_ack, SubgraphSubscriptionEndedError, "before connection_ack", 4004),
    "frame too large": (saying_after_ack("x" * 3000), SubgraphSubscriptionEndedError, "", 1009),
}


@pytest.mark.parametrize("case", ENDS)
async def test_an_end_without_complete_fails_each_subscription(case: str) -> None:
    talk, expected, text, code = ENDS[case]
    options = WebSocketOptions(ack_timeout_s=0.05, close_timeout_s=0.2, max_message_bytes=2000)
    async with running(talk, options) as (subgraph, streams):
        got = await asyncio.gather(
            collect(streams, subgraph.request()),
            collect(streams, subgraph.request()),
            return_exceptions=True,
        )
        assert [type(one) for one in got] == [expected] * 2
        assert all(text in str(one) for one in got)
        assert subgraph.sockets == 1
        await eventually(lambda: [closed[0] for closed in subgraph.closes] == ([code] if code else []))


async def test_events_before_the_end_are_read_before_the_error() -> None:
    async def talk(subgraph: Subgraph, socket: ServerConnection) -> None:
        await subgraph.acknowledge(socket)
        await subgraph.hear(socket)
        await say(socket, type="next", id="1", payload={"data": {"a": 0}})
        await socket.close(1012, "restart")

    async with running(talk) as (subgraph, streams):
        stream = streams.subscribe(subgraph.request())
        assert await anext(stream) == {"data": {"a": 0}}
        with pytest.raises(SubgraphSubscriptionEndedError, match="1012 restart"):
            await anext(stream)
        with pytest.raises(StopAsyncIteration):
            await anext(stream)


async def test_after_a_lost_socket_the_next_subscription_gets_a_new_one() -> None:
    async def talk(subgraph: Subgraph, socket: ServerConnection) -> None:
        await (vanish if subgraph.sockets == 1 else count_to_three)(subgraph, socket)

    async with running(talk) as (subgraph, streams):
        with pytest.raises(SubgraphSubscriptionEndedError):
            await collect(streams, subgraph.request())
        assert await collect(streams, subgraph.request()) == EVENTS


async def test_a_reader_that_falls_too_far_behind_loses_its_subscription_only() -> None:
    async def talk(subgraph: Subgraph, socket: ServerConnection) -> None:
        await subgraph.acknowledge(socket)
        await subgraph.hear(socket)
        for number in range(10):
            await say(socket, type="next", id="1", payload={"data": {"a": number}})
        while True:
            if (await subgraph.hear(socket))["type"] == "subscribe":
                await say(socket, type="next", id="2", payload={"data": {"a": 0}})

    options = WebSocketOptions(max_pending_events=4, close_timeout_s=0.2)
    async with running(talk, options) as (subgraph, streams):
        slow = streams.subscribe(subgraph.request())
        quick = streams.subscribe(subgraph.request())
        await asyncio.gather(anext(slow), anext(quick))
        await eventually(lambda: {"type": "complete", "id": "1"} in subgraph.heard)
        with pytest.raises(SubgraphSubscriptionEndedError, match="behind"):
            await collect_rest(slow)
        assert (subgraph.sockets, subgraph.open) == (1, 1)
        await quick.aclose()


async def test_a_subgraph_without_the_subprotocol_is_said_so() -> None:
    async with running(count_to_three, subprotocols=None) as (subgraph, streams):
        with pytest.raises(SubgraphInvalidResponseError):
            await collect(streams, subgraph.request())


async def test_an_http_status_instead_of_a_socket_is_named_and_redirects_are_not_followed() -> None:
    for status in (http.HTTPStatus.FORBIDDEN, http.HTTPStatus.FOUND):

        def refuse(socket: ServerConnection, _: Request, status: http.HTTPStatus = status) -> Response:
            answer = socket.respond(status, "no")
            answer.headers["Location"] = "/graphql"
            return answer

        async with running(count_to_three, process_request=refuse) as (subgraph, streams):
            with pytest.raises(SubgraphHttpStatusError) as caught:
                await collect(streams, subgraph.request())
            assert caught.value.http_status == status


async def test_nobody_listening_and_bad_urls_have_errors_of_their_own() -> None:
    async with running(count_to_three) as (subgraph, _):
        pass
    streams = WebSocketStream()
    with pytest.raises(SubgraphConnectionRefusedError):
        await collect(streams, subgraph.request())
    with pytest.raises(SubgraphInvalidRequestError):
        await collect(streams, SubscriptionRequest("orders", "ftp://a/", b"{}", ()))
    await streams.close()


async def test_closing_the_client_ends_every_subscription_with_an_error() -> None:
    async with running(count_to_three) as (subgraph, streams):
        stream = streams.subscribe(subgraph.request("subscription{forever}"))
        for _ in range(3):
            await anext(stream)
        await streams.close()
        with pytest.raises(SubgraphSubscriptionEndedError, match="closed its client"):
            await anext(stream)
        with pytest.raises(SubgraphSubscriptionEndedError):
            await collect(streams, subgraph.request())
        await eventually(lambda: subgraph.open == 0)
