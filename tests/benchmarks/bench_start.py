"""From nothing to ready, and from a changed file to live, for a supergraph of 1 MB.

    python -m tests.benchmarks.bench_start [--rounds 5] [--write-readme]

Wall and CPU milliseconds of ``olympus serve`` from its start to the first 200 of ``/health/ready``; then of the first
operation, which makes the API schema; then of a reload.  What they consist of is measured in a process of its own.

As in an installed router, Python finds its modules compiled; a first run that does not count compiles them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from tests.benchmarks.report import machine, require_block, write_block
from tests.benchmarks.wide_supergraph import WideSupergraph
from tests.serve_process import Served, eventually, served

SIZE = WideSupergraph(86)
"""Composes to 1.0 MB of SDL."""

PARTS = """
import gc, sys, time
began = time.process_time()
import router.cli.app, router.cli.serve
from router.engine.options import EngineOptions
from router.engine.reload import quiet_collector
from router.federation.supergraph import read_supergraph
from router.planning.planner import Planner
imported = time.process_time()
sdl = open(sys.argv[1]).read()
with quiet_collector():
    supergraph = read_supergraph(sdl)
    read = time.process_time()
    Planner(supergraph)
    planned = time.process_time()
    supergraph.api_schema
    done = time.process_time()
print(imported - began, read - imported, planned - read, done - planned)
"""


@dataclass(slots=True)
class Figures:
    """Seconds, one per round."""

    wall: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, wall_s: float, cpu_s: float) -> None:
        self.wall.setdefault(name, []).append(wall_s)
        self.cpu.setdefault(name, []).append(cpu_s)


def cpu_s(pid: int) -> float:
    """CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def compiled(folder: Path) -> dict[str, str]:
    """Give the environment of a Python that keeps its compiled modules in this folder."""
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder)}


def one_round(folder: Path, sdl: str, figures: Figures) -> None:
    """Start, ask, reload, stop; with what is compiled."""
    file = folder / "supergraph.graphql"
    file.write_text(sdl)
    began_s = time.monotonic()
    with served(
        folder, "--supergraph", file, "--port", 0, environment=compiled(folder / "compiled")
    ) as router:
        eventually(lambda: router.ready()["status"] == "UP")
        pid = router.process.pid
        at_s, used_s = time.monotonic(), cpu_s(pid)
        figures.add("start to ready", at_s - began_s, used_s)
        router.ask("{ e0x0(id: 1) { name price { amount } } }")
        figures.add("first operation", time.monotonic() - at_s, cpu_s(pid) - used_s)
        _reload(router, file, sdl, figures)
        router.stop()


def _reload(router: Served, file: Path, sdl: str, figures: Figures) -> None:
    pid, before = router.process.pid, router.ready()["supergraph"]["id"]
    at_s, used_s = time.monotonic(), cpu_s(pid)
    draft = file.with_suffix(".draft")
    draft.write_text(sdl + "\n# changed\n")
    draft.replace(file)
    eventually(lambda: router.ready()["supergraph"]["id"] != before)
    figures.add("reload", time.monotonic() - at_s, cpu_s(pid) - used_s)


def parts(file: Path) -> list[float]:
    """CPU seconds of imports, reading, planner and API schema, in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", PARTS, str(file)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **compiled(file.parent / "compiled")},
    )
    return [float(one) for one in done.stdout.split()]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write-readme", action="store_true")
    given = parser.parse_args()
    if given.write_readme:
        require_block("bench-start")
    composed = compose(
        [SubgraphInput(name, f"http://127.0.0.1:1/{name}", sdl) for name, sdl in SIZE.subgraphs()]
    )
    assert isinstance(composed, Composed)
    sdl = composed.supergraph_sdl
    figures, of = Figures(), list[list[float]]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one_round(folder, sdl, Figures())
        for _ in range(given.rounds):
            one_round(folder, sdl, figures)
            of.append(parts(folder / "supergraph.graphql"))
    imports, read, planner, api = (statistics.median(one) * 1000 for one in zip(*of, strict=True))
    told = "; ".join(
        f"{what} {statistics.median(figures.cpu[what]):.2f} s ({min(figures.wall[what]):.2f} s by the clock)"
        for what in figures.wall
    )
    parts_told = (
        f"imports {imports:.0f}, reading {read:.0f}, query graph {planner:.0f}, "
        f"API schema at the first operation {api:.0f}"
    )
    text = (
        f"A supergraph of {len(sdl) / 1e6:.1f} MB, {SIZE.types:,} types, seconds of CPU: {told}. "
        f"Of the parts, ms: {parts_told}. "
        f"Medians of {given.rounds} (by the clock: the best), on {machine()}."
    )
    print(text)
    if given.write_readme:
        write_block("bench-start", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
