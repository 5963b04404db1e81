"""One worker with many subscribers: deliveries per second, latency, memory, CPU, and a reload under all of them.

    python -m tests.benchmarks.bench_subscriptions [--subscribers 10000] [--topics 100] [--seconds 10]

The router is a process of its own; clients and subgraphs share another, so latencies have their time, too.  Each event
is completed by one entity request.  Ends with status 1 when a subscriber missed an event, got one twice or in disorder,
or was closed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from websockets.asyncio.server import serve
from websockets.typing import Subprotocol

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from tests.benchmarks.processes import table
from tests.benchmarks.report import machine
from tests.benchmarks.subscribers import Publisher, Subscriber, Tally, answer_entities
from tests.e2e.test_lifecycle import replace
from tests.serve_process import Served, served

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])\n'
TICKS = (
    'type Query { now: String } type Item @key(fields: "id") { id: ID! stamp: String }'
    " type Subscription { tick(topic: Int!): Item }"
)
PRICES = 'type Item @key(fields: "id") { id: ID! price: Int }'
PROTOCOL = Subprotocol("graphql-transport-ws")
CONNECTING = 200
"""Clients that connect at the same time."""
TICKS_PER_S = 100
WAIT_S = 120.0


def supergraph(ticks_port: int, prices_port: int, more: str = "") -> str:
    """Compose the two subgraphs."""
    composed = compose(
        [
            SubgraphInput("ticks", f"http://127.0.0.1:{ticks_port}/graphql", LINK + TICKS),
            SubgraphInput("prices", f"http://127.0.0.1:{prices_port}/graphql", LINK + PRICES + more),
        ]
    )
    assert isinstance(composed, Composed), composed
    return composed.supergraph_sdl


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait.  Raises: SystemExit when it takes too long."""
    end = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"{what} did not happen within {WAIT_S:.0f} s")
        await asyncio.sleep(0.02)


class Bench:
    """A router, its subscribers and what they have seen."""

    def __init__(self, router: Served, publisher: Publisher, topics: int) -> None:
        self.router = router
        self.publisher = publisher
        self.topics = topics
        self.tally = Tally()
        self.subscribers: list[Subscriber] = []

    async def connect(self, count: int) -> None:
        """Have so many subscribers, the topics in turn."""
        turn = asyncio.Semaphore(CONNECTING)
        ready = 0

        def on_ready() -> None:
            nonlocal ready
            ready += 1
            turn.release()

        first = len(self.subscribers)
        for number in range(first, count):
            await turn.acquire()
            query = f"subscription {{ tick(topic: {number % self.topics}) {{ stamp price }} }}"
            subscriber = Subscriber(query, self.tally, on_ready)
            await asyncio.get_running_loop().create_connection(
                lambda one=subscriber: one, "127.0.0.1", self.router.port
            )
            self.subscribers.append(subscriber)
        await until(lambda: ready == count - first, "the last connection_ack")
        if self.tally.faults:
            raise SystemExit(f"refused: {self.tally.faults[:3]}")
        await until(lambda: len(self.publisher.open) == self.topics, "the last source stream")
        await asyncio.sleep(2)  # subscribe messages have no answer: let the last be taken

    async def round(self) -> None:
        """Publish one event to each topic, and wait until every subscriber has it."""
        due = self.tally.delivered + len(self.subscribers)
        for topic in range(self.topics):
            await self.publisher.publish(topic)
        await until(lambda: self.tally.delivered >= due or bool(self.tally.faults), "the last delivery")

    async def flood(self, seconds: float) -> str:
        """Round after round."""
        before, began_s, cpu_s = self.tally.delivered, time.monotonic(), self.cpu_s()
        while time.monotonic() < began_s + seconds:
            await self.round()
        took_s, used_s = time.monotonic() - began_s, self.cpu_s() - cpu_s
        delivered = self.tally.delivered - before
        return (
            f"flood: {delivered / took_s:,.0f} deliveries/s, router CPU {used_s / took_s:.0%} of a core, "
            f"so {delivered / used_s:,.0f} deliveries per core and second"
        )

    async def paced(self, seconds: float, deliveries_per_s: float) -> str:
        """One topic after another at a steady rate."""
        pause_s = len(self.subscribers) / self.topics / deliveries_per_s
        count = int(seconds / pause_s)
        due = self.tally.delivered + sum(self._listeners(number % self.topics) for number in range(count))
        self.tally.latencies_ns.clear()
        began_s, cpu_s = time.monotonic(), self.cpu_s()
        for number in range(count):
            await asyncio.sleep(max(began_s + number * pause_s - time.monotonic(), 0))
            await self.publisher.publish(number % self.topics)
        await until(lambda: self.tally.delivered >= due or bool(self.tally.faults), "the last delivery")
        took_s = time.monotonic() - began_s
        ordered = sorted(self.tally.latencies_ns)
        p50, p99 = (ordered[int(len(ordered) * part)] / 1e6 for part in (0.5, 0.99))
        return (
            f"paced: {len(ordered) / took_s:,.0f} deliveries/s, publish to client p50 {p50:.1f} ms, p99 {p99:.1f} ms, "
            f"router CPU {(self.cpu_s() - cpu_s) / took_s:.0%} of a core"
        )

    def cpu_s(self) -> float:
        """Of the router so far."""
        return table()[self.router.process.pid].ticks / TICKS_PER_S

    def _listeners(self, topic: int) -> int:
        return len(range(topic, len(self.subscribers), self.topics))


