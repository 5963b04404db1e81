"""What one request costs the router's CPU: the own HTTP/1.1 client against httpx.

    python tests/benchmarks/bench_transport.py [--seconds 2] [--plain-asyncio]

The subgraph is a child process (asyncio.Protocol over httptools); 0.9 kB go out and 3.4 kB come
back.  Figures are CPU time of this process per request, so the child's work does not count.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import socket
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


async def compare(port: int, seconds: float) -> None:
    """Prints one line per number of requests under way."""
    url = f"http://127.0.0.1:{port}/graphql"
    request = SubgraphRequest("bench", url, BODY, ((b"x-tenant", b"demo"),), True, 30.0)
    numbers = iter(range(1 << 60))
    client = HttpClient()
    sharing = InFlightClient(client)
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    headers = {"content-type": "application/json", "x-tenant": "demo"}

    def unique() -> Awaitable[object]:
        return sharing.send(
            SubgraphRequest("bench", url, BODY + b" %d" % next(numbers), request.headers, True, 30.0)
        )

    print(f"{'at once':>8} {'own us':>8} {'+in-flight':>11} {'httpx us':>9} {'httpx/own':>10}")
    async with httpx.AsyncClient(limits=limits, trust_env=False) as other:
        for at_once in (50, 8, 1):
            own = await measure(lambda: client.send(request), at_once, seconds)
            shared = await measure(unique, at_once, seconds)
            theirs = await measure(lambda: other.post(url, content=BODY, headers=headers), at_once, seconds)
            print(f"{at_once:>8} {own:>8.1f} {shared:>11.1f} {theirs:>9.0f} {theirs / own:>9.0f}x")
    await sharing.close()


def main() -> None:
    """Starts the child, measures, ends the child."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--plain-asyncio", action="store_true")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))
    child = multiprocessing.get_context("fork").Process(target=serve, args=(listener,), daemon=True)
    child.start()
    run = asyncio.run if options.plain_asyncio else uvloop.run
    try:
        run(compare(listener.getsockname()[1], options.seconds))
    finally:
        child.terminate()
        child.join()


if __name__ == "__main__":
    main()
