"""Clients that are too slow, and the end of a server, over raw sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from router.cli.http_protocol import EdgeLimits
from router.cli.http_server import EdgeServer, ServerLimits
from router.cli.listener import listening_socket
from router.cli.serve import edge_server
from router.engine.options import EngineOptions
from router.guards.jwks import secret_key
from router.guards.jwt import JwtOptions, sign_token
from router.realtime.options import RealtimeOptions
from router.server.app import create_app
from router.server.options import ServerOptions
from router.server.overload import OverloadOptions
from router.server.traffic import Traffic
from tests.engine.sample import Sample, forever

BODY = b'{"query": "{ __typename }"}'
HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
SLOW = b'{"query": "{ slow }"}'
ANSWER = b'{"data":{"__typename":"Query"}}'


@dataclass
class Edge:
    """A served sample."""

    port: int
    server: EdgeServer
    sample: Sample
    running: asyncio.Task[None]

    async def open(self, *sent: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for piece in sent:
            writer.write(piece)
        await writer.drain()
        return reader, writer


@asynccontextmanager
async def served(
    edge: EdgeLimits | None = None,
    options: ServerOptions | None = None,
    drain_s: float = 0.3,
    linger_s: float = 0.0,
    engine: EngineOptions | None = None,
) -> AsyncIterator[Edge]:
    traffic, one = Traffic(), Sample(engine)
    app = create_app(one.engine, options or ServerOptions(), traffic)
    server = edge_server(app, ServerLimits(edge or EdgeLimits(), drain_s, linger_s), traffic, lambda: None)
    bound = listening_socket("127.0.0.1", 0)
    port = bound.getsockname()[1]
    running = asyncio.create_task(server.serve([bound]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield Edge(port, server, one, running)
    finally:
        if not running.done():
            server.stop()
        await running


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Everything to the end of the connection."""
    async with asyncio.timeout(30):
        return await reader.read(-1)


QUICK = EdgeLimits(read_timeout_s=0.3, write_timeout_s=0.3)


@pytest.mark.parametrize(
    "sent", [b"POST /gra", b"GET / HTTP/1.1\r\nhost: x\r\n", HEAD % 27, HEAD % 27 + BODY[:5]]
)
async def test_a_request_that_does_not_come_to_its_end_is_answered_408(sent: bytes) -> None:
    async with served(QUICK) as edge:
        reader, writer = await edge.open(sent)
        answer = await rest(reader)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"REQUEST_TIMEOUT" in answer
        writer.close()


async def test_a_byte_now_and_then_does_not_keep_a_request_alive() -> None:
    async with served(QUICK) as edge:
        reader, writer = await edge.open(b"GET / HTTP/1.1\r\nx: ")
        answer = asyncio.create_task(rest(reader))
        while not answer.done():
            writer.write(b"y")
            await asyncio.sleep(0.05)
        assert b" 408 " in answer.result()
        writer.close()


async def test_who_says_nothing_is_closed_without_a_word() -> None:
    async with served(QUICK) as edge:
        reader, writer = await edge.open()
        assert await rest(reader) == b""
        writer.close()


async def test_a_connection_between_requests_is_closed_when_idle() -> None:
    async with served(EdgeLimits(idle_timeout_s=0.2)) as edge:
        reader, writer = await edge.open(HEAD % len(BODY), BODY)
        assert (await rest(reader)).endswith(ANSWER)
        writer.close()


async def test_a_slow_answer_is_not_a_slow_client() -> None:
    async with served(EdgeLimits(read_timeout_s=0.1, write_timeout_s=0.1)) as edge:

        async def waits(_request: object) -> dict[str, object]:
            await asyncio.sleep(0.6)
            return {"data": {"slow": "done"}}

        edge.sample.subgraphs.handlers["products"] = waits
        reader, writer = await edge.open(HEAD % len(SLOW), SLOW)
        async with asyncio.timeout(30):
            assert b'{"data":{"slow":"done"}}' in await reader.readuntil(b"}}")
        writer.close()


