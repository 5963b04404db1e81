"""``python -m tests.lab.run --domain NAME --seed S --count N``: hunt for disagreements, print them minimised."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from tests.lab.domains.all import DOMAINS
from tests.lab.minimise import minimise
from tests.lab.random_operation import RandomOperation, random_operation
from tests.lab.trial import Outcome, Trials


def operations(trials: Trials, seed: str, count: int) -> Iterator[tuple[str, RandomOperation]]:
    """The domain's own operations, then random ones, each with its seed."""
    for index, text in enumerate(trials.domain.operations):
        yield f"own {index}", RandomOperation(text, {})
    for number in range(count):
        yield f"{seed}:{number}", random_operation(trials.supergraph.api_schema, f"{seed}:{number}")


def disagreements(trials: Trials, seed: str, count: int) -> Iterator[tuple[str, RandomOperation, Outcome]]:
    """Each disagreement, minimised."""
    for name, operation in operations(trials, seed, count):
        first = trials.attempt(operation)
        if first.disagreements:
            smallest = minimise(
                operation, trials.supergraph.api_schema, lambda o: bool(trials.attempt(o).disagreements)
            )
            yield name, smallest, trials.attempt(smallest)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--domain", default="all", choices=["all", *DOMAINS])
    parser.add_argument("--seed", default="0")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--stop", type=int, default=3, help="stop after this many disagreements of a domain")
    parser.add_argument("--plans", action="store_true", help="by the slow interpreter only")
    given = parser.parse_args()
    names = list(DOMAINS) if given.domain == "all" else [given.domain]
    total = 0
    for name in names:
        found = 0
        for labels in DOMAINS[name].decisions():
            trials = Trials(DOMAINS[name], executes=not given.plans, labels=labels)
            for seed, operation, outcome in disagreements(trials, given.seed, given.count):
                found += 1
                on = f" labels {sorted(labels)}" if labels else ""
                print(
                    f"=== {name} seed {seed}{on}\n{operation.text}\n{operation.variables}\n{outcome.render()}\n"
                )
                if found >= given.stop:
                    break
            if found >= given.stop:
                break
        stopped = "stopped at " if found >= given.stop else ""
        print(f"{name}: {stopped}{found} disagreements, seed {given.seed}, count {given.count}", flush=True)
        total += found
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
