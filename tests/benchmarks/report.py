"""Figures as markdown, on the screen and in the README."""

from __future__ import annotations

import os
import platform
import re
import statistics
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tests.benchmarks.contenders import APOLLO, GATEWAYS, HIVE_RUST, SCALING, WORKLOADS
from tests.benchmarks.measure import Round

SHORT = {APOLLO: "Apollo", HIVE_RUST: "Hive + Rust"}
README = Path(__file__).parents[2] / "README.md"


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    """A table whose first ``texts`` columns are text and whose others are figures."""
    ruler = ["---"] * texts + ["---:"] * (len(heads) - texts)
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, ruler, *rows))


def machine() -> str:
    """What it was measured on."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        text = ""
    found = re.search(r"^model name\s*: (.*)$", text, re.M)
    processor = " ".join(found[1].split()) if found else platform.machine()
    return f"{os.cpu_count()} cores ({processor}), Python {platform.python_version()}"


def figure(value: float) -> str:
    """Three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def workload_section(workload: str, rounds: Sequence[Round]) -> str:
    """One workload: medians over the rounds, and ratios to the two that targets are set by."""
    names = list(dict.fromkeys(one.gateway for one in rounds))

    def median(name: str, of: Callable[[Round], float]) -> float:
        return statistics.median(of(one) for one in rounds if one.gateway == name)

    def ratio(name: str, peer: str) -> str:
        if not median(peer, lambda one: one.wrk.requests):
            return "none"
        faster = median(name, lambda one: one.rps) / median(peer, lambda one: one.rps)
        cheaper = median(peer, lambda one: one.cpu_ms) / median(name, lambda one: one.cpu_ms)
        return f"{figure(faster)} / {figure(cheaper)}"

    peers = [peer for peer in (APOLLO, HIVE_RUST) if peer in names]
    rows = [
        [
            GATEWAYS[name].title if name in GATEWAYS else name,
            figure(median(name, lambda one: one.rps)),
            *(
                figure(median(name, of))
                for of in (
                    lambda one: one.wrk.p50_ms,
                    lambda one: one.wrk.p95_ms,
                    lambda one: one.wrk.p99_ms,
                )
            ),
            f"{median(name, lambda one: one.cpu_ms):.3f}",
            f"{max(one.peak_mb for one in rounds if one.gateway == name):.0f}",
            figure(median(name, lambda one: one.fetches)),
            *(ratio(name, peer) for peer in peers),
        ]
        for name in names
    ]
    heads = [
        f"**{workload}**",
        "requests/s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "CPU ms",
        "MB",
        "fetches",
        *(f"to {SHORT[peer]}" for peer in peers),
    ]
    return f"{workload}: {WORKLOADS[workload]}.\n\n{markdown_table(heads, rows)}"


def scaling_section(workload: str, rounds: Sequence[Round]) -> str:
    """What a second worker brings, the load on the same two cores accounted for."""
    rows: list[list[str]] = []
    alone = 0.0
    for gateway in SCALING:
        own = [one for one in rounds if one.gateway == gateway.name]
        workers = gateway.workers or 1
        cpu_ms = statistics.median(one.cpu_ms for one in own)
        balance = statistics.median(one.balance(workers) for one in own)
        capacity = workers * balance * 1000 / cpu_ms
        alone = alone or capacity
        rows.append(
            [
                gateway.title,
                figure(statistics.median(one.rps for one in own)),
                f"{statistics.median(one.cpu_util for one in own):.2f}",
                f"{cpu_ms:.3f}",
                f"{balance:.2f}",
                figure(capacity),
                f"{capacity / alone:.2f}",
                f"{max(one.peak_mb for one in own):.0f}",
            ]
        )
    heads = ["**workers**", "requests/s", "cores used", "CPU ms", "balance", "on own cores", "to one", "MB"]
    return (
        f"Workers, {workload}: {WORKLOADS[workload]}. wrk and the subgraphs take their part of the same cores, so "
        "requests/s are not the measure. Balance is the mean worker's work to the busiest one's; on cores of their "
        "own, workers serve workers times balance / CPU requests a second.\n\n" + markdown_table(heads, rows)
    )


def footnote(rounds: Sequence[Round], seconds: float, connections: int) -> str:
    """How it was measured, in words."""
    count = max(
        (
            sum(1 for one in rounds if (one.gateway, one.workload) == key)
            for key in {(one.gateway, one.workload) for one in rounds}
        ),
        default=0,
    )
    others = statistics.median(one.others_util for one in rounds) if rounds else 0.0
    return (
        f"Medians of {count} interleaved rounds of {seconds:g} s, {connections} connections, the gateway alone on "
        f"its core, on {machine()}. CPU and fetches (subgraph requests) are per request, MB is the peak of resident "
        f"memory. The last columns: how many times the requests per second / how many times less CPU. Other work took "
        f"{others:.0%} of the gateway's core; where that is not near 0, believe the CPU."
    )


def marks(name: str) -> tuple[str, str]:
    """What stands before and after a block of the README."""
    return f"<!-- {name}:begin -->", f"<!-- {name}:end -->"


def require_block(name: str, path: Path = README) -> None:
    """Asked before anything is measured for it.  Raises: SystemExit when the file has no such block."""
    begin, end = marks(name)
    if end not in path.read_text("utf-8").partition(begin)[2]:
        raise SystemExit(f"{path} has no block to write to: put {begin} and {end} where the table belongs")


def write_block(name: str, text: str, path: Path = README) -> None:
    """Replaces what is between the marks.  Invariant: `require_block` let it through."""
    begin, end = marks(name)
    before, _, rest = path.read_text("utf-8").partition(begin)
    path.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}", "utf-8")
