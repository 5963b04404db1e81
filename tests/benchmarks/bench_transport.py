"""What one request costs the router's CPU: the own HTTP/1.1 client against httpx and the floor.

    python tests/benchmarks/bench_transport.py [--seconds 1] [--rounds 3] [--plain-asyncio]

The subgraph is a child process (asyncio.Protocol over httptools); 0.9 kB go out and 3.4 kB come
back.  Figures are CPU time of this process per request, so the child's work does not count: the
median of interleaved rounds.  The floor is a protocol that does nothing but parse: no deadline, no
limits, no headers, no cancellation.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import socket
import statistics
from collections.abc import Awaitable, Callable
from typing import cast

import httptools
import httpx
import uvloop

from router.transport.base import SubgraphRequest
from router.transport.http import HttpClient
from router.transport.inflight import InFlightClient

BODY = b'{"query":"' + b"q" * 880 + b'"}'
ANSWER = b'{"data":"' + b"d" * 3400 + b'"}'
WIRE = (
    b"HTTP/1.1 200 OK\r\ndate: Mon, 01 Jan 2026 00:00:00 GMT\r\nserver: uvicorn\r\n"
    b"content-length: %d\r\ncontent-type: application/json\r\n\r\n%b" % (len(ANSWER), ANSWER)
)


class Subgraph(asyncio.Protocol):
    """Answers every request alike."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.transport.write(WIRE)


def serve(listener: socket.socket) -> None:
    """Runs in the child until it is terminated."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Subgraph, sock=listener)
        await server.serve_forever()

    uvloop.run(run())


def cpu_s() -> float:
    """CPU seconds of this process so far, user and system."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def measure(send: Callable[[], Awaitable[object]], at_once: int, seconds: float) -> float:
    """CPU microseconds per request with ``at_once`` requests under way all the time."""
    loop = asyncio.get_running_loop()
    count = 0

    async def repeat(until: float) -> None:
        nonlocal count
        while loop.time() < until:
            await send()
            count += 1

    await asyncio.gather(*(repeat(loop.time() + 0.2) for _ in range(at_once)))
    count = 0
    before = cpu_s()
    await asyncio.gather(*(repeat(loop.time() + seconds) for _ in range(at_once)))
    return (cpu_s() - before) / count * 1e6


class Floor(asyncio.Protocol):
    """The least a client can do."""

    answer: asyncio.Future[bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.parser = httptools.HttpResponseParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body = body

    def on_message_complete(self) -> None:
        self.answer.set_result(self.body)


def floor(port: int) -> Callable[[], Awaitable[object]]:
    """Sends through the least client."""
    loop = asyncio.get_running_loop()
    idle: list[Floor] = []
    wire = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY)

    async def send() -> bytes:
        if idle:
            connection = idle.pop()
        else:
            _, connection = await loop.create_connection(Floor, "127.0.0.1", port)
        connection.answer = loop.create_future()
        connection.transport.write(wire)
        body = await connection.answer
        idle.append(connection)
        return body

    return send


async def compare(port: int, seconds: float, rounds: int) -> None:
    """Prints one line per number of requests under way."""
    url = f"http://127.0.0.1:{port}/graphql"
    headers = ((b"x-tenant", b"demo"),)
    request = SubgraphRequest("bench", url, BODY, headers, True, 30.0)
    numbers = iter(range(1 << 60))
    client = HttpClient()
    sharing = InFlightClient(client)
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    names = {"content-type": "application/json", "x-tenant": "demo"}

    def unique() -> Awaitable[object]:
        body = BODY + b" %d" % next(numbers)
        return sharing.send(SubgraphRequest("bench", url, body, headers, True, 30.0))

    print("CPU us per request")
    print(f"{'at once':>8} {'floor':>8} {'own':>8} {'in-flight':>10} {'httpx':>8} {'httpx/own':>10}")
    async with httpx.AsyncClient(limits=limits, trust_env=False) as other:
        contenders: list[Callable[[], Awaitable[object]]] = [
            floor(port),
            lambda: client.send(request),
            unique,
            lambda: other.post(url, content=BODY, headers=names),
        ]
        for at_once in (50, 8, 1):
            figures: list[list[float]] = [[] for _ in contenders]
            for _ in range(rounds):
                for send, kept in zip(contenders, figures, strict=True):
                    kept.append(await measure(send, at_once, seconds))
            least, own, shared, theirs = (statistics.median(kept) for kept in figures)
            print(
                f"{at_once:>8} {least:>8.1f} {own:>8.1f} {shared:>10.1f} {theirs:>8.0f} {theirs / own:>9.0f}x"
            )
    await sharing.close()


def main() -> None:
    """Starts the child, measures, ends the child."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plain-asyncio", action="store_true")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))
    child = multiprocessing.get_context("fork").Process(target=serve, args=(listener,), daemon=True)
    child.start()
    run = asyncio.run if options.plain_asyncio else uvloop.run
    try:
        run(compare(listener.getsockname()[1], options.seconds, options.rounds))
    finally:
        child.terminate()
        child.join()


if __name__ == "__main__":
    main()