async def test_who_takes_nothing_of_a_large_answer_is_cut() -> None:
    async with served(QUICK) as edge:

        async def large(_request: object) -> dict[str, object]:
            return {"data": {"slow": "x" * 30_000_000}}

        edge.sample.subgraphs.handlers["products"] = large
        _, writer = await edge.open(HEAD % len(SLOW), SLOW)
        async with asyncio.timeout(30):
            while not edge.server.server_state.total_requests:
                await asyncio.sleep(0.01)
            while edge.server.server_state.connections:
                await asyncio.sleep(0.01)
        writer.transport.abort()


@pytest.mark.parametrize(
    "sent", [b"nonsense\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n"]
)
async def test_what_is_no_http_is_answered_400(sent: bytes) -> None:
    async with served() as edge:
        reader, writer = await edge.open(sent)
        answer = await rest(reader)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"BAD_REQUEST" in answer
        writer.close()


async def test_nonsense_after_a_request_does_not_take_its_answer() -> None:
    async with served() as edge:
        reader, writer = await edge.open(HEAD % len(BODY) + BODY + b"\x00nonsense\r\n\r\n")
        answer = await rest(reader)
        assert answer.endswith(ANSWER)
        assert answer.count(b"HTTP/1.1") == 1
        writer.close()


async def test_of_requests_in_a_row_each_is_cancelled_when_the_client_leaves() -> None:
    async with served() as edge:
        _, writer = await edge.open((HEAD % len(SLOW) + SLOW) * 2)
        while not edge.sample.subgraphs.requests:
            await asyncio.sleep(0.01)
        writer.transport.abort()
        async with asyncio.timeout(30):
            while not edge.sample.subgraphs.cancelled:
                await asyncio.sleep(0.01)


async def test_the_end_waits_for_requests_under_way_and_takes_no_new_ones() -> None:
    async with served(drain_s=30) as edge:
        release = asyncio.Event()

        async def waits(_request: object) -> dict[str, object]:
            await release.wait()
            return {"data": {"slow": "done"}}

        edge.sample.subgraphs.handlers["products"] = waits
        reader, writer = await edge.open(HEAD % len(SLOW), SLOW)
        idle, idle_writer = await edge.open(HEAD % len(BODY), BODY)
        await idle.readuntil(ANSWER)
        while not edge.sample.subgraphs.requests:
            await asyncio.sleep(0.01)
        edge.server.stop()
        assert await rest(idle) == b""
        with pytest.raises(OSError):
            await edge.open()
        release.set()
        answer = await rest(reader)
        assert b'{"data":{"slow":"done"}}' in answer
        assert b"connection: close" in answer
        writer.close()
        idle_writer.close()
        await edge.running


async def test_what_does_not_end_in_time_is_answered_503_and_its_work_stops() -> None:
    async with served(drain_s=0.2) as edge:
        reader, writer = await edge.open(HEAD % len(SLOW), SLOW)
        while not edge.sample.subgraphs.requests:
            await asyncio.sleep(0.01)
        edge.server.stop()
        answer = await rest(reader)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"SHUTTING_DOWN" in answer
        assert b"retry-after: 1" in answer
        await edge.running
        assert edge.sample.subgraphs.cancelled == 1
        writer.close()


async def test_a_second_signal_does_not_wait() -> None:
    async with served(drain_s=600) as edge:
        reader, writer = await edge.open(HEAD % len(SLOW), SLOW)
        while not edge.sample.subgraphs.requests:
            await asyncio.sleep(0.01)
        edge.server.stop()
        edge.server.stop()
        assert b" 503 " in await rest(reader)
        writer.close()


async def test_readiness_says_no_before_connections_are_refused() -> None:
    async with served(linger_s=1.0) as edge:
        edge.server.stop()
        while True:
            reader, writer = await edge.open(
                b"GET /health/ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
            )
            answer = await rest(reader)
            writer.close()
            if b" 503 " in answer:
                break
        assert b'"reason":"SHUTTING_DOWN"' in answer


