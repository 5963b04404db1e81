"""What subscribers see when what feeds them is killed, and comes back or does not: nothing ends in silence."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from router.engine.admission import Caller
from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource
from router.engine.subscription_options import EventOptions, SubscriptionOptions
from router.errors import RouterError
from router.events.redis import RedisBroker
from router.protocols.graphql_request import GraphQLRequest
from router.transport.fake import FakeStreams, FakeSubgraphs
from tests.engine.test_events import supergraph
from tests.redis_server import RedisServer, redis_server
from tests.serve_process import eventually, served

KINDS = 'subscription { orderUpdates(tenantId: "acme") { kind } }'
PROTOCOL = Subprotocol("graphql-transport-ws")
WAIT_S = 30


def quick(attempts: int, events: EventOptions | None = None) -> EngineOptions:
    return EngineOptions(
        subscriptions=SubscriptionOptions(
            reconnect_attempts=attempts,
            reconnect_first_s=0.05,
            reconnect_most_s=0.2,
            events=events,
            anonymous_claims={"tenant_id": "acme"},
        )
    )


class Heard:
    """The results of one operation, and how it ended."""

    def __init__(self, engine: Engine, query: str) -> None:
        self.results: asyncio.Queue[Any] = asyncio.Queue()
        self._task = asyncio.create_task(self._read(engine, query))

    async def _read(self, engine: Engine, query: str) -> None:
        try:
            operation = await engine.pipeline.open(GraphQLRequest(query), Caller({}))
            async for result in operation.results:
                self.results.put_nowait(orjson.loads(result))
            self.results.put_nowait("complete")
        except RouterError as error:
            self.results.put_nowait(error.code)

    async def next(self) -> Any:
        async with asyncio.timeout(WAIT_S):
            return await self.results.get()

    async def next_while(self, say: Callable[[], Any]) -> Any:
        """Give what comes next, saying something again and again: what feeds it opens behind the scenes."""
        async with asyncio.timeout(WAIT_S):
            while self.results.empty():
                await say()
                await asyncio.sleep(0.05)
        return self.results.get_nowait()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as started:
        if started is None:
            pytest.skip("no redis-server on this machine")
        yield started


async def publish(url: str, kind: str) -> None:
    broker = RedisBroker(url)
    await broker.publish("orders:acme", orjson.dumps({"kind": kind}))
    await broker.close()


def fed_by(redis: RedisServer, attempts: int) -> Engine:
    source = SupergraphSource(supergraph, lambda: ())
    options = quick(attempts, EventOptions(redis.url))
    return Engine(source, options, FakeSubgraphs({}), FakeStreams({}))


async def test_a_broker_that_is_killed_and_comes_back_leaves_a_gap_that_is_told(redis: RedisServer) -> None:
    async with fed_by(redis, attempts=100) as engine:
        heard = Heard(engine, KINDS)
        first = await heard.next_while(lambda: publish(redis.url, "CREATED"))
        assert first == {"data": {"orderUpdates": {"kind": "CREATED"}}}
        redis.stop()
        async with asyncio.timeout(WAIT_S):
            while engine.pipeline.live.counts.opened < 2:
                await asyncio.sleep(0.01)
        while not heard.results.empty():
            assert "extensions" not in heard.results.get_nowait()
        redis.start()
        after = await heard.next_while(lambda: publish(redis.url, "CHANGED"))
        assert after["extensions"] == {"subscription": {"gap": True}}


async def test_a_broker_that_stays_away_ends_its_subscriptions_with_its_code(redis: RedisServer) -> None:
    async with fed_by(redis, attempts=2) as engine:
        heard = Heard(engine, KINDS)
        await heard.next_while(lambda: publish(redis.url, "CREATED"))
        redis.stop()
        try:
            while isinstance(last := await heard.next(), dict):
                pass
            assert last == "EVENT_BROKER_UNAVAILABLE"
            assert await Heard(engine, KINDS).next() == "EVENT_BROKER_UNAVAILABLE"
        finally:
            redis.start()


class Ticking:
    """A subgraph that ticks over graphql-transport-ws, and can be killed."""

    def __init__(self) -> None:
        self.port = 0
        self._server: Server | None = None
        self._sockets: set[ServerConnection] = set()

    async def start(self) -> None:
        self._server = await serve(self._talk, "127.0.0.1", self.port, subprotocols=[PROTOCOL])
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    def kill(self) -> None:
        """As a process's death is seen: no closing handshake, and nobody listens."""
        assert self._server is not None
        self._server.close(close_connections=False)
        for socket in self._sockets:
            socket.transport.abort()

    async def _talk(self, socket: ServerConnection) -> None:
        self._sockets.add(socket)
        try:
            await socket.recv()
            await socket.send('{"type":"connection_ack"}')
            id_ = orjson.loads(await socket.recv())["id"]
            while True:
                tick = {"type": "next", "id": id_, "payload": {"data": {"tick": 1}}}
                await socket.send(orjson.dumps(tick).decode())
                await asyncio.sleep(0.02)
        except ConnectionClosed:
            pass
        finally:
            self._sockets.discard(socket)


