"""Chaos: parts are killed, stalled and corrupted under load, and everything that is answered is judged.

    python -m tests.chaos [--seconds 1200] [--seed N] [--report docs/chaos.md]

Redis, a registry, four subgraphs and a router of two workers, with proxies between them.  The seed decides what is
broken when.  A violation is: data that is not what it was before, a null without an error, an error without a code or
an internal one, a connection that is cut though no worker was killed, an order acknowledged and lost or placed twice,
an event missing in a stream without a gap, a release lost, a traceback in the log, or a router that, when all is well
again, is not what it was: its answers, its memory, its open files.  Ends with status 1 when there is one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.breaking import Breaking
from tests.chaos.callers import BUYERS, Callers, questions
from tests.chaos.ledger import Ledger, check_events, check_orders
from tests.chaos.report import report
from tests.chaos.schedule import Fault, schedule
from tests.chaos.world import World, running_world

WARM_S = 15.0
CALM_WITHIN_S = 60.0
MAX_GROWTH, GROWTH_MB = 1.25, 15.0
MORE_FILES = 12
"""Kept connections to subgraphs, Redis and the registry."""
IDLE = (
    "http_requests_in_flight",
    "requests_queued",
    "planning_under_way",
    "subgraph_requests_in_turn",
    "circuit_breaker_state",
    "active_subscriptions",
    "subscription_sources",
    "websockets",
)
"""Gauges that are 0 while nobody calls."""


@dataclass(frozen=True)
class State:
    """The router between two loads."""

    memory_mb: float
    """Of the largest worker."""
    files: int
    """Open in the worker that has most."""


def state(world: World) -> State:
    """Look at the workers."""
    memory, files = [], []
    for pid in world.workers():
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        memory.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
        files.append(len(list(Path(f"/proc/{pid}/fd").iterdir())))
    return State(max(memory), max(files))


async def load(callers: Callers, seconds: float) -> None:
    """Call for so long, with all being well."""
    callers.stop.clear()
    running = asyncio.create_task(callers.run())
    await asyncio.sleep(seconds)
    callers.stop.set()
    await running
    await asyncio.sleep(2)  # closed connections are noticed


async def break_things(callers: Callers, breaking: Breaking, faults: list[Fault]) -> None:
    """Call while things break."""
    callers.stop.clear()
    running = asyncio.create_task(callers.run())
    callers.ledger.is_calm = False
    await breaking.carry_out(faults)
    await asyncio.sleep(3)
    callers.stop.set()
    await running


async def calm(callers: Callers) -> float:
    """Wait until every question is answered right, twice in a row; gives how long it took."""
    began_s, right = time.monotonic(), 0
    while right < 2:
        quiet = Ledger()
        quiet.is_calm = False
        asking = Callers(callers.world, quiet, callers.asked, callers.seed)
        await asking.ask_everything()
        right = right + 1 if quiet.answers["right"] == len(callers.asked) else 0
        if time.monotonic() - began_s > CALM_WITHIN_S:
            callers.ledger.violate(f"not well again after {CALM_WITHIN_S:.0f} s: {dict(quiet.codes)}")
            break
        await asyncio.sleep(0.5)
    return time.monotonic() - began_s


async def check_idle(world: World, ledger: Ledger) -> None:
    """See that the router itself counts nothing any more: nobody calls."""
    end, busy = time.monotonic() + CALM_WITHIN_S, {"": 0.0}
    while busy and time.monotonic() < end:
        await asyncio.sleep(0.5)
        found = {name: await asyncio.to_thread(world.gauge, name) for name in IDLE}
        busy = {name: value for name, value in found.items() if value}
    if busy:
        ledger.violate(f"nobody calls, and the router counts {busy}")


def check_stored(world: World, ledger: Ledger, seed: int) -> None:
    """Compare what was acknowledged with what the subgraph and the registry have."""
    stored, after = [], "null"
    while True:
        page = f'(filter: {{dateFrom: "2026-11-02T00:00:00Z"}}, pagination: {{first: 100, after: {after}}})'
        query = f"{{ orders{page} {{ edges {{ cursor node {{ number note }} }} }} }}"
        edges = world.ask_subgraph("orders", query)["orders"]["edges"]
        stored += [(edge["node"]["note"], edge["node"]["number"]) for edge in edges]
        if not edges:
            break
        after = f'"{edges[-1]["cursor"]}"'
    check_orders(ledger, [(note, number) for note, number in stored if note and f"chaos-{seed}-" in note])
    releases = [one["id"] for one in world.releases()]
    lost = set(ledger.released) - set(releases)
    if lost or ledger.released != sorted(set(ledger.released)):
        ledger.violate(f"releases {ledger.released} were acknowledged, {releases} are there")


def check_log(world: World, ledger: Ledger) -> None:
    """Find tracebacks and internal faults."""
    for line in (world.folder / "router.log").read_text("utf-8", "replace").splitlines():
        if "Traceback" in line or '"at":' in line or "INTERNAL" in line:
            ledger.violate(f"log: {line[-800:]}")


async def check_follows(world: World, ledger: Ledger) -> None:
    """See that what is published now is served soon."""
    mark = "the end"
    ledger.released.append(await asyncio.to_thread(world.publish, ("products",), mark))
    query = '{ __type(name: "Product") { fields(includeDeprecated: true) { deprecationReason } } }'
    end = time.monotonic() + CALM_WITHIN_S
    while mark not in str(await asyncio.to_thread(ask_router, world, query)):
        if time.monotonic() > end:
            ledger.violate("the router does not follow the registry any more")
            return
        await asyncio.sleep(0.5)


def ask_router(world: World, query: str) -> object:
    """What the router answers."""
    url = f"http://127.0.0.1:{world.router_port}/graphql"
    request = urllib.request.Request(
        url, json.dumps({"query": query}).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


async def run(seconds: float, seed: int, only: str, to: Path | None) -> int:
    """Break things for so long.  Gives the exit status."""
    faults = schedule(seconds, seed, only)
    if not faults:
        print(f"no fault is called {only!r}, or the time is too short for one", file=sys.stderr)
        return 2
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # nothing is left running
    ledger = Ledger()
    with tempfile.TemporaryDirectory() as name:
        async with running_world(Path(name), random.Random(seed)) as world:
            callers = Callers(world, ledger, await questions(world.router_port), seed)
            await callers.learn()
            await load(callers, WARM_S)
            before = state(world)
            breaking = Breaking(world, ledger, seed)
            await break_things(callers, breaking, faults)
            recovered_s = await calm(callers)
            ledger.is_calm = True
            await load(callers, WARM_S)
            after = state(world)
            await check_idle(world, ledger)
            await check_follows(world, ledger)
            check_stored(world, ledger, seed)
            check_log(world, ledger)
            spoiled = {name: dict(proxy.spoiled) for name, proxy in world.proxies.items()}
            kept = Path(name) / "router.log"
            if ledger.violated:
                print(kept.read_text("utf-8", "replace"), file=sys.stderr)
    check_events(ledger, 2 * BUYERS)
    if after.memory_mb > before.memory_mb * MAX_GROWTH + GROWTH_MB:
        ledger.violate(f"memory went from {before.memory_mb:.0f} to {after.memory_mb:.0f} MB")
    if after.files > before.files + MORE_FILES:
        ledger.violate(f"open files went from {before.files} to {after.files}")
    text = report(seed, seconds, breaking.done, spoiled, ledger, (before, after), recovered_s)
    print(text)
    if to is not None:
        to.write_text(text, "utf-8")
    return 1 if ledger.violated else 0


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=1200)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", default="", help='faults whose name has this text, such as "kill orders"')
    parser.add_argument("--report", type=Path, default=None, help="where the report is written as Markdown")
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    return asyncio.run(run(given.seconds, seed, given.only, given.report))


if __name__ == "__main__":
    sys.exit(main())