async def test_a_socket_closes_with_1012_when_nothing_is_under_way_on_it() -> None:
    async with served(drain_s=30) as edge:
        url = f"ws://127.0.0.1:{edge.port}/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
            await socket.send('{"type":"connection_init"}')
            await socket.recv()
            edge.server.stop()
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), 30)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
        await edge.running


async def test_a_member_of_the_hub_is_told_at_once() -> None:
    secret = "a secret that is long enough, really"
    engine = EngineOptions(jwt=JwtOptions((secret_key(secret),)))
    options = ServerOptions(realtime=RealtimeOptions())
    claims = {"sub": "ann", "tenant_id": "acme", "exp": int(time.time()) + 3600}
    headers = {"authorization": f"Bearer {sign_token(claims, secret)}"}
    async with served(options=options, drain_s=30, engine=engine) as edge:
        url = f"ws://127.0.0.1:{edge.port}{RealtimeOptions().path}"
        async with connect(url, additional_headers=headers, proxy=None) as socket:
            edge.server.stop()
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await asyncio.wait_for(socket.recv(), 30)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
        await edge.running


async def test_a_subscription_holds_up_no_end_and_a_mutation_beside_it_is_answered() -> None:
    async with served(drain_s=600) as edge:
        edge.sample.streams.sources["products"] = forever
        release = asyncio.Event()

        async def waits(_request: object) -> dict[str, object]:
            await release.wait()
            return {"data": {"rename": {"__typename": "Product", "id": "1", "name": "new"}}}

        edge.sample.subgraphs.handlers["products"] = waits
        url = f"ws://127.0.0.1:{edge.port}/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
            await socket.send('{"type":"connection_init"}')
            await socket.recv()
            queries = [
                "subscription { renamed { id } }",
                'mutation { rename(id: "1", name: "new") { name } }',
            ]
            for id_, query in enumerate(queries):
                message = {"type": "subscribe", "id": str(id_), "payload": {"query": query}}
                await socket.send(orjson.dumps(message).decode())
            assert orjson.loads(await socket.recv())["type"] == "next"
            while not edge.sample.subgraphs.requests:
                await asyncio.sleep(0.01)
            edge.server.stop()
            while edge.server.servers[0].sockets != ():
                await asyncio.sleep(0.01)
            release.set()
            seen = []
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    seen.append(orjson.loads(await asyncio.wait_for(socket.recv(), 30)))
            assert [(one["type"], one["id"]) for one in seen] == [("next", "1"), ("complete", "1")]
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
        await edge.running


async def one_under_way(edge: Edge) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, asyncio.Event]:
    """Let a request take a place; it is answered when the event is set."""
    release = asyncio.Event()

    async def waits(_request: object) -> dict[str, object]:
        await release.wait()
        return {"data": {"slow": "done", "renamed": None}}

    edge.sample.subgraphs.handlers["products"] = waits
    reader, writer = await edge.open(HEAD % len(SLOW), SLOW)
    while not edge.sample.subgraphs.requests:
        await asyncio.sleep(0.01)
    return reader, writer, release


