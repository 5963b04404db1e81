"""One scenario after another over every transport that clients may use: what they see of an operation is the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeAlias

import httpx
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError
from websockets.typing import Subprotocol

from router.engine.options import EngineOptions
from router.engine.subscription_options import SubscriptionOptions
from router.errors import SubgraphSubscriptionEndedError
from router.server.app import create_app
from router.server.options import ServerOptions
from router.server.traffic import Traffic
from router.transport.base import SubscriptionRequest
from tests.engine.sample import PRODUCTS, Sample, supergraph
from tests.serving import serving

Entry: TypeAlias = tuple[Any, ...]
"""("next", name or codes) | ("complete",) | ("error", codes) | ("closed", code) of a socket, unless it is 1000 |
("cut",) when the connection ended."""
RENAMED = "subscription { renamed { name stars } }"
NOT_ENDS = {"ping", "pong", "ka", "connection_ack"}
WAIT_S = 20


def entry_of(result: dict[str, Any]) -> Entry:
    if "errors" in result:
        return ("next", [one["extensions"]["code"] for one in result["errors"]])
    return ("next", result["data"]["renamed"]["name"])


async def over_socket(origin: str, query: str, *, legacy: bool) -> AsyncGenerator[Entry]:
    try:
        async for entry in _over_socket(origin, query, legacy=legacy):
            yield entry
    except ConnectionClosedError as error:
        yield ("closed", None if error.rcvd is None else error.rcvd.code)
    yield ("cut",)


async def _over_socket(origin: str, query: str, *, legacy: bool) -> AsyncGenerator[Entry]:
    token = "graphql-ws" if legacy else "graphql-transport-ws"
    url = origin.replace("http", "ws") + "/graphql"
    async with connect(url, subprotocols=[Subprotocol(token)], proxy=None) as socket:
        start = {"type": "start" if legacy else "subscribe", "id": "1", "payload": {"query": query}}
        await socket.send('{"type":"connection_init"}')
        assert orjson.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(orjson.dumps(start).decode())
        has_ended = False
        async for entry in _entries(socket):
            yield entry
            # What follows the end would be seen: a legacy client asks for the end of the socket, another for a pong.
            if entry[0] != "next" and not has_ended:
                has_ended = True
                await socket.send('{"type":"connection_terminate"}' if legacy else '{"type":"ping"}')


async def _entries(socket: ClientConnection) -> AsyncGenerator[Entry]:
    async for text in socket:
        message = orjson.loads(text)
        kind, payload = message["type"], message.get("payload")
        if kind in ("next", "data"):
            yield entry_of(payload)
        elif kind == "error":
            errors = payload if isinstance(payload, list) else [payload]
            yield ("error", [one["extensions"]["code"] for one in errors])
        elif kind == "pong":
            break
        elif kind not in NOT_ENDS:
            yield (kind,)


async def over_http(origin: str, query: str, accept: str) -> AsyncGenerator[Entry]:
    async with (
        httpx.AsyncClient(trust_env=False, timeout=WAIT_S) as client,
        client.stream(
            "POST", f"{origin}/graphql", json={"query": query}, headers={"accept": accept}
        ) as answer,
    ):
        if answer.headers["content-type"].startswith("application/json"):
            refusal = orjson.loads(await answer.aread())
            yield ("error", [one["extensions"]["code"] for one in refusal["errors"]])
        else:
            read = _event if accept == EVENTS else _part
            async for line in answer.aiter_lines():
                if (entry := read(line)) is not None:
                    yield entry
    yield ("cut",)


def _event(line: str) -> Entry | None:
    if line.startswith("event: complete"):
        return ("complete",)
    return entry_of(orjson.loads(line[6:])) if line.startswith("data: ") else None


def _part(line: str) -> Entry | None:
    if line == "--graphql--":
        return ("complete",)
    part = orjson.loads(line) if line.startswith("{") else {}
    if "errors" in part:
        return ("error", [one["extensions"]["code"] for one in part["errors"]])
    return entry_of(part["payload"]) if part else None


EVENTS = "text/event-stream"
PARTS = 'multipart/mixed;subscriptionSpec="1.0", application/json'
Subscribe: TypeAlias = Callable[[str, str], AsyncGenerator[Entry]]
"""Given the origin and the operation."""
TRANSPORTS: dict[str, Subscribe] = {
    "graphql-transport-ws": lambda origin, query: over_socket(origin, query, legacy=False),
    "subscriptions-transport-ws": lambda origin, query: over_socket(origin, query, legacy=True),
    "server-sent events": lambda origin, query: over_http(origin, query, EVENTS),
    "multipart": lambda origin, query: over_http(origin, query, PARTS),
}
HAS_ERROR_END = {"graphql-transport-ws", "subscriptions-transport-ws", "multipart"}


class Feed:
    """A source that gives what the test says, when it says so."""

    def __init__(self) -> None:
        self._open: list[asyncio.Queue[dict[str, Any] | Exception | None]] = []

    @property
    def opened(self) -> int:
        return len(self._open)

    def put(self, *names: str) -> None:
        for name in names:
            for one in self._open:
                one.put_nowait({"data": {"renamed": {"__typename": "Product", "id": "1", "name": name}}})

    def put_result(self, result: dict[str, Any] | Exception | None) -> None:
        for one in self._open:
            one.put_nowait(result)

    async def events(self, _request: SubscriptionRequest) -> AsyncIterator[dict[str, Any]]:
        queue: asyncio.Queue[dict[str, Any] | Exception | None] = asyncio.Queue()
        self._open.append(queue)
        while (event := await queue.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event


class Reader:
    """A client of one operation."""

    def __init__(self, entries: AsyncGenerator[Entry]) -> None:
        self._entries = entries

    async def read(self) -> Entry:
        async with asyncio.timeout(WAIT_S):
            return await anext(self._entries)

    async def rest(self) -> list[Entry]:
        async with asyncio.timeout(WAIT_S):
            return [entry async for entry in self._entries]

    async def leave(self) -> None:
        await self._entries.aclose()


class Room:
    """A router, its source and clients of one transport."""

    def __init__(self, transport: str, origin: str, one: Sample, feed: Feed, traffic: Traffic) -> None:
        self.transport, self.origin, self.one, self.feed = transport, origin, one, feed
        self.traffic = traffic
        self.has_error_end = transport in HAS_ERROR_END

    def subscribe(self, query: str = RENAMED) -> Reader:
        return Reader(TRANSPORTS[self.transport](self.origin, query))

    async def subscribed(self, count: int) -> None:
        """Wait until so many clients are served."""
        counts = self.one.engine.pipeline.live.counts
        async with asyncio.timeout(WAIT_S):
            while counts.subscribers != count or self.feed.opened == 0:
                await asyncio.sleep(0.01)


@pytest.fixture(params=TRANSPORTS)
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    async with opened_room(request.param) as opened:
        yield opened


@asynccontextmanager
async def opened_room(transport: str) -> AsyncIterator[Room]:
    feed = Feed()
    one = Sample(EngineOptions(subscriptions=SubscriptionOptions(reconnect_attempts=0)))
    one.streams.sources["products"] = feed.events
    async with AsyncExitStack() as stack:
        traffic = Traffic()
        origin = await stack.enter_async_context(serving(create_app(one.engine, ServerOptions(), traffic)))
        yield Room(transport, origin, one, feed, traffic)


async def begun(room: Room, count: int = 1) -> Reader:
    """A client that has been served its first event."""
    reader = room.subscribe()
    first = asyncio.create_task(reader.read())
    await room.subscribed(count)
    room.feed.put("first")
    assert await first == ("next", "first")
    return reader


async def test_events_come_in_their_order_and_end_once(room: Room) -> None:
    reader = await begun(room)
    names = [f"name {number}" for number in range(100)]
    room.feed.put(*names)
    room.feed.put_result(None)
    assert await reader.rest() == [*(("next", name) for name in names), ("complete",), ("cut",)]


async def test_an_abnormal_end_is_told_and_no_complete(room: Room) -> None:
    reader = await begun(room)
    room.feed.put_result(SubgraphSubscriptionEndedError("products", "gone"))
    assert await seen_end(room, reader) == [ended_by(room, "SUBGRAPH_SUBSCRIPTION_ENDED"), ("cut",)]


def ended_by(room: Room, code: str) -> Entry:
    return ("error" if room.has_error_end else "next", [code])


async def seen_end(room: Room, reader: Reader) -> list[Entry]:
    # Multipart has but one delimiter for both ends.
    return [entry for entry in await reader.rest() if entry != ("complete",) or room.transport != "multipart"]


async def test_a_reload_that_takes_the_field_away_is_told_and_no_complete(room: Room) -> None:
    reader = await begun(room)
    room.one.sdl = supergraph(products=PRODUCTS.replace("renamed: Product", "other: Product"))
    await room.one.engine.reloader.reload()
    assert await seen_end(room, reader) == [ended_by(room, "SUBSCRIPTION_SCHEMA_RELOAD"), ("cut",)]


async def test_a_server_that_stops_says_so_at_once_and_the_client_may_come_back(room: Room) -> None:
    reader = await begun(room)
    room.traffic.drain()
    seen = await seen_end(room, reader)
    if "ws" in room.transport:
        assert seen == [("closed", 1012), ("cut",)]
    else:
        assert seen == [ended_by(room, "SUBSCRIPTION_ROUTER_SHUTDOWN"), ("cut",)]
    await room.subscribed(0)
    # Who is let in by a listener that is not closed yet is told at once, too.
    late = await seen_end(room, room.subscribe())
    if "ws" in room.transport:
        assert late[-2:] == [("closed", 1012), ("cut",)]
    else:
        assert late == [ended_by(room, "SUBSCRIPTION_ROUTER_SHUTDOWN"), ("cut",)]


async def test_an_error_of_an_event_is_in_its_result_and_others_follow(room: Room) -> None:
    reader = await begun(room)
    room.feed.put_result(
        {"data": {"renamed": None}, "errors": [{"message": "no", "extensions": {"code": "NO"}}]}
    )
    room.feed.put("after")
    assert [await reader.read(), await reader.read()] == [("next", ["NO"]), ("next", "after")]
    await reader.leave()


async def test_leaving_stops_the_source(room: Room) -> None:
    reader = await begun(room)
    await reader.leave()
    async with asyncio.timeout(WAIT_S):
        while room.one.streams.closed_early != 1:
            await asyncio.sleep(0.01)


async def test_who_joins_late_shares_the_source_and_gets_no_history(room: Room) -> None:
    first = await begun(room)
    second = room.subscribe()
    reading = asyncio.create_task(second.read())
    await room.subscribed(2)
    room.feed.put("both")
    assert (await first.read(), await reading) == (("next", "both"), ("next", "both"))
    assert room.feed.opened == 1
    # One that leaves takes nothing from the other.
    await first.leave()
    await room.subscribed(1)
    room.feed.put("last")
    assert await second.read() == ("next", "last")
    assert room.one.streams.closed_early == 0
    await second.leave()


async def test_what_cannot_run_opens_no_source(room: Room) -> None:
    seen = await room.subscribe("subscription { nope }").rest()
    codes = ["GRAPHQL_VALIDATION_FAILED"]
    if room.transport == "server-sent events":
        assert seen == [("next", codes), ("complete",), ("cut",)]
    else:
        assert seen == [("error", codes), ("cut",)]
    assert room.feed.opened == 0
