"""Planning: how long it takes the first time, how good the plan is, what it keeps, and how fast it is found again.

    python -m tests.benchmarks.bench_plan [--rounds 9] [--write-readme]

Milliseconds of CPU of this process.  Each round starts from a new planner, which has learnt nothing of the supergraph's
paths, and then prepares the operation as the router does: parse and validate, plan (normalise and plan),
compile.  Memory is what a prepared operation keeps, and the peak while planning, both by tracemalloc.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from graphql import DocumentNode

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from router.engine.caches import OperationCache
from router.execution.compile import compile_plan
from router.federation.supergraph import Supergraph, read_supergraph
from router.language.document import parse_operation
from router.language.validate import validate_operation
from router.planning.normalize.normalize import normalize
from router.planning.plan import QueryPlan
from router.planning.planner import NO_LABELS, Planner
from tests.benchmarks.hard_supergraph import HardSupergraph
from tests.benchmarks.load import WORKLOADS_FOLDER
from tests.benchmarks.optimum import optimum
from tests.benchmarks.report import figure, machine, markdown_table, require_block, write_block

SCHEMA = Path(__file__).parents[2] / "schema"
HARD = HardSupergraph()
HARD_DEPTHS = (2, 3, 4)
DEADLINE_S = 0.25
"""When the search must give the best plan it has."""
MAX_TOKENS = 100_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Subject:
    """One operation to plan."""

    title: str
    supergraph: Supergraph
    text: str
    depth: int | None = None
    """Of a hard one: how deep it asks."""


@dataclass(slots=True)
class Times:
    """CPU milliseconds by stage, one per round."""

    prepare: list[float] = field(default_factory=list)
    plan: list[float] = field(default_factory=list)
    compile: list[float] = field(default_factory=list)

    @staticmethod
    def of(kept: list[float], work: Callable[[], T]) -> T:
        """Does the work and keeps its time."""
        gc.collect()
        before = time.thread_time()
        result = work()
        kept.append((time.thread_time() - before) * 1000)
        return result


def subjects() -> Iterator[Subject]:
    """The benchmark's operation, the demo's, and the hard ones."""
    benchmark = read_supergraph((WORKLOADS_FOLDER / "supergraph.graphql").read_text("utf-8"))
    yield Subject("benchmark", benchmark, (WORKLOADS_FOLDER / "operations/heavy.graphql").read_text("utf-8"))
    demo = read_supergraph((SCHEMA / "supergraph.graphql").read_text("utf-8"))
    for path in sorted((SCHEMA / "operations").glob("*.graphql")):
        yield Subject(f"demo: {path.stem}", demo, path.read_text("utf-8"))
    inputs = [SubgraphInput(name, f"http://{name}.test/", sdl) for name, sdl in HARD.subgraphs()]
    composed = compose(inputs)
    if not isinstance(composed, Composed):
        raise SystemExit(f"the hard supergraph does not compose: {composed.errors[0].message}")
    hard = read_supergraph(composed.supergraph_sdl)
    for depth in HARD_DEPTHS:
        title = f"hard, {depth} levels, 10^{HARD.naive_plans(depth)} naive plans"
        yield Subject(title, hard, HARD.operation(depth), depth)


def row(subject: Subject, rounds: int) -> list[str]:
    """The figures of one operation."""
    _ = subject.supergraph.api_schema  # made once per supergraph, not per operation
    times = Times()
    plan = [_prepare_once(subject, times) for _ in range(rounds)][-1]
    kept_kb, peak_kb = _memory(subject)
    return [
        subject.title,
        figure(statistics.median(times.plan)),
        figure(max(times.plan)),
        str(len(plan.fetches)),
        str(_steps(plan)),
        "" if subject.depth is None else _beside_optimum(plan, subject.depth),
        figure(statistics.median(times.prepare)),
        figure(statistics.median(times.compile)),
        f"{kept_kb:,.0f}",
        f"{peak_kb:,.0f}",
    ]


def _prepare_once(subject: Subject, times: Times) -> QueryPlan:
    planner = Planner(subject.supergraph)
    document = times.of(times.prepare, lambda: _parsed(subject))
    plan = times.of(times.plan, lambda: _plan(planner, document))
    times.of(times.compile, lambda: compile_plan(plan, subject.supergraph))
    return plan


def _plan(planner: Planner, document: DocumentNode) -> QueryPlan:
    end = time.thread_time() + DEADLINE_S
    operation = normalize(document, None, planner.supergraph)
    plan = planner.plan(operation, should_stop=lambda: time.thread_time() >= end)
    if plan.unplannable:
        raise SystemExit(f"no plan: {plan.unplannable[0]}")
    return plan


def _parsed(subject: Subject) -> DocumentNode:
    document = parse_operation(subject.text, max_tokens=MAX_TOKENS)
    errors = validate_operation(
        document, subject.supergraph.api_schema, hides_suggestions=True, allows_introspection=True
    )
    if errors:
        raise SystemExit(f"{subject.title}: not valid: {errors[0]}")
    return document


def _memory(subject: Subject) -> tuple[float, float]:
    planner, document = Planner(subject.supergraph), _parsed(subject)
    _plan(planner, document)  # what the planner learns of paths is not the operation's
    gc.collect()
    tracemalloc.start()
    compiled = compile_plan(_plan(planner, document), subject.supergraph)
    peak = tracemalloc.get_traced_memory()[1]
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del compiled
    return kept / 1024, peak / 1024


def _steps(plan: QueryPlan) -> int:
    """Fetches that follow one another, at most."""
    steps: dict[int, int] = {}
    for fetch in plan.fetches:
        steps[fetch.id] = 1 + max((steps[id_] for id_ in fetch.depends_on), default=0)
    return max(steps.values(), default=0)


def _beside_optimum(plan: QueryPlan, depth: int) -> str:
    """How much larger a plan is than the smallest there is, which an unbounded search finds in seconds to minutes."""
    least = optimum(HARD, depth)
    steps, fetches = _steps(plan) - least.steps, len(plan.fetches) / least.fetches - 1
    return f"{steps} steps, {fetches:.0%} fetches"


async def cached_lookup_us(lookups: int = 10_000) -> float:
    """Microseconds to find a prepared operation again, by a text that is a new object as in every request."""
    text = (WORKLOADS_FOLDER / "operations/heavy.graphql").read_bytes()
    with ThreadPoolExecutor(1) as executor:
        cache: OperationCache[str] = OperationCache(lambda text, _name, _labels: text, executor)
        await cache.prepared((text.decode(), None, NO_LABELS))
    keys = [(text.decode(), None, NO_LABELS) for _ in range(lookups)]
    before = time.thread_time()
    for key in keys:
        cache.get(key)
    return (time.thread_time() - before) / lookups * 1e6


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--write-readme", action="store_true", help="put the table in README.md")
    options = parser.parse_args()
    if options.write_readme:
        require_block("bench-plan")
    rows = []
    for subject in subjects():
        rows.append(row(subject, options.rounds))
        print(" ".join(rows[-1]), file=sys.stderr, flush=True)
    heads = [
        "operation",
        "plan ms",
        "worst",
        "fetches",
        "steps",
        "above the least",
        "parse, validate ms",
        "compile ms",
        "kept kB",
        "peak kB",
    ]
    text = (
        f"{markdown_table(heads, rows)}\n\nCPU, medians of {options.rounds} rounds (worst: of the same rounds), each "
        f"with a planner that knows nothing yet, on {machine()}. Finding a prepared operation again takes "
        f"{asyncio.run(cached_lookup_us()):.1f} µs."
    )
    print(text)
    if options.write_readme:
        write_block("bench-plan", text)


if __name__ == "__main__":
    main()
