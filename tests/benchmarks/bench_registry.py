"""The registry: time of one check and of one publish in graphs of 50 and 200 subgraphs.

    python -m tests.benchmarks.bench_registry [--rounds 3] [--write-readme]

Each size and database runs in a process of its own.  The graph is published whole, then one of its subgraphs gets a
field more, again and again: checked, and published.  CPU is this process's (PostgreSQL's own is not in it), the clock's
time is what an owner waits for, less the start of the command.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path

from router.registry.database.connect import open_database
from router.registry.model import Outcome, Publication, VariantRef
from router.registry.registry import Registry
from tests.benchmarks.report import figure, machine, markdown_table, require_block, write_block
from tests.benchmarks.wide_supergraph import WideSupergraph
from tests.postgres_server import new_database, postgres_server

SIZES = (WideSupergraph(50), WideSupergraph(200))
REF = VariantRef("bench", "production")


@dataclass(slots=True)
class Figures:
    """CPU and clock, in seconds, one pair per round."""

    check: list[tuple[float, float]] = field(default_factory=list)
    publish: list[tuple[float, float]] = field(default_factory=list)


def measure(size: WideSupergraph, url: str, rounds: int) -> Figures:
    """Measure in this process, which should be new."""
    return asyncio.run(_measure(size, url, rounds))


async def _measure(size: WideSupergraph, url: str, rounds: int) -> Figures:
    registry = Registry(await open_database(url))
    figures = Figures()
    subgraphs = [Publication(name, sdl, f"http://{name}.test/") for name, sdl in size.subgraphs()]
    if (await registry.publish(REF, subgraphs, "bench")).outcome is not Outcome.RELEASED:
        raise SystemExit("the graph does not compose")
    changing = subgraphs[0]
    for number in range(rounds):
        more = Publication(changing.subgraph, f"{changing.sdl}\nextend type Query {{ more{number}: Int }}\n")
        figures.check.append(await _timed(registry.check(REF, [more])))
        figures.publish.append(await _timed(registry.publish(REF, [more], "bench")))
    await registry.close()
    return figures


async def _timed(work: Awaitable[object]) -> tuple[float, float]:
    cpu_s, clock_s = time.process_time(), time.monotonic()
    await work
    return time.process_time() - cpu_s, time.monotonic() - clock_s


def _cells(pairs: list[tuple[float, float]]) -> list[str]:
    return [figure(statistics.median(pair[i] for pair in pairs)) for i in (0, 1)]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write-readme", action="store_true", help="put the table in README.md")
    options = parser.parse_args()
    if options.write_readme:
        require_block("bench-registry")
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as folder, postgres_server() as postgres:
        for size in SIZES:
            urls = {"SQLite": f"sqlite:///{Path(folder) / f'{size.graphs}.db'}"}
            if postgres is not None:
                urls["PostgreSQL"] = new_database(postgres)
            for name, url in urls.items():
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    found = pool.apply(measure, (size, url, options.rounds))
                row = [
                    name,
                    str(size.graphs),
                    f"{size.types:,}",
                    *_cells(found.check),
                    *_cells(found.publish),
                ]
                rows.append(row)
                print(" ".join(row), file=sys.stderr, flush=True)
    heads = [
        "database",
        "subgraphs",
        "types",
        "check, CPU s",
        "by the clock",
        "publish, CPU s",
        "by the clock",
    ]
    text = f"{markdown_table(heads, rows)}\n\nMedians of {options.rounds} rounds, on {machine()}."
    print(text)
    if options.write_readme:
        write_block("bench-registry", text)


if __name__ == "__main__":
    main()
