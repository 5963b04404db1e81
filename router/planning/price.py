"""What standing at a position would still cost, given the fetches already decided.

A price is the set of fetches that would have to be made, named by what makes them the same fetch, and the depth at
which the last of them comes.  Sets, not counts, so that two needs met by one new fetch are counted once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from router.language.field_set import FieldSetField, FieldSetSelection
from router.language.operation import TYPENAME
from router.planning.fetch_graph import FetchGraph
from router.planning.place import (
    DowncastOrigin,
    EntityOrigin,
    FieldOrigin,
    Origin,
    Place,
    Position,
    RootOrigin,
    Selected,
)
from router.querygraph.graph import FieldEdge, Key, Node

NewFetch: TypeAlias = tuple[int, str, str]
"""Base place's ``id()`` (0 for roots), graph, and for ``@requires`` the field."""


@dataclass(frozen=True, slots=True)
class Price:
    """New fetches, and the depth of the last of them."""

    new: frozenset[NewFetch]
    depth: int

    @property
    def rank(self) -> tuple[int, int]:
        """Fewest steps first, then fewest fetches."""
        return self.depth, len(self.new)

    def together(self, other: Price) -> Price:
        """Give the price of needing both."""
        return Price(self.new | other.new, max(self.depth, other.depth))

    def then(self, fetch: NewFetch) -> Price:
        """Give the price with one more fetch behind all of it."""
        return Price(self.new | {fetch}, self.depth + 1)


FREE = Price(frozenset(), 0)


