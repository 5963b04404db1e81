"""Subscriptions over HTTP responses that go on, against servers well-behaved and not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from router.errors import (
    SubgraphConnectionLostError,
    SubgraphConnectionRefusedError,
    SubgraphError,
    SubgraphHttpStatusError,
    SubgraphInvalidRequestError,
    SubgraphInvalidResponseError,
    SubgraphResponseTooLargeError,
    SubgraphSubscriptionEndedError,
    SubgraphTimeoutError,
)
from router.transport.base import Headers, Json, SubscriptionRequest
from router.transport.http_stream import MULTIPART, SERVER_SENT_EVENTS, HttpStreams, StreamFormat
from router.transport.options import HttpStreamOptions
from tests.transport.raw_server import Peer, RawServer, eventually, response, saying

Talk = Callable[[Peer], Awaitable[None]]


@dataclass(frozen=True)
class Wire:
    """One format, as a subgraph writes it."""

    format: StreamFormat
    content_type: bytes
    next: Callable[[bytes], bytes]
    heartbeat: bytes
    complete: bytes

    @property
    def head(self) -> bytes:
        return (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: %b\r\n\r\n" % self.content_type
        )


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"

WIRES = {
    "sse": Wire(
        SERVER_SENT_EVENTS,
        b"text/event-stream; charset=utf-8",
        lambda result: chunk(b"event: next\ndata: " + result + b"\n\n"),
        chunk(b":\n\n"),
        chunk(b"event: complete\ndata:\n\n"),
    ),
    "multipart": Wire(
        MULTIPART,
        b'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
        lambda result: chunk(b'--graphql\r\n\r\n{"payload":' + result + b"}\r\n"),
        chunk(b"--graphql\r\n\r\n{}\r\n"),
        chunk(b"--graphql--\r\n"),
    ),
}


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> Wire:
    return WIRES[request.param]


def request_to(server: RawServer, headers: Headers = (), path: str = "/graphql") -> SubscriptionRequest:
    return SubscriptionRequest(
        "orders", f"http://127.0.0.1:{server.port}{path}", b'{"query":"subscription{a}"}', headers
    )


@asynccontextmanager
async def running(wire: Wire, talk: Talk, **options: Any) -> AsyncIterator[tuple[RawServer, HttpStreams]]:
    async with RawServer(talk) as server:
        streams = HttpStreams(wire.format, HttpStreamOptions(**options))
        try:
            yield server, streams
        finally:
            await streams.close()


async def collect(stream: Any) -> list[Json]:
    return [event async for event in stream]


def event(number: int) -> bytes:
    return b'{"data":{"a":%d}}' % number


EVENTS = [{"data": {"a": number}} for number in range(3)]


def three(wire: Wire) -> bytes:
    return wire.head + b"".join(wire.next(event(number)) for number in range(3))


async def test_events_come_in_order_and_the_stream_ends_with_complete(wire: Wire) -> None:
    async with running(wire, saying(three(wire) + wire.complete)) as (server, streams):
        stream = streams.subscribe(request_to(server))
        assert not stream.was_open
        assert await collect(stream) == EVENTS
        assert stream.was_open
        await eventually(lambda: server.open == 0)


async def test_headers_go_along_and_nothing_of_one_stream_goes_with_the_next(wire: Wire) -> None:
    heads: list[bytes] = []

    async def talk(peer: Peer) -> None:
        head, body = await peer.request()
        heads.append(head.lower())
        assert body == b'{"query":"subscription{a}"}'
        await peer.say(wire.head.replace(b"\r\n\r\n", b"\r\nset-cookie: a=b\r\n\r\n") + wire.complete)

    async with running(wire, talk) as (server, streams):
        for _ in range(2):
            headers = ((b"authorization", b"Bearer t"), (b"host", b"evil"), (b"accept", b"evil"))
            assert await collect(streams.subscribe(request_to(server, headers))) == []
        assert server.connections == 2
        for head in heads:
            assert b"authorization: bearer t\r\n" in head
            assert b"accept: " + wire.format.accept.lower() + b"\r\n" in head
            assert b"evil" not in head and b"cookie" not in head
            assert head.count(b"\r\nhost: 127.0.0.1:") == 1


async def test_an_event_is_there_before_the_next_one_is_sent(wire: Wire) -> None:
    go_on = asyncio.Event()

    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(wire.head + wire.next(event(0)))
        await go_on.wait()
        await peer.say(wire.heartbeat + wire.next(event(1)) + wire.complete)

    async with running(wire, talk) as (server, streams):
        stream = streams.subscribe(request_to(server))
        assert await anext(stream) == EVENTS[0]
        go_on.set()
        assert await collect(stream) == EVENTS[1:2]


async def silent_after_head(wire: Wire, peer: Peer) -> None:
    await peer.request()
    await peer.say(wire.head)
    await peer.reader.read(-1)


async def half_an_event(wire: Wire, peer: Peer) -> None:
    await peer.request()
    await peer.say(wire.head + chunk(b'event: next\ndata: {"da'))
    peer.abort()


async def never_a_head(_wire: Wire, peer: Peer) -> None:
    await peer.request()
    await peer.reader.read(-1)


async def drop_at_once(_wire: Wire, peer: Peer) -> None:
    await peer.request()
    peer.abort()


def telling(make: Callable[[Wire], bytes]) -> Callable[[Wire, Peer], Awaitable[None]]:
    async def talk(wire: Wire, peer: Peer) -> None:
        await saying(make(wire))(peer)

    return talk


GARBAGE = chunk(b"event: next\ndata: nonsense\n\n--graphql\r\n\r\nnonsense\r\n--graphql")

ENDS: dict[str, tuple[Callable[[Wire, Peer], Awaitable[None]], type[SubgraphError], str]] = {
    "end without complete": (
        telling(lambda wire: wire.head + LAST_CHUNK),
        SubgraphSubscriptionEndedError,
        "without complete",
    ),
    "drop": (telling(lambda wire: wire.head), SubgraphSubscriptionEndedError, "broke"),
    "half an event": (half_an_event, SubgraphSubscriptionEndedError, "broke"),
    "drop before the head": (drop_at_once, SubgraphConnectionLostError, "ReadError|RemoteProtocolError"),
    "no head": (never_a_head, SubgraphTimeoutError, "within 0.2 s"),
    "silence": (silent_after_head, SubgraphSubscriptionEndedError, "nothing came for 0.1 s"),
    "garbage": (
        telling(lambda wire: wire.head + GARBAGE),
        SubgraphSubscriptionEndedError,
        "not JSON",
    ),
    "event without end": (
        telling(lambda wire: wire.head + chunk(b"--graphql\r\n\r\n" + b"x" * 3000)),
        SubgraphResponseTooLargeError,
        "2000 bytes",
    ),
    "not a stream": (
        telling(lambda _: response(b"<p>", headers=b"content-type: text/html\r\n")),
        SubgraphInvalidResponseError,
        "text/html instead of",
    ),
    "compressed": (
        telling(lambda wire: wire.head.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n")),
        SubgraphInvalidResponseError,
        "gzip",
    ),
    "redirect": (
        telling(lambda _: response(b"", status="307 Temporary Redirect", headers=b"location: /a\r\n")),
        SubgraphHttpStatusError,
        "307",
    ),
    "500 with errors": (
        telling(lambda _: response(b'{"errors":[{"message":"x"}]}', status="503 Unavailable")),
        SubgraphHttpStatusError,
        "503",
    ),
    "404": (telling(lambda _: response(b"no", status="404 Not Found")), SubgraphHttpStatusError, "404"),
    "refusal too large": (
        telling(lambda _: response(b"x" * 3000, status="400 Bad Request")),
        SubgraphResponseTooLargeError,
        "2000 bytes",
    ),
    "not HTTP": (telling(lambda _: b"SSH-2.0\r\n\r\n"), SubgraphConnectionLostError, "RemoteProtocolError"),
}


@pytest.mark.parametrize("case", ENDS)
async def test_an_end_without_complete_is_an_error(wire: Wire, case: str) -> None:
    talk, expected, text = ENDS[case]
    options = {"idle_s": 0.1 if case == "silence" else None, "max_message_bytes": 2000}
    if case == "no head":
        options["open_timeout_s"] = 0.2
    async with running(wire, lambda peer: talk(wire, peer), **options) as (server, streams):
        stream = streams.subscribe(request_to(server))
        with pytest.raises(expected, match=text) as caught:
            await collect(stream)
        assert type(caught.value) is expected
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        await eventually(lambda: server.open == 0)
        assert server.connections == 1


async def test_events_before_the_break_are_read_before_the_error(wire: Wire) -> None:
    async with running(wire, saying(three(wire))) as (server, streams):
        stream = streams.subscribe(request_to(server))
        assert [await anext(stream) for _ in range(3)] == EVENTS
        with pytest.raises(SubgraphSubscriptionEndedError):
            await anext(stream)
        assert stream.was_open


async def test_errors_of_the_multipart_transport_are_no_complete() -> None:
    wire = WIRES["multipart"]
    broken = chunk(b'--graphql\r\n\r\n{"payload":null,"errors":[{"message":"shutting down"}]}\r\n--graphql--')
    async with running(wire, saying(wire.head + wire.next(event(0)) + broken)) as (server, streams):
        stream = streams.subscribe(request_to(server))
        assert await anext(stream) == EVENTS[0]
        with pytest.raises(SubgraphSubscriptionEndedError, match="shutting down"):
            await anext(stream)


async def test_a_refusal_in_json_is_one_last_result(wire: Wire) -> None:
    for status in ("200 OK", "400 Bad Request"):
        refusal = response(
            b'{"errors":[{"message":"no such field"}]}',
            status=status,
            headers=b"content-type: application/json\r\n",
        )
        async with running(wire, saying(refusal)) as (server, streams):
            stream = streams.subscribe(request_to(server))
            assert await collect(stream) == [{"errors": [{"message": "no such field"}]}]
            assert not stream.was_open


async def test_heartbeats_keep_a_silent_stream_alive(wire: Wire) -> None:
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(wire.head)
        for _ in range(20):
            await peer.say(wire.heartbeat)
            await asyncio.sleep(0.05)
        await peer.say(wire.next(event(0)) + wire.complete)

    async with running(wire, talk, idle_s=0.7) as (server, streams):
        assert await collect(streams.subscribe(request_to(server))) == EVENTS[:1]


async def test_a_flood_slows_the_subgraph_down_and_loses_nothing(wire: Wire) -> None:
    count = 5000

    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(wire.head)
        for number in range(count):
            await peer.say(wire.next(event(number)))
        await peer.say(wire.complete)

    async with running(wire, talk, max_pending_events=4) as (server, streams):
        got = await collect(streams.subscribe(request_to(server)))
        assert [one["data"]["a"] for one in got] == list(range(count))


async def test_closing_a_stream_closes_its_connection_and_wakes_its_reader(wire: Wire) -> None:
    async def talk(peer: Peer) -> None:
        await silent_after_head(wire, peer)

    async with running(wire, talk) as (server, streams):
        stream, other = (streams.subscribe(request_to(server)) for _ in range(2))
        readers = [asyncio.create_task(collect(one)) for one in (stream, other)]
        await eventually(lambda: stream.was_open and other.was_open)
        await stream.aclose()
        await stream.aclose()
        assert await readers[0] == []
        await eventually(lambda: server.open == 1)
        await streams.close()
        with pytest.raises(SubgraphSubscriptionEndedError, match="closed its client"):
            await readers[1]
        with pytest.raises(SubgraphSubscriptionEndedError, match="closed its client"):
            await collect(streams.subscribe(request_to(server)))
        await eventually(lambda: server.open == 0)


async def test_a_stream_closed_before_it_was_read_never_connects(wire: Wire) -> None:
    async with running(wire, saying(b"")) as (server, streams):
        stream = streams.subscribe(request_to(server))
        await stream.aclose()
        assert await collect(stream) == []
        assert server.connections == 0


async def test_a_reader_that_is_cancelled_loses_no_event(wire: Wire) -> None:
    async with running(wire, saying(three(wire) + wire.complete)) as (server, streams):
        stream = streams.subscribe(request_to(server))
        reader = asyncio.create_task(collect(stream))
        await asyncio.sleep(0)
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        assert await collect(stream) == EVENTS


async def test_nobody_listening_and_bad_urls_have_errors_of_their_own(wire: Wire) -> None:
    async with RawServer(saying(b"")) as server:
        request = request_to(server)
    streams = HttpStreams(wire.format)
    with pytest.raises(SubgraphConnectionRefusedError):
        await collect(streams.subscribe(request))
    for url in ("ftp://a/", "http://a:b@c/"):
        with pytest.raises(SubgraphInvalidRequestError):
            await collect(streams.subscribe(SubscriptionRequest("orders", url, b"{}", ())))
    await streams.close()
