"""The best plan there is for an operation on a hard supergraph, found without the planner and without a bound.

It knows nothing of the router: only which subgraphs have which field, and by which keys they can be entered.  A plan is
a set of fetches, each a step and a subgraph; what a set can do is told by walking the operation.  Steps come first,
then fetches.  The search goes over all sets, leaving out those that must be larger than the best so far.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tests.benchmarks.hard_supergraph import HardSupergraph

Fetches: TypeAlias = frozenset[tuple[int, int]]
"""Steps (from 1) and subgraphs."""
MAX_STEPS = 50


@dataclass(frozen=True, slots=True)
class Optimum:
    """What no plan can be below."""

    steps: int
    fetches: int


def optimum(hard: HardSupergraph, depth: int) -> Optimum:
    """Give the fewest steps, and then the fewest fetches, for `HardSupergraph.operation`."""
    walk = _Walk(hard, depth)
    everything = frozenset((step, graph) for step in range(1, MAX_STEPS) for graph in range(hard.graphs))
    steps = walk.last_step(everything)
    assert steps is not None, "the operation cannot be planned"
    useful = frozenset((step, graph) for step, graph in everything if step <= steps)
    return Optimum(steps, _fewest(walk, useful, frozenset(), len(useful)))


def _fewest(walk: _Walk, left: Fetches, kept: Fetches, best: int) -> int:
    """Give the size of the smallest sufficient set that has all of ``kept`` and nothing but ``left``, below ``best``.

    What cannot be left out of ``left`` is in every such set; when that is enough, nothing is smaller.
    """
    needed = kept | {one for one in left - kept if walk.last_step(left - {one}) is None}
    if len(needed) >= best:
        return best
    if walk.last_step(needed) is not None:
        return len(needed)
    one = max(left - needed)
    best = _fewest(walk, left - {one}, needed, best)
    return _fewest(walk, left, needed | {one}, best)


class _Walk:
    """Walks one operation for sets of fetches."""

    def __init__(self, hard: HardSupergraph, depth: int) -> None:
        self._hard = hard
        self._depth = depth
        self._owners = hard.owners()
        self._keys = hard.keys()
        self._known: dict[Fetches, int | None] = {}

    def last_step(self, fetches: Fetches) -> int | None:
        """Give the last step needed when only these fetches may be made; None when they are not enough."""
        if fetches not in self._known:
            steps: dict[int, list[int]] = {}
            for step, graph in sorted(fetches):
                steps.setdefault(graph, []).append(step)
            roots = {graph: 1 for graph in range(self._hard.roots) if (1, graph) in fetches}
            self._known[fetches] = self._below(0, self._depth, roots, steps, {})
        return self._known[fetches]

    def _below(
        self,
        type_number: int,
        depth: int,
        direct: Mapping[int, int],
        steps: Mapping[int, list[int]],
        known: dict[tuple[int, int, frozenset[tuple[int, int]]], int | None],
    ) -> int | None:
        memo = (type_number, depth, frozenset(direct.items()))
        if memo not in known:
            known[memo] = self._last_below(type_number, depth, direct, steps, known)
        return known[memo]

    def _last_below(
        self,
        type_number: int,
        depth: int,
        direct: Mapping[int, int],
        steps: Mapping[int, list[int]],
        known: dict[tuple[int, int, frozenset[tuple[int, int]]], int | None],
    ) -> int | None:
        at = self._entered(type_number, direct, steps)
        last = 1
        for name in self._hard.fields(depth):
            target, owners = self._owners[type_number, name]
            ways = {graph: at[graph] for graph in owners if graph in at}
            if not ways:
                return None
            last = max(last, min(ways.values()))
            if name.startswith("l"):
                below = self._below(int(target[1:]), depth - 1, ways, steps, known)
                if below is None:
                    return None
                last = max(last, below)
        return last

    def _entered(
        self, type_number: int, direct: Mapping[int, int], steps: Mapping[int, list[int]]
    ) -> dict[int, int]:
        """Give the subgraphs that have the object, and from which step on."""
        at = dict(direct)
        is_settled = False
        while not is_settled:
            is_settled = True
            for graph in range(self._hard.graphs):
                keys = self._keys[type_number, graph]
                told = [step for other, step in at.items() if keys & self._keys[type_number, other]]
                if not told:
                    continue
                first = next((step for step in steps.get(graph, ()) if step > min(told)), None)
                if first is not None and first < at.get(graph, MAX_STEPS):
                    at[graph] = first
                    is_settled = False
        return at
