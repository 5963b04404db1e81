"""The report of a chaos run, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from tests.benchmarks.report import machine
from tests.chaos.ledger import Ledger


class State(Protocol):
    """Of the router between two loads."""

    @property
    def memory_mb(self) -> float: ...
    @property
    def files(self) -> int: ...


def report(
    seed: int,
    seconds: float,
    done: Counter[str],
    spoiled: Mapping[str, Mapping[str, int]],
    ledger: Ledger,
    states: tuple[State, State],
    recovered_s: float,
) -> str:
    """Give the whole text."""
    before, after = states
    verdict = "**No violation.**" if not ledger.violated else f"**{ledger.violated} violations.**"
    told = sum(map(len, ledger.stretches))
    answers_spoiled = sum(sum(kinds.values()) for kinds in spoiled.values())
    lines = [
        "# Chaos",
        "",
        f'`make chaos CHAOS_ARGS="--seconds {seconds:g} --seed {seed}"`: Redis, a registry, four subgraphs and a',
        "router of two workers under load; parts are killed, stalled and corrupted by a schedule that the seed makes,",
        "and every answer is judged. What counts as a violation: `python -m tests.chaos --help`.",
        "",
        verdict,
        "",
        "| | |",
        "| --- | --- |",
        f"| faults | {done.total()} |",
        f"| answers spoiled on their way from subgraphs and registry | {answers_spoiled:,} |",
        *(f"| answers: {kind} | {count:,} |" for kind, count in ledger.answers.most_common()),
        f"| orders acknowledged, of those asked for | {len(ledger.placed):,} of {len(ledger.tried):,} |",
        f"| events told to followers | {told:,}, {ledger.gaps} gaps announced |",
        f"| releases acknowledged | {len(ledger.released)} |",
        f"| all well again after the last fault | {recovered_s:.1f} s |",
        f"| memory of the largest worker, before and after | {before.memory_mb:.0f} MB, {after.memory_mb:.0f} MB |",
        f"| open files of a worker, before and after | {before.files}, {after.files} |",
        "",
        "Errors told to clients, by code: "
        + (", ".join(f"`{code}` {count:,}" for code, count in ledger.codes.most_common()) or "none")
        + ".",
        "",
        "| fault | times |",
        "| --- | ---: |",
        *(f"| {fault} | {count} |" for fault, count in sorted(done.items())),
        "",
        f"On {machine()}.",
    ]
    if ledger.violations:
        lines += ["", "## Violations", "", *(f"- {text}" for text in ledger.violations)]
    return "\n".join(lines) + "\n"
