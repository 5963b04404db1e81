"""The fewest fetches that are enough for all goals: a best-first search with a lower bound.

A *cut* is a set of fetches of which every plan makes one: without all of them something cannot be had.  So a plan is
a set of fetches that hits every cut, and cuts that share no fetch need one each, which bounds from below what is still
to come.  A node of the search is a choice of fetches that are in and fetches that are out; the one with the least
bound goes first.  If it misses a cut it is opened: each fetch of the cut in turn is in, and those before it are out.
If it misses none that is known, a walk over the rules tells whether it is enough; then nothing is shorter, and if not
the walk gives a new cut.

Meanwhile the best answer is one from which no fetch can be dropped, found first by dropping one after another.
Whatever stops the search early, that answer stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

from router.planning.reach import Fetches, Walker

MAX_TERMS: Final = 1_000_000
"""Terms that may be looked at in walks: about 0.1 s on the machine of docs/algorithms/planning.md."""
MAX_WALKS: Final = 20_000
"""Walks that may be made; each is remembered, in about 100 bytes."""
MAX_NODES: Final = 2_000
"""Nodes that may be opened."""
MAX_WAITING: Final = 10_000
"""Nodes kept at a time: the bound on memory, about 2 MB."""
MAX_CUTS: Final = 500
"""Cuts kept."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What the search found."""

    fetches: Fetches
    is_least: bool
    """Whether it is proven that no smaller set is enough; else the search was cut short."""


def fewest(walker: Walker, useful: Iterable[Fetches], cost: int, should_stop: Callable[[], bool]) -> Cover:
    """Give a smallest set of fetches that is enough, out of the useful ones, all of which together are.

    ``cost`` is that of one walk.  ``should_stop`` is asked before every walk.
    """
    return _Search(walker, list(useful), min(MAX_WALKS, MAX_TERMS // max(cost, 1)), should_stop).run()


class _CutShort(Exception):
    """A budget is spent."""


class _Search:
    def __init__(
        self, walker: Walker, useful: list[Fetches], max_walks: int, should_stop: Callable[[], bool]
    ) -> None:
        self._walker = walker
        self._useful = useful
        self._all = sum(useful)
        self._max_walks = max_walks
        self._should_stop = should_stop
        self._best = self._all
        self._cuts: list[Fetches] = []

    def run(self) -> Cover:
        try:
            self._drop(reversed(self._useful))
            self._drop(self._useful)
            self._search()
        except _CutShort:
            return Cover(self._best, False)
        return Cover(self._best, True)

    def _is_enough(self, fetches: Fetches) -> bool:
        if self._walker.walks >= self._max_walks or self._should_stop():
            raise _CutShort
        return self._walker.is_enough(fetches)

    def _drop(self, order: Iterable[Fetches]) -> None:
        """Drop one fetch after another as long as the rest is enough; keep what is left if it is the best so far.

        A fetch that the whole cannot do without is a cut of its own.
        """
        left = self._all
        for one in order:
            if self._is_enough(left & ~one):
                left &= ~one
            elif left == self._all and one not in self._cuts:
                self._cuts.append(one)
            if left.bit_count() < self._best.bit_count():
                self._best = left

    def _search(self) -> None:
        waiting: list[tuple[int, int, Fetches, Fetches]] = [(0, 0, 0, 0)]
        made = 0
        for _ in range(MAX_NODES):
            if not waiting or waiting[0][0] >= self._best.bit_count():
                return
            _, _, taken, out = heappop(waiting)
            cut = self._missed_cut(taken, out)
            if cut is None:
                self._best = taken
                return
            for one in self._in_order(cut & ~out):
                made += 1
                bound = self._bound(taken | one, out)
                if bound is not None and bound < self._best.bit_count():
                    heappush(waiting, (bound, -made, taken | one, out))
                out |= one
            if len(waiting) > MAX_WAITING:
                break
        raise _CutShort

    def _in_order(self, some: Fetches) -> list[Fetches]:
        return [one for one in self._useful if one & some]

    def _missed_cut(self, taken: Fetches, out: Fetches) -> Fetches | None:
        """Give the cut with the fewest fetches left that ``taken`` misses; None when it is enough."""
        missed = [cut for cut in self._cuts if not cut & taken]
        if missed:
            return min(missed, key=lambda cut: (cut & ~out).bit_count())
        if self._is_enough(taken):
            return None
        return self._new_cut(taken, out)

    def _new_cut(self, taken: Fetches, out: Fetches) -> Fetches:
        """Give a cut that ``taken`` misses: what is left when all is added that can be without being enough."""
        kept = taken
        for one in (*self._in_order(self._all & ~out), *self._in_order(out)):
            if not one & kept and not self._is_enough(kept | one):
                kept |= one
        cut = self._all & ~kept
        if len(self._cuts) < MAX_CUTS:
            self._cuts.append(cut)
        return cut

    def _bound(self, taken: Fetches, out: Fetches) -> int | None:
        """Give the fetches that a node needs at least; None when it can be no plan."""
        needed = taken.bit_count()
        used = 0
        left = [cut & ~out for cut in self._cuts if not cut & taken]
        for cut in sorted(left, key=int.bit_count):
            if not cut:
                return None
            if not cut & used:
                used |= cut
                needed += 1
        return needed
