"""From what the users saw to the table that is printed, and whether it is good enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.load.users import Seen

MAX_P99_MS = 100.0
MAX_ERRORS = 0.01
MAX_GROWTH = 1.10
GROWTH_MB = 5.0
MAX_SLOWER = 1.5
SLOWER_MS = 20.0
PARTS = 5


@dataclass
class Course:
    """How the router fared, sampled once a second after the warm-up."""

    memory_mb: list[float] = field(default_factory=list)
    router_cpu_s: float = 0.0
    others_cpu_s: float = 0.0
    own_cpu_s: float = 0.0
    strangers_cpu_s: float = 0.0
    """What anything else on the machine took: where it is not near 0, the latencies are of a busy machine."""
    seconds: float = 0.0


def percentile_ms(sorted_s: Sequence[float], part: float) -> float:
    """The ``part`` quantile of sorted seconds, in ms; 0 of none."""
    return 1000 * sorted_s[min(len(sorted_s) - 1, int(len(sorted_s) * part))] if sorted_s else 0.0


def table(seen: Seen) -> list[str]:
    """Latencies by kind and by operation."""
    lines = [
        "| | answers | p50 ms | p95 ms | p99 ms | max ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    rows = [(f"**{kind}**", [took for _, took in timed]) for kind, timed in sorted(seen.latencies_s.items())]
    rows += sorted(seen.by_name.items())
    for name, took_s in rows:
        ordered = sorted(took_s)
        figures = " | ".join(f"{percentile_ms(ordered, part):,.1f}" for part in (0.5, 0.95, 0.99, 1.0))
        lines.append(f"| {name} | {len(ordered):,} | {figures} |")
    return lines


def over_time(seen: Seen, course: Course) -> list[str]:
    """Simple operations and memory, in five parts of the time."""
    lines = ["| part | simple, p50 ms | p99 ms | memory MB |", "| ---: | ---: | ---: | ---: |"]
    for number in range(PARTS):
        ordered = _part(seen, course, number)
        memory = _memory(course, number)
        lines.append(
            f"| {number + 1} | {percentile_ms(ordered, 0.5):.1f} | {percentile_ms(ordered, 0.99):.1f} "
            f"| {sum(memory) / max(1, len(memory)):.1f} |"
        )
    return lines


def misses(seen: Seen, course: Course, followers: int) -> list[str]:
    """The targets that were missed, each in words."""
    found = []
    errors = seen.errors.total()
    share = errors / max(1, errors + seen.answered)
    if share > MAX_ERRORS:
        found.append(f"errors {share:.2%}, at most {MAX_ERRORS:.0%} wanted")
    simple = sorted(took for _, took in seen.latencies_s["simple"])
    if (p99 := percentile_ms(simple, 0.99)) > MAX_P99_MS:
        found.append(f"p99 of simple operations {p99:.0f} ms, under {MAX_P99_MS:.0f} wanted")
    first, last = (_memory(course, number) for number in (0, PARTS - 1))
    if first and last and min(last) > min(first) * MAX_GROWTH + GROWTH_MB:
        found.append(f"memory grew from {min(first):.0f} to {min(last):.0f} MB")
    early, late = (percentile_ms(_part(seen, course, number), 0.5) for number in (0, PARTS - 1))
    if late > early * MAX_SLOWER + SLOWER_MS:
        found.append(f"the median went from {early:.1f} to {late:.1f} ms")
    if seen.ended_subscriptions:
        found.append(f"{seen.ended_subscriptions.total()} subscriptions ended")
    # An order placed in the last moments may be acknowledged after the count began, and the other way round.
    if abs(seen.delivered - seen.placed * followers) > max(0.02 * seen.placed, 3) * followers:
        found.append(
            f"{seen.delivered} events came to {followers} followers where {seen.placed} orders were placed"
        )
    return found


def _part(seen: Seen, course: Course, number: int) -> list[float]:
    start, end = (course.seconds * at / PARTS for at in (number, number + 1))
    return sorted(took for at, took in seen.latencies_s["simple"] if start <= at < end)


def _memory(course: Course, number: int) -> list[float]:
    count = len(course.memory_mb)
    return course.memory_mb[count * number // PARTS : count * (number + 1) // PARTS]