class PriceList:
    """Prices over one fetch graph, as it stands now.

    A position being priced (or built) is in ``under_way``; a way that would come back to it has no price, which
    keeps plans free of circles.
    """

    def __init__(self, fetch_graph: FetchGraph) -> None:
        self._graph = fetch_graph
        self.under_way: set[object] = set()
        self._memo: dict[Position, Price | None] = {}

    def forget(self) -> None:
        """Drop what is remembered; to be called whenever something was built."""
        self._memo.clear()

    def position(self, position: Position) -> Price | None:
        """Give the price of standing at a position, or None if it cannot be had from here."""
        if position.built:
            return Price(frozenset(), min(built.fetch.depth for built in position.built))
        if position in self.under_way:
            return None
        if not self.under_way and position in self._memo:
            return self._memo[position]
        best = self.best_origin(position)
        price = None if best is None else best[1]
        if not self.under_way:
            self._memo[position] = price
        return price

    def best_origin(self, position: Position) -> tuple[Origin, Price] | None:
        """Give the cheapest way to a position that is not built yet; the first of equals."""
        self.under_way.add(position)
        best: tuple[Origin, Price] | None = None
        for origin in position.origins:
            price = self._origin(position, origin)
            if price is not None and (best is None or price.rank < best[1].rank):
                best = origin, price
        self.under_way.discard(position)
        return best

    def _origin(self, position: Position, origin: Origin) -> Price | None:
        if isinstance(origin, RootOrigin):
            graph = position.node.graph
            return Price(frozenset() if self._graph.has_root(graph) else frozenset({(0, graph, "")}), 1)
        if isinstance(origin, DowncastOrigin):
            return self.position(origin.parent)
        if isinstance(origin, FieldOrigin):
            if origin.edge.requires is None:
                return self.position(origin.parent)
            return self.requires(origin.parent.place, origin.parent.node, origin.edge)
        best = self.best_key(position.place, origin)
        return None if best is None else self._entity(position.place.base, position.node.graph, "", best[1])

    def best_key(self, place: Place, origin: EntityOrigin) -> tuple[Key, Price] | None:
        """Give the cheapest key to enter by."""
        return self._best_key(place, origin.keys)

    def _best_key(self, place: Place, keys: Iterable[Key]) -> tuple[Key, Price] | None:
        best: tuple[Key, Price] | None = None
        for key in keys:
            price = self.selections(place, key.field_set.selections)
            if price is not None and (best is None or price.rank < best[1].rank):
                best = key, price
        return best

    def _entity(self, base: Place, graph: str, field: str, before: Price) -> Price:
        for fetch in self._graph.entity_fetches(graph, base):
            if fetch.depth > before.depth:
                return Price(before.new, fetch.depth)
        return before.then((id(base), graph, field))

    def requires(self, place: Place, node: Node, edge: FieldEdge) -> Price | None:
        """Give the price of asking a field with ``@requires``: inputs, a key, and the fetch itself."""
        step = (place, node, edge.name)
        if step in self.under_way or edge.requires is None:
            return None
        self.under_way.add(step)
        inputs = self.selections(place, edge.requires.selections)
        best = self._best_key(place, (key for key in node.keys if key.is_resolvable))
        self.under_way.discard(step)
        if inputs is None or best is None:
            return None
        return self._entity(place.base, node.graph, edge.name, inputs.together(best[1]))

    def best_requires_key(self, place: Place, node: Node) -> Key | None:
        """Give the cheapest key to send with ``@requires`` inputs."""
        best = self._best_key(place, (key for key in node.keys if key.is_resolvable))
        return None if best is None else best[0]

    def selections(self, place: Place, selections: Iterable[FieldSetSelection]) -> Price | None:
        """Give the price of having all these selections at a place."""
        total = FREE
        for selection in selections:
            price = self._selection(place, selection)
            if price is None:
                return None
            total = total.together(price)
        return total

    def _selection(self, place: Place, selection: FieldSetSelection) -> Price | None:
        if not isinstance(selection, FieldSetField):
            refined = refinements(place, selection.type_condition or place.type_name)
            return self._in_each(refined, selection.selections)
        if selection.name == TYPENAME:
            return FREE
        if selection.selections:
            if is_offered(place, selection.name):
                return self.selections(place.child(select(place, selection)), selection.selections)
        else:
            best = self.best_edge(place, selection.name)
            if best is not None:
                return best[2]
        if not place.is_abstract:
            return None
        return self._in_each((place.refine(name) for name in place.runtime_types()), (selection,))

    def _in_each(self, places: Iterable[Place], selections: Iterable[FieldSetSelection]) -> Price | None:
        total = FREE
        for place in places:
            price = self.selections(place, selections)
            if price is None:
                return None
            total = total.together(price)
        return total

    def best_edge(self, place: Place, field_name: str) -> tuple[Position, FieldEdge, Price] | None:
        """Give the cheapest position to ask a leaf at; the first of equals."""
        best: tuple[Position, FieldEdge, Price] | None = None
        for position, edge, price in self.edges(place, field_name):
            if best is None or price.rank < best[2].rank:
                best = position, edge, price
        return best

    def edges(self, place: Place, field_name: str) -> Iterator[tuple[Position, FieldEdge, Price]]:
        """Give every position where the field can be asked, with its price."""
        for position, edge in place.edges(field_name):
            price = self.edge(position, edge)
            if price is not None:
                yield position, edge, price

    def edge(self, position: Position, edge: FieldEdge) -> Price | None:
        """Give the price of asking a field at a position."""
        if edge.requires is None:
            return self.position(position)
        return self.requires(position.place, position.node, edge)


def is_offered(place: Place, field_name: str) -> bool:
    """Whether some position can ask the field on the place's own type, without spelling out object types."""
    return next(place.edges(field_name), None) is not None


def refinements(place: Place, type_name: str) -> Iterator[Place]:
    """Give the places for ``... on type_name``: one, or one per object type where subgraphs disagree on it.

    None at all when no object here can be of that type.
    """
    if place.can_refine_as_one(type_name):
        refined = place.refine(type_name)
        if refined.direct or refined is place:
            yield refined
        return
    possible = set(place.refine(type_name).types)
    for name in place.runtime_types():
        if name in possible:
            yield place.refine(name)


def select(place: Place, selection: FieldSetField) -> Selected:
    """Give a key's or requirement's field as it is asked at a place, under a data key of its own or the client's."""
    arguments = ""
    if selection.arguments:
        arguments = "(" + ", ".join(f"{name}: {value}" for name, value in sorted(selection.arguments)) + ")"
    return Selected(selection.name, place.allocate(selection.name, arguments), arguments)