async def ready(edge: Edge) -> bytes:
    """What ``/health/ready`` says."""
    reader, writer = await edge.open(b"GET /health/ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    said = await rest(reader)
    writer.close()
    return said


async def test_time_in_the_queue_counts_in_the_deadline_of_a_request() -> None:
    options = ServerOptions(overload=OverloadOptions(1, 1, 30.0))
    async with served(options=options, engine=EngineOptions(request_timeout_s=25)) as edge:
        first, writer, release = await one_under_way(edge)
        second, late = await edge.open(HEAD % len(SLOW), SLOW)
        while b" 503 " not in await ready(edge):  # the queue is full: it waits
            await asyncio.sleep(0.01)
        began_s = time.monotonic()
        await asyncio.sleep(0.2)
        waited_s = time.monotonic() - began_s
        release.set()
        async with asyncio.timeout(30):
            assert b"done" in await first.readuntil(b"}}")
            assert b"done" in await second.readuntil(b"}}")
        assert edge.sample.subgraphs.requests[1].timeout_s <= 25 - waited_s
        for one in (writer, late):
            one.transport.abort()


@pytest.mark.parametrize("accept", [b"text/event-stream", b'multipart/mixed;subscriptionSpec="1.0"'])
async def test_streams_take_their_turn_to_open(accept: bytes) -> None:
    options = ServerOptions(overload=OverloadOptions(1, 0, 30.0))
    async with served(options=options) as edge:
        _, writer, release = await one_under_way(edge)
        body = b'{"query": "subscription { renamed { id } }"}'
        head = HEAD.replace(b"\r\n\r\n", b"\r\naccept: " + accept + b"\r\n\r\n")
        refused, second = await edge.open(head % len(body), body)
        async with asyncio.timeout(30):
            assert (await refused.readline()).startswith(b"HTTP/1.1 503 ")
        release.set()
        for one in (writer, second):
            one.transport.abort()


@pytest.mark.parametrize("query", ["{ slow }", "subscription { renamed { id } }"])
async def test_operations_on_sockets_take_their_turn(query: str) -> None:
    options = ServerOptions(overload=OverloadOptions(1, 0, 30.0))
    async with served(options=options) as edge:
        _, writer, release = await one_under_way(edge)
        url = f"ws://127.0.0.1:{edge.port}/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
            await socket.send('{"type":"connection_init"}')
            await socket.recv()

            async def asked() -> dict[str, Any]:
                message = {"type": "subscribe", "id": "1", "payload": {"query": query}}
                await socket.send(orjson.dumps(message).decode())
                answered: dict[str, Any] = orjson.loads(await asyncio.wait_for(socket.recv(), 30))
                return answered

            refused = await asked()
            assert refused["type"] == "error"
            assert refused["payload"][0]["extensions"]["code"] == "OVERLOADED"
            release.set()
            while (answered := await asked())["type"] == "error":  # until the place is free
                await asyncio.sleep(0.01)
            assert answered["type"] == "next"
        writer.transport.abort()


async def test_a_subscription_that_goes_on_holds_no_place() -> None:
    options = ServerOptions(overload=OverloadOptions(1, 0, 30.0))
    async with served(options=options) as edge:
        edge.sample.streams.sources["products"] = forever
        body = b'{"query": "subscription { renamed { id } }"}'
        head = HEAD.replace(b"\r\n\r\n", b"\r\naccept: text/event-stream\r\n\r\n")
        events, stream = await edge.open(head % len(body), body)
        async with asyncio.timeout(30):
            await events.readuntil(b'"renamed"')
            _, writer, release = await one_under_way(edge)
        release.set()
        for one in (writer, stream):
            one.transport.abort()


async def test_beyond_the_queue_requests_get_503_and_readiness_flips() -> None:
    options = ServerOptions(overload=OverloadOptions(1, 1, 30.0))
    async with served(options=options) as edge:
        release = asyncio.Event()

        async def waits(_request: object) -> dict[str, object]:
            await release.wait()
            return {"data": {"slow": "done"}}

        edge.sample.subgraphs.handlers["products"] = waits
        first = await edge.open(HEAD % len(SLOW), SLOW)
        while not edge.sample.subgraphs.requests:
            await asyncio.sleep(0.01)
        # Which of the two waits and which is refused is told by their order of arrival.
        others = [await edge.open(HEAD % len(SLOW), SLOW) for _ in range(2)]
        done, _ = await asyncio.wait(
            [asyncio.create_task(reader.readuntil(b"}}]}")) for reader, _ in others],
            return_when=asyncio.FIRST_COMPLETED,
            timeout=30,
        )
        [refused] = [task.result() for task in done]
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1" in refused
        assert b'"code":"OVERLOADED"' in refused
        for path, status in ((b"/health/live", b" 200 "), (b"/health/ready", b" 503 ")):
            reader, writer = await edge.open(
                b"GET %b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" % path
            )
            assert status in await rest(reader)
            writer.close()
        release.set()
        async with asyncio.timeout(30):
            assert b"done" in await first[0].readuntil(b"}}")
            while len(edge.sample.subgraphs.requests) < 2:
                await asyncio.sleep(0.01)
        for _, writer in (first, *others):
            writer.transport.abort()
