"""Look for a better set of fetches than the greedy one.

Choosing leaf by leaf is near-sighted where subgraphs overlap: a fetch made early may turn out to be the only use of
its subgraph at its step.  So each (step, subgraph) that a draft asks is forbidden in turn and the leaves are chosen
again; what comes out shorter, or with fewer fetches, is kept and becomes the new start.  This ends when no single
prohibition helps, when the draft reaches a bound that no plan can go below, or when the budget is spent.

The budget counts leaves chosen, not time, so that the same operation always gets the same plan; ``should_stop`` is for
emergencies.  What was found so far is always a whole plan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from router.planning.build import Builder
from router.planning.choose import choose
from router.planning.fetch_graph import FetchGraph
from router.planning.lay_out import Layout
from router.planning.unplannable import UnplannableError

BUDGET_LEAVES: Final = 2_000
"""About 0.2 s of choosing on the machine of docs/algorithms/planning.md."""

Forbidden: TypeAlias = frozenset[tuple[int, str]]
Cost: TypeAlias = tuple[int, int]
"""Sequential steps, then requests."""


def find_best(layout: Layout, should_stop: Callable[[], bool]) -> FetchGraph:
    """Give the best fetches found for a layout.

    Raises: UnplannableError.  Cost: one greedy choice where the layout leaves none to make; else up to the budget.
    """
    best = _attempt(layout, frozenset())
    if not layout.is_open:
        return best
    cost: Cost = _cost(best)
    forbidden: Forbidden = frozenset()
    least = len(_forced(layout))
    left = BUDGET_LEAVES
    untried = _asked(best)
    while untried and cost[1] > least and left >= len(layout.leaves) and not should_stop():
        tried = forbidden | {untried.pop(0)}
        left -= len(layout.leaves)
        try:
            other = _attempt(layout, tried)
        except UnplannableError:
            continue
        if _cost(other) < cost:
            best, cost, forbidden = other, _cost(other), tried
            untried = _asked(best)
    return best


def _forced(layout: Layout) -> set[str]:
    """Give the subgraphs that every plan must ask: the only ones for some leaf."""
    options = (leaf.occurrence.place.edges(leaf.selected.name) for leaf in layout.leaves)
    return {edges[0][0].node.graph for edges in options if len(edges) == 1}


def _attempt(layout: Layout, forbidden: Forbidden) -> FetchGraph:
    """Choose all leaves anew."""
    layout.clear()
    graph = FetchGraph(forbidden=forbidden)
    choose(layout, Builder(graph, layout.standing))
    return graph


def _cost(graph: FetchGraph) -> Cost:
    asked = {(fetch.depth, fetch.graph) for fetch in graph.fetches}
    return max((step for step, _ in asked), default=0), len(asked)


def _asked(graph: FetchGraph) -> list[tuple[int, str]]:
    """Give what may be forbidden: the least used first, since it is most likely spared."""
    uses: dict[tuple[int, str], int] = {}
    for fetch in graph.fetches:
        step = fetch.depth, fetch.graph
        uses[step] = uses.get(step, 0) + 1
    return sorted(uses, key=lambda step: (uses[step], step))
