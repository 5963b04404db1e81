"""Several URLs of one subgraph: the one with the least to do among those that are well."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

FAILURES: Final = 3
"""Requests in a row that got no answer, after which a URL rests."""
RESTS_S: Final = 10.0


class Place:
    """One URL, and what is known of it."""

    __slots__ = ("failures", "is_well", "rests_until_s", "under_way", "url")

    def __init__(self, url: str) -> None:
        self.url = url
        self.under_way = 0
        self.failures = 0
        """Requests in a row without an answer."""
        self.rests_until_s = 0.0
        self.is_well = True
        """What the health check says."""


class Places:
    """All URLs of one subgraph.

    Invariant: `choose` always gives one; when none is well, being wrong about that costs less than giving up.
    """

    def __init__(self, urls: tuple[str, ...], now_s: Callable[[], float]) -> None:
        self.all = tuple(Place(url) for url in urls)
        self._now_s = now_s
        self._turn = 0

    def choose(self, besides: Collection[Place] = ()) -> Place:
        """Give the URL to ask now, if possible none of ``besides``; those equally busy take turns."""
        now_s = self._now_s()
        self._turn += 1
        count = len(self.all)
        in_turn = [self.all[(self._turn + n) % count] for n in range(count)]
        others = [place for place in in_turn if place not in besides] or in_turn
        well = [place for place in others if place.is_well and now_s >= place.rests_until_s]
        well = well or [place for place in in_turn if place.is_well and now_s >= place.rests_until_s]
        return min(well or others, key=lambda place: place.under_way)

    def record(self, place: Place, *, is_failure: bool) -> None:
        """Say whether an answer came from there."""
        if not is_failure:
            place.failures = 0
            return
        place.failures += 1
        if place.failures >= FAILURES:
            place.failures = 0
            place.rests_until_s = self._now_s() + RESTS_S
