"""The demo under a thousand users: latencies, errors, memory over time.

    python -m tests.load [--users 1000] [--seconds 300] [--think 15] [--followers 100]

A closed crowd: each user has a connection of its own and waits for an answer, then thinks (exponentially, ``--think``
seconds on average) before asking again; the mix is in mix.py.  Followers are users with a WebSocket that get every
order.  The router has the last core for itself; subgraphs, registry and this generator share the others, so where the
subgraphs fill theirs, their queue is what is measured: their CPU is printed.  Ends with status 1 when a target is
missed.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.measure import own_cores
from tests.benchmarks.processes import NotMeasurableError, busy_s
from tests.benchmarks.report import machine
from tests.load.demo import Demo, running_demo
from tests.load.figures import Course, misses, over_time, percentile_ms, table
from tests.load.mix import known_orders, mix
from tests.load.users import Users

WARM_UP_S = 20.0


async def loaded(demo: Demo, given: argparse.Namespace) -> tuple[Users, Course]:
    """Put the load on the demo; gives what the users saw and how the router fared."""
    users = Users(demo.port, mix(await known_orders("127.0.0.1", demo.port)), given.think, given.seed)
    await users.follow(given.followers)
    warm_up_s = min(WARM_UP_S, given.seconds / 3) + given.think
    users.ends_s = time.monotonic() + warm_up_s + given.seconds
    async with asyncio.TaskGroup() as group:
        for number in range(given.users - given.followers):
            group.create_task(users.user(number))
        await asyncio.sleep(warm_up_s)
        group.create_task(users.watch_itself())
        users.begun_s, users.is_recording = time.monotonic(), True
        course = await sampled(demo, users.ends_s)
        users.is_recording = False
    users.leave()
    return users, course


async def sampled(demo: Demo, ends_s: float) -> Course:
    """Watch until the end."""
    course = Course()
    every = [core for cores in own_cores() for core in cores]
    began_s, own_s, busy = time.monotonic(), time.process_time(), busy_s(every)
    router_s, others_s = demo.router()[0], demo.others_cpu_s()
    while time.monotonic() < ends_s:
        course.memory_mb.append(demo.router()[1])
        await asyncio.sleep(1)
    course.seconds = time.monotonic() - began_s
    course.router_cpu_s = demo.router()[0] - router_s
    course.others_cpu_s = demo.others_cpu_s() - others_s
    course.own_cpu_s = time.process_time() - own_s
    known_s = course.router_cpu_s + course.others_cpu_s + course.own_cpu_s
    course.strangers_cpu_s = max(0.0, busy_s(every) - busy - known_s)
    return course


def report(given: argparse.Namespace, users: Users, course: Course, pinned: str) -> list[str]:
    """Print the figures; gives the targets missed."""
    seen, seconds = users.seen, course.seconds
    errors = seen.errors.total()
    share = errors / max(1, errors + seen.answered)
    print("\n".join(["", *table(seen), "", *over_time(seen, course), ""]))
    print(
        f"{given.users:,} users ({given.followers} of them follow orders), {given.think:g} s to think, "
        f"for {seconds:.0f} s: {seen.answered / seconds:,.0f} answers/s, {seen.delivered / seconds:,.0f} events/s, "
        f"{errors} errors ({share:.2%})."
    )
    print(
        f"Of a core: router {course.router_cpu_s / seconds:.0%}, "
        f"subgraphs and registry {course.others_cpu_s / seconds:.0%}, "
        f"generator {course.own_cpu_s / seconds:.0%}, others on the machine {course.strangers_cpu_s / seconds:.0%}; "
        f"{1000 * course.router_cpu_s / max(1, seen.answered):.2f} ms of the router's CPU an answer."
    )
    lag_ms = percentile_ms(sorted(seen.lags_s), 0.99)
    print(f"{pinned} The generator's timers were late by {lag_ms:.1f} ms (p99).")
    print(f"On {machine()}.")
    for text, count in [*seen.errors.most_common(5), *seen.ended_subscriptions.most_common(3)]:
        print(f"  {count} x {text}")
    missed = misses(seen, course, given.followers)
    print("targets: " + ("met" if not missed else "missed: " + "; ".join(missed)))
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.load",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--followers", type=int, default=100, help="of the users: with a subscription")
    parser.add_argument("--think", type=float, default=15.0, help="seconds between answer and next question")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    router, rest = own_cores()
    pinned = f"The router on core {router}, everything else on {rest}."
    try:
        with tempfile.TemporaryDirectory() as name, running_demo(Path(name)) as demo:
            demo.pin(router, rest)
            users, course = asyncio.run(loaded(demo, given))
            logged = demo.log.read_text("utf-8", "replace")
    except NotMeasurableError as error:
        print(f"load: {error}", file=sys.stderr)
        return 2
    missed = report(given, users, course, pinned)
    if logged:
        print(f"\nThe demo logged:\n{logged[:4000]}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
