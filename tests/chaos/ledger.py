"""What a run has seen: answers, what was acknowledged, and everything that must not be."""

from __future__ import annotations

import re
import time
from collections import Counter

MOST = 40
"""Violations that are kept in words; the others are counted."""
CUT_BY_KILL_S = 8.0
"""A killed worker's connections are known to be cut by then, on a busy machine too."""


class Ledger:
    """Shared by all callers."""

    def __init__(self) -> None:
        self.answers: Counter[str] = Counter()
        """``right``, ``partial``, ``refused``, ``cut with its worker``."""
        self.codes: Counter[str] = Counter()
        self.violations: list[str] = []
        self.violated = 0
        self.placed: dict[str, str] = {}
        """Notes of the orders that were acknowledged, and their numbers."""
        self.tried: set[str] = set()
        """Notes of all orders that were asked for."""
        self.released: list[int] = []
        self.stretches: list[list[int]] = []
        """Orders' numbers as followers heard of them, one list for each time without a gap."""
        self.gaps = 0
        self.killed_s: list[float] = []
        """When workers were killed."""
        self.is_calm = True
        """Whether everything is well, so that every answer must be right."""

    def violate(self, text: str) -> None:
        """Note what must not be."""
        self.violated += 1
        if len(self.violations) < MOST:
            self.violations.append(text)

    def cut(self, who: str, error: Exception, asked_s: float) -> None:
        """Note a connection that ended within an answer: right only where its worker was killed."""
        now = time.monotonic()
        if any(asked_s - CUT_BY_KILL_S <= killed_s <= now for killed_s in self.killed_s):
            self.answers["cut with its worker"] += 1
        else:
            self.violate(f"{who}: {type(error).__name__}: {error}")


def number_of(text: str) -> int:
    """``ACM-01501`` → 1501."""
    found = re.search(r"(\d+)$", text)
    assert found is not None, text
    return int(found[1])


def check_orders(ledger: Ledger, stored: list[tuple[str, str]]) -> None:
    """Compare what was acknowledged with what is there.  ``stored``: note and number of every order of the run."""
    notes = Counter(note for note, _ in stored)
    for note, count in notes.items():
        if count > 1:
            ledger.violate(f"order {note} was placed {count} times")
    kept = dict(stored)
    for note, number in ledger.placed.items():
        if kept.get(note) != number:
            ledger.violate(f"order {note} was acknowledged as {number}, and is {kept.get(note)}")


def check_events(ledger: Ledger, margin: int) -> None:
    """Every acknowledged order between the first and the last of a stretch was told in it, once.

    Orders placed at the same moment may be told in another order than they are numbered: ``margin`` of them.
    """
    numbers = sorted(number_of(number) for number in ledger.placed.values())
    for stretch in ledger.stretches:
        if len(stretch) != len(set(stretch)):
            twice = [number for number, count in Counter(stretch).items() if count > 1]
            ledger.violate(f"orders told twice to one follower: {twice[:5]}")
        if len(stretch) <= 2 * margin:
            continue
        first, last = max(stretch[: margin + 1]), min(stretch[-margin - 1 :])
        lost = [number for number in numbers if first < number < last and number not in set(stretch)]
        if lost:
            ledger.violate(f"orders {lost[:5]} were told to nobody of a stream without a gap")
