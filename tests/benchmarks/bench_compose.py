"""Composition: time and memory by the number of subgraphs, and how both grow.

    python -m tests.benchmarks.bench_compose [--rounds 3] [--compare] [--write-readme]

Each size runs in a process of its own: CPU milliseconds from the subgraphs' text to the supergraph's, and the peak of
resident memory, the interpreter's own included.  --compare also times npm's @theguild/federation-composition, which
`make bench` installs (it needs Node.js).
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from tests.benchmarks.load import WORKLOADS_FOLDER
from tests.benchmarks.peers import install_peers
from tests.benchmarks.report import figure, machine, markdown_table, require_block, write_block
from tests.benchmarks.wide_supergraph import WideSupergraph

SIZES = (WideSupergraph(10, 10), WideSupergraph(42), WideSupergraph(50), WideSupergraph(200))


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one size."""

    ms: list[float]
    """One per round; the first with everything cold."""
    peak_mb: float
    sdl_kb: float = 0.0


def measure(size: WideSupergraph, rounds: int) -> Figures:
    """Composes in this process, which should be new."""
    inputs = [SubgraphInput(name, f"http://{name}.test/", sdl) for name, sdl in size.subgraphs()]
    ms: list[float] = []
    for _ in range(rounds):
        gc.collect()
        before = time.process_time()
        composed = compose(inputs)
        ms.append((time.process_time() - before) * 1000)
        if not isinstance(composed, Composed):
            raise SystemExit(f"does not compose: {composed.errors[0].message}")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Figures(ms, peak_mb, sum(len(one.sdl) for one in inputs) / 1024)


def measure_other(size: WideSupergraph, rounds: int) -> Figures:
    """Composes with @theguild/federation-composition."""
    argv = ["node", str(WORKLOADS_FOLDER / "compose.mjs"), str(install_peers()), str(rounds)]
    ran = subprocess.run(argv, input=json.dumps(size.subgraphs()), capture_output=True, text=True, check=True)
    answer = json.loads(ran.stdout)
    if answer["errors"]:
        raise SystemExit(f"the other composer refuses: {answer['errors'][0]}")
    return Figures(answer["ms"], answer["peakMb"])


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--compare", action="store_true", help="also @theguild/federation-composition")
    parser.add_argument("--write-readme", action="store_true", help="put the table in README.md")
    options = parser.parse_args()
    if options.write_readme:
        require_block("bench-compose")
    rows: list[list[str]] = []
    for size in SIZES:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            own = pool.apply(measure, (size, options.rounds))
        median_ms = statistics.median(own.ms)
        row = [str(size.graphs), f"{size.types:,}", figure(own.sdl_kb), figure(median_ms), figure(own.ms[0])]
        row += [f"{median_ms / size.types:.2f}", f"{own.peak_mb:.0f}"]
        if options.compare:
            other = measure_other(size, options.rounds)
            row += [figure(statistics.median(other.ms)), f"{other.peak_mb:.0f}"]
        rows.append(row)
        print(" ".join(row), file=sys.stderr, flush=True)
    heads = ["subgraphs", "types", "SDL kB", "CPU ms", "the first time", "ms a type", "peak MB"]
    heads += ["npm federation-composition, CPU ms", "its peak MB"] if options.compare else []
    text = f"{markdown_table(heads, rows, 0)}\n\nMedians of {options.rounds} rounds, on {machine()}."
    print(text)
    if options.write_readme:
        write_block("bench-compose", text)


if __name__ == "__main__":
    main()