@asynccontextmanager
async def ticking(attempts: int) -> AsyncIterator[tuple[Ticking, Heard]]:
    subgraph = Ticking()
    await subgraph.start()
    sdl = "type Query { a: Int } type Subscription { tick: Int }"
    composed = compose([SubgraphInput("ticks", f"http://127.0.0.1:{subgraph.port}/graphql", sdl)])
    assert isinstance(composed, Composed)
    source = SupergraphSource(lambda: composed.supergraph_sdl, lambda: ())
    async with Engine(source, quick(attempts)) as engine:
        yield subgraph, Heard(engine, "subscription { tick }")
    subgraph.kill()


async def test_a_subgraph_that_is_killed_and_comes_back_leaves_a_gap_that_is_told() -> None:
    async with ticking(attempts=100) as (subgraph, heard):
        assert await heard.next() == {"data": {"tick": 1}}
        subgraph.kill()
        await subgraph.start()
        while "extensions" not in (result := await heard.next()):
            assert result == {"data": {"tick": 1}}
        assert result["extensions"] == {"subscription": {"gap": True}}
        assert await heard.next() == {"data": {"tick": 1}}


async def test_a_subgraph_that_stays_away_ends_its_subscriptions_with_an_error() -> None:
    async with ticking(attempts=2) as (subgraph, heard):
        assert await heard.next() == {"data": {"tick": 1}}
        subgraph.kill()
        while isinstance(last := await heard.next(), dict):
            pass
        assert last == "SUBGRAPH_CONNECTION_REFUSED"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks /proc")
async def test_a_worker_that_is_stopped_sends_its_subscribers_to_the_others(
    redis: RedisServer, tmp_path: Path
) -> None:
    (tmp_path / "supergraph.graphql").write_text(supergraph())
    file = tmp_path / "olympus.yaml"
    events = {"enabled": True, "redis": {"url": redis.url}, "anonymous_claims": {"tenant_id": "acme"}}
    section = {"file": "supergraph.graphql", "listen": "127.0.0.1:0"}
    file.write_text(json.dumps({"supergraph": section, "subscription": {"events": events}}))
    with served(tmp_path, "--config", file, "--workers", 2) as router:
        before = router.workers()
        ends = [asyncio.create_task(sse_end(router.url)) for _ in range(3)]
        ends += [asyncio.create_task(socket_end(router.url)) for _ in range(3)]
        broker = RedisBroker(redis.url)
        numbers = 0
        async with asyncio.timeout(WAIT_S):
            while numbers < 1:  # each worker with subscribers has the channel once
                [(_, numbers)] = await broker._publishing.pubsub_numsub("orders:acme")
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        for pid in before:
            os.kill(pid, signal.SIGTERM)
        async with asyncio.timeout(WAIT_S):
            codes = await asyncio.gather(*ends)
        assert codes == ["SUBSCRIPTION_ROUTER_SHUTDOWN"] * 3 + [1012] * 3
        eventually(lambda: len(set(router.workers()) - set(before)) == 2, "new workers")
        await broker.close()


async def sse_end(url: str) -> Any:
    headers = {"accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(trust_env=False, timeout=WAIT_S) as client,
        client.stream("POST", url, json={"query": KINDS}, headers=headers) as answer,
    ):
        data = [line[6:] async for line in answer.aiter_lines() if line.startswith("data: ")]
    return orjson.loads(data[-1])["errors"][0]["extensions"]["code"]


async def socket_end(url: str) -> Any:
    async with connect(url.replace("http", "ws"), subprotocols=[PROTOCOL], proxy=None) as socket:
        await socket.send('{"type":"connection_init"}')
        await socket.recv()
        await socket.send(
            orjson.dumps({"type": "subscribe", "id": "1", "payload": {"query": KINDS}}).decode()
        )
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return None if closed.rcvd is None else closed.rcvd.code