async def measured(bench: Bench, given: argparse.Namespace, reload: Callable[[], None]) -> None:
    """Print the figures."""
    await bench.connect(given.topics)
    await bench.round()
    few_mb = bench.router.resident_mb()
    began_s = time.monotonic()
    await bench.connect(given.subscribers)
    took_s = time.monotonic() - began_s - 2
    many_mb = bench.router.resident_mb()
    more = given.subscribers - given.topics
    print(f"{more:,} subscribers came in {took_s:.1f} s; {bench.publisher.opened} source streams")
    kb = (many_mb - few_mb) * 1000 / max(more, 1)
    print(
        f"memory: {few_mb:.1f} MB with {given.topics}, {many_mb:.1f} MB with all: {kb:.1f} KB per idle subscriber"
    )
    await bench.round()
    print(await bench.flood(given.seconds))
    print(await bench.paced(given.seconds, given.rate))
    before = bench.router.ready()["supergraph"]["id"]
    reload()
    await until_reloaded(bench, before)
    await bench.round()
    await bench.round()
    print(
        f"reload: {len(bench.subscribers):,} subscribers went on, {bench.publisher.opened} source streams so far; "
        f"{bench.router.resident_mb():.1f} MB"
    )


async def until_reloaded(bench: Bench, before: str) -> None:
    """Wait until the router serves another supergraph, events coming meanwhile."""
    while (await asyncio.to_thread(bench.router.ready))["supergraph"]["id"] == before:
        await bench.round()


async def run(given: argparse.Namespace) -> int:
    """Measure.  Gives the exit status."""
    publisher = Publisher()
    prices = await asyncio.start_server(answer_entities, "127.0.0.1", 0)
    async with serve(publisher.serve, "127.0.0.1", 0, compression=None, subprotocols=[PROTOCOL]) as ticks:
        ports = [next(iter(one.sockets)).getsockname()[1] for one in (ticks, prices)]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            file = folder / "supergraph.graphql"
            file.write_text(supergraph(*ports))
            (folder / "olympus.yaml").write_text(
                json.dumps({"supergraph": {"file": file.name, "listen": "127.0.0.1:0"}})
            )
            with served(folder, "--config", folder / "olympus.yaml") as router:
                bench = Bench(router, publisher, given.topics)
                print(f"on {machine()}")
                await measured(
                    bench, given, lambda: replace(file, supergraph(*ports, " type Query { more: Int }"))
                )
                faults = list(bench.tally.faults)
                for subscriber in bench.subscribers:
                    subscriber.leave()
    prices.close()
    print(f"{len(faults)} faults {faults[:3]}")
    return 1 if faults else 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subscribers", type=int, default=10_000)
    parser.add_argument("--topics", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=2_000.0, help="deliveries per second of the paced part")
    given = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = given.subscribers + 1000
    if soft < needed:
        if hard != resource.RLIM_INFINITY and hard < needed:
            raise SystemExit(f"{needed} open files are needed and {hard} allowed: ulimit -n")
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    return asyncio.run(run(given))


if __name__ == "__main__":
    sys.exit(main())
