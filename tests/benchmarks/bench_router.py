"""The router against others: requests per second, latency, CPU, memory, subgraph requests.

    python -m tests.benchmarks.bench_router                       everything, as in the README
    python -m tests.benchmarks.bench_router olympus apollo-gateway --workloads unique --rounds 3
    python -m tests.benchmarks.bench_router olympus mine=../my/launcher
    python -m tests.benchmarks.bench_router --workloads= --scaling    two workers beside one
    python -m tests.benchmarks.bench_router --ceiling             the subgraph server alone

Needs Linux, Node.js, wrk and taskset; npm packages are put outside the repository (see peers.py).
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.contenders import GATEWAYS, SCALING, WORKLOADS, gateway_of
from tests.benchmarks.load import Load
from tests.benchmarks.measure import Benchmark, Round, Settings, own_cores
from tests.benchmarks.peers import install_peers
from tests.benchmarks.processes import NotMeasurableError
from tests.benchmarks.report import (
    footnote,
    require_block,
    scaling_section,
    workload_section,
    write_block,
)

TOOLS = {
    "node": "install Node.js 20 or newer",
    "wrk": "install wrk, the HTTP load generator (package wrk of Debian, Ubuntu and Homebrew)",
    "taskset": "install util-linux; the benchmark runs on Linux",
}


def main() -> int:
    """Runs the benchmark; 1 when an answer was wrong."""
    options = arguments()
    if options.write_readme:
        require_block("bench")
    for tool, advice in TOOLS.items():
        if shutil.which(tool) is None:
            print(f"bench: {tool} is needed: {advice}", file=sys.stderr)
            return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with tempfile.TemporaryDirectory(prefix="olympus-bench-") as folder:
            benchmark = Benchmark(settings(options, Path(folder)))
            if options.ceiling:
                return ceiling(benchmark)
            rounds, text = measure(benchmark, options)
            if options.json is not None:
                options.json.write_text(json.dumps([asdict(one) for one in rounds], indent=1))
            for failure in benchmark.failures:
                print("FAILED", failure, file=sys.stderr)
            if options.write_readme and not benchmark.failures:
                write_block("bench", text)
            return 1 if benchmark.failures else 0
    except NotMeasurableError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2


def measure(benchmark: Benchmark, options: argparse.Namespace) -> tuple[list[Round], str]:
    """Every workload in turn; the rounds, and the text for the README."""
    rounds: list[Round] = []
    sections: list[str] = []
    gateways = [gateway_of(given) for given in options.gateways or GATEWAYS]
    for workload in options.workloads:
        chosen = [one for one in gateways if options.gateways or workload in one.workloads]
        measured = benchmark.measure(chosen, workload)
        rounds += measured
        if measured:
            sections.append(workload_section(workload, measured))
            print(sections[-1] + "\n", flush=True)
    if options.scaling:
        measured = benchmark.measure(SCALING, options.scaling)
        sections.append(scaling_section(options.scaling, measured))
        print(sections[-1] + "\n", flush=True)
    load = benchmark.settings.load
    sections.append(footnote(rounds, benchmark.settings.seconds, load.connections))
    print(sections[-1], flush=True)
    return rounds, "\n\n".join(sections)


def ceiling(benchmark: Benchmark) -> int:
    """Says what the subgraph server can do, so that one sees it is not what is measured."""
    for label, result, cpu_us in benchmark.ceiling():
        print(
            f"{label:9} {result.requests / result.seconds:8.0f} requests/s, {cpu_us:.1f} µs CPU and "
            f"{result.bytes / max(1, result.requests):.0f} bytes each, p99 {result.p99_ms:.2f} ms"
        )
    return 0


def settings(options: argparse.Namespace, folder: Path) -> Settings:
    """The settings the command line asks for."""
    gateway_cpus, load_cpus = own_cores()
    load = Load(options.connections, options.think_ms, options.load_cpus or load_cpus)
    return Settings(
        install_peers(),
        folder,
        options.gateway_cpus or gateway_cpus,
        load,
        rounds=options.rounds,
        seconds=options.seconds,
        warmup_s=options.warmup,
        workers=options.workers,
        delay_ms=options.delay_ms,
        has_real_shipping=options.real_shipping,
        is_verbose=options.verbose,
    )


def cores(text: str) -> list[int]:
    """Core numbers separated by commas."""
    return [int(part) for part in text.split(",")]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("gateways", nargs="*", metavar="GATEWAY", help=f"of {', '.join(GATEWAYS)}, or NAME=LAUNCHER; all")
    add(
        "--workloads",
        type=lambda text: [one for one in text.split(",") if one],
        default=list(WORKLOADS),
        help=", ".join(WORKLOADS),
    )
    add("--rounds", type=int, default=5)
    add("--seconds", type=float, default=8.0, help="a round (%(default)s)")
    add("--warmup", type=float, default=5.0, help="seconds, once per gateway and workload (%(default)s)")
    add("--connections", type=int, default=50)
    add("--think-ms", type=int, default=0, help="each connection waits a random 0..N ms between requests")
    add("--delay-ms", type=int, default=0, help="latency of the subgraphs")
    add("--workers", type=int, default=1, help="processes of each gateway")
    add("--gateway-cpus", type=cores, help="cores of the gateway, like 1 or 0,1 (the last one)")
    add("--load-cpus", type=cores, help="cores of wrk and the subgraphs (the others)")
    add(
        "--scaling",
        nargs="?",
        const="unique",
        choices=WORKLOADS,
        help="compare two workers on two cores with one, on this workload (%(const)s); a full run does",
    )
    add("--real-shipping", action="store_true", help="shippingEstimate from the representation, not null")
    add("--ceiling", action="store_true", help="load the subgraph server alone")
    add("--json", type=Path, help="write every round there")
    add("--write-readme", action="store_true", help="put the tables in README.md")
    add("--verbose", "-v", action="store_true", help="print every round")
    options = parser.parse_args()
    if not options.gateways and options.workloads == list(WORKLOADS):
        options.scaling = options.scaling or "unique"
    if unknown := set(options.workloads) - set(WORKLOADS):
        parser.error(f"unknown workload: {', '.join(sorted(unknown))}")
    if unknown := {name for name in options.gateways if "=" not in name} - set(GATEWAYS):
        parser.error(f"unknown gateway: {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    sys.exit(main())
