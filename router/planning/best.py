"""Look for the fewest fetches where subgraphs overlap.

Choosing leaf by leaf is near-sighted: a fetch made early may turn out to be the only use of its subgraph at its step.
So where the layout leaves something to choose, the steps and subgraphs to ask are settled first: what each set of them
can do is a walk over rules (`reach_of_layout`, `reach`), and a search finds the smallest that does everything in the
fewest steps (`cover`).  Then the leaves are chosen among these fetches alone.

The search's budget counts work, not time, so that the same operation always gets the same plan; ``should_stop`` is for
emergencies.  What is found so far is always a whole plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from router.planning.build import Builder
from router.planning.choose import choose
from router.planning.cover import fewest
from router.planning.fetch_graph import FetchGraph
from router.planning.lay_out import Layout
from router.planning.reach_of_layout import reach_of_layout
from router.planning.unplannable import UnplannableError

MAX_USEFUL: Final = 300
"""Fetches among which is searched; a plan of so many steps is chosen leaf by leaf."""

Allowed: TypeAlias = Mapping[str, tuple[int, ...]]
"""Steps by subgraph."""
Cost: TypeAlias = tuple[int, int]
"""Sequential steps, then requests."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best fetches found, and whether there was no time to look for better ones."""

    fetches: FetchGraph
    is_cut_short: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    allowed: Allowed | None
    cost: Cost = (0, 0)
    is_least: bool = True


def find_best(layout: Layout, should_stop: Callable[[], bool]) -> Best:
    """Give the best fetches found for a layout.

    Raises: UnplannableError.  Cost: one choice of all leaves, and the search where there is something to choose.
    """
    if not layout.is_open:
        return Best(_attempt(layout, None))
    found = _fewest(layout, should_stop)
    if found.allowed is not None:
        try:
            best = _attempt(layout, found.allowed)
        except UnplannableError:
            best = None
        if best is not None and _cost(best) <= found.cost:
            return Best(best, not found.is_least)
    return Best(_attempt(layout, None), not found.is_least)


def _fewest(layout: Layout, should_stop: Callable[[], bool]) -> _Found:
    """Find the fetches that are enough; none where the layout is too large to be searched."""
    if should_stop():
        return _Found(None, is_least=False)
    reach = reach_of_layout(layout)
    if reach is None:
        return _Found(None, is_least=False)
    first_steps = reach.first_steps()
    if first_steps is None:
        return _Found(None)
    steps = reach.least_steps(first_steps)
    useful = reach.useful(first_steps, steps)
    if len(useful) > MAX_USEFUL:
        return _Found(None, is_least=False)
    walker = reach.walker(steps)
    cover = fewest(walker, [walker.bit(*fetch) for fetch in useful], reach.cost, should_stop)
    allowed: dict[str, tuple[int, ...]] = {}
    for step, graph in walker.fetches(cover.fetches):
        allowed[graph] = (*allowed.get(graph, ()), step)
    return _Found(allowed, (steps, cover.fetches.bit_count()), cover.is_least)


def _attempt(layout: Layout, allowed: Allowed | None) -> FetchGraph:
    """Choose all leaves anew."""
    layout.clear()
    graph = FetchGraph(allowed=allowed)
    choose(layout, Builder(graph, layout.standing))
    return graph


def _cost(graph: FetchGraph) -> Cost:
    asked = {(fetch.depth, fetch.graph) for fetch in graph.fetches}
    return max((step for step, _ in asked), default=0), len(asked)
