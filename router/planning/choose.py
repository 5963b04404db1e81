"""Decide where each leaf is asked.

First the leaves that only one subgraph can answer: they force fetches, and many others then come free.  Then the
rest, each where it costs least, steps before fetches before selections; between equals, the subgraph that answers
most of the operation anyway.
"""

from __future__ import annotations

from collections import Counter

from router.planning.build import Builder
from router.planning.lay_out import Layout, Leaf
from router.planning.place import Position
from router.planning.unplannable import UnplannableError
from router.querygraph.graph import FieldEdge


def choose(layout: Layout, builder: Builder) -> None:
    """Ask every leaf of the layout somewhere, and see that every object the client sees is known to be there.

    Raises: UnplannableError.
    """
    offers = [(leaf, list(leaf.occurrence.place.edges(leaf.selected.name))) for leaf in layout.leaves]
    popularity = Counter(position.node.graph for _, options in offers for position, _ in options)
    later: list[tuple[Leaf, list[tuple[Position, FieldEdge]]]] = []
    for leaf, options in offers:
        if len(options) == 1:
            builder.leaf(leaf.occurrence, leaf.selected, leaf.conditions, options[0])
        else:
            later.append((leaf, options))
    for leaf, options in later:
        choice = _cheapest(options, builder, popularity)
        if choice is None:
            raise UnplannableError(f"{leaf.occurrence.place.type_name}.{leaf.selected.name}")
        builder.leaf(leaf.occurrence, leaf.selected, leaf.conditions, choice)
    for occurrence, conditions in layout.types:
        if builder.typename(occurrence, conditions) is None and occurrence.place.direct:
            layout.unplannable.append(f"{occurrence.place.base.type_name}.__typename")
    for occurrence, conditions in layout.presences:
        builder.presence(occurrence, conditions)


def _cheapest(
    options: list[tuple[Position, FieldEdge]], builder: Builder, popularity: Counter[str]
) -> tuple[Position, FieldEdge] | None:
    best: tuple[Position, FieldEdge] | None = None
    best_rank: tuple[int, int, int, int] | None = None
    deepest = builder.graph.steps
    for position, edge in options:
        price = builder.prices.edge(position, edge)
        if price is None:
            continue
        rank = (max(price.depth, deepest), len(price.new), price.depth, -popularity[position.node.graph])
        if best_rank is None or rank < best_rank:
            best, best_rank = (position, edge), rank
    return best
