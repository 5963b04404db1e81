"""What is broken, when, and for how long: made from a seed alone, so that a run can be had again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from tests.chaos.proxy import HTTP_FAULTS

SUBGRAPHS: Final = ("orders", "products", "customers", "analytics")
CALM_S: Final = 3.0
"""Between the end of a fault and the next, on average."""


@dataclass(frozen=True)
class Fault:
    """One thing that happens to one part."""

    at_s: float
    lasts_s: float
    what: str
    """``kill`` (and start again at the end), ``stall``, ``corrupt``, or one of `HTTP_FAULTS`."""
    whom: str
    """A subgraph, ``redis``, ``registry`` or ``worker``."""

    def __str__(self) -> str:
        return f"{self.what} {self.whom}"


KINDS: Final[tuple[tuple[str, tuple[str, ...], int], ...]] = (
    ("kill", SUBGRAPHS, 3),
    ("stall", SUBGRAPHS, 3),
    *((fault, SUBGRAPHS, 1) for fault in HTTP_FAULTS),
    ("kill", ("redis",), 2),
    ("stall", ("redis",), 2),
    ("corrupt", ("redis",), 2),
    ("garble", ("redis",), 2),
    ("kill", ("registry",), 2),
    ("stall", ("registry",), 1),
    ("garbled", ("registry",), 1),
    ("reset", ("registry",), 1),
    ("kill", ("worker",), 3),
    ("stall", ("worker",), 2),
)
"""What, whom, and how often in comparison."""


def schedule(seconds: float, seed: int, only: str = "") -> list[Fault]:
    """Faults one after another, some at the same time as the one before; each kind once before one comes again.

    ``only`` keeps the faults whose name has this text, such as ``kill orders``.
    """
    kinds = [
        (what, tuple(one for one in whom if only in f"{what} {one}"), share) for what, whom, share in KINDS
    ]
    chance = random.Random(seed)
    faults: list[Fault] = []
    bag: list[tuple[str, tuple[str, ...]]] = []
    at_s = 1.0
    while True:
        if not bag:
            bag = [(what, whom) for what, whom, share in kinds for _ in range(share if faults else 1) if whom]
            chance.shuffle(bag)
        what, whom = bag.pop()
        lasts_s = chance.uniform(1.0, 6.0)
        if at_s + lasts_s > seconds:
            return faults
        faults.append(Fault(at_s, lasts_s, what, chance.choice(whom)))
        at_s += chance.choice((0.3, lasts_s)) + chance.uniform(0, 2 * CALM_S)
