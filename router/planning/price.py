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
    ReentryOrigin,
    Selected,
)
from router.querygraph.graph import FieldEdge, Key, Node

NewFetch: TypeAlias = tuple[int, str]
"""Step and subgraph: what is asked of one subgraph at one step ends in one request, whatever the place."""


class Price:
    """New fetches, and the depth of the last of them.  Never changed once made."""

    __slots__ = ("depth", "new", "rank", "size")

    def __init__(self, new: frozenset[NewFetch], depth: int, size: int = 0) -> None:
        self.new = new
        self.depth = depth
        self.size = size
        """Fields that would have to be selected, keys and required inputs included; roughly."""
        self.rank = (depth, len(new), size)
        """Fewest steps first, then fewest fetches, then least selection."""

    def with_field(self) -> Price:
        """Give the price with one more field selected."""
        return Price(self.new, self.depth, self.size + 1)

    def together(self, other: Price) -> Price:
        """Give the price of needing both."""
        if self is FREE:
            return other
        return Price(self.new | other.new, max(self.depth, other.depth), self.size + other.size)

    def then(self, fetch: NewFetch) -> Price:
        """Give the price with one more fetch behind all of it."""
        return Price(self.new | {fetch}, fetch[0], self.size)


FREE = Price(frozenset(), 0)

Prices: TypeAlias = dict[Position, Price]
"""Prices of the positions of one place; a position that cannot be had is not in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The prices at one place, and what they were made from."""

    prices: Prices
    around: Table | None
    version: int


class PriceList:
    """Prices over one fetch graph, as it stands now.

    Prices at a place follow from those around it, and among themselves: entering by a key costs the key and one
    step more.  So whatever a position is made from has a lower depth, and following cheapest ways cannot go in
    circles.  Only ``@requires`` could; a requirement being met is in ``under_way`` and has no price meanwhile.
    """

    def __init__(self, fetch_graph: FetchGraph) -> None:
        self._graph = fetch_graph
        self._tables: dict[Place, Table] = {}
        self._current: dict[Place, Table] = {}
        """Tables known to be up to date: nothing was built since they were asked for."""
        self._versions: dict[Place, int] = {}
        self.under_way: set[tuple[Place, Node, str]] = set()

    def changed(self, place: Place) -> None:
        """Note that a fetch now stands at a position of this spot: prices here and below are out of date."""
        base = place.base
        self._versions[base] = self._versions.get(base, 0) + 1
        self._current.clear()

    def table(self, place: Place) -> Table:
        """Give the prices at a place; kept until something is built there or around."""
        current = self._current.get(place)
        if current is not None:
            return current
        around = None if place.parent is None else self.table(place.parent)
        version = self._versions.get(place.base, 0)
        table = self._tables.get(place)
        if table is None or table.around is not around or table.version != version:
            table = Table(self._price_all(place, around), around, version)
            if self.under_way:
                return table
            self._tables[place] = table
        self._current[place] = table
        return table

    def _price_all(self, place: Place, around: Table | None) -> Prices:
        before: Prices = {} if around is None else around.prices
        prices: Prices = {}
        entered: dict[tuple[Key, ...], list[Position]] = {}
        for position in place.positions():
            if position.built:
                depth = min(built.fetch.depth for built in position.built)
                prices[position] = Price(frozenset(), depth)
                continue
            for origin in position.origins:
                if isinstance(origin, EntityOrigin):
                    entered.setdefault(origin.keys, []).append(position)
                elif not isinstance(origin, ReentryOrigin):
                    _improve(prices, position, self._price_origin(position, origin, before))
        self._price_entries(place, prices, entered)
        for position in place.positions():
            if position.is_reentry and not position.built:
                _improve(prices, position, self._price_reentry(position, prices))
        return prices

    def _price_entries(
        self, place: Place, prices: Prices, entered: dict[tuple[Key, ...], list[Position]]
    ) -> None:
        is_stable = False
        while not is_stable:  # each round settles at least the cheapest of those left
            is_stable = True
            for keys, positions in entered.items():
                best = self._best_key(place, prices, keys)
                if best is None:
                    continue
                for position in positions:
                    price = self._one_more(place.base, position.node.graph, best[1])
                    if _improve(prices, position, price):
                        is_stable = False

    def _price_reentry(self, position: Position, prices: Prices) -> Price | None:
        """Give the price of a root fetch behind the cheapest way to learn that there is an object at all."""
        there = [prices[known] for known in position.place.direct if known in prices]
        before = min(there, key=lambda price: price.rank, default=None)
        return None if before is None else self._one_more(None, position.node.graph, before.with_field())

    def _price_origin(self, position: Position, origin: Origin, around: Prices) -> Price | None:
        if isinstance(origin, FieldOrigin):
            if not origin.edge.has_inputs:
                price = around.get(origin.parent)
                return None if price is None else price.with_field()
            return self._price_requires(origin.parent.place, around, origin.parent.node, origin.edge)
        if isinstance(origin, DowncastOrigin):
            return around.get(origin.parent)
        graph = position.node.graph
        if self._graph.first_step(graph, 1) != 1:
            return None  # a root fetch waits for nothing
        return self._one_more(None, graph, FREE)

    def _price_entity(self, position: Position, origin: EntityOrigin, prices: Prices) -> Price | None:
        best = self._best_key(position.place, prices, origin.keys)
        if best is None:
            return None
        return self._one_more(position.place.base, position.node.graph, best[1])

    def _one_more(self, base: Place | None, graph: str, before: Price) -> Price | None:
        """Give the price of one more fetch behind ``before``; one that is there already costs nothing."""
        first = self._graph.first_step(graph, before.depth + 1)
        if first is None:
            return None
        depth = self._graph.step_of_fetch(graph, base, first)
        if depth is not None:
            return Price(before.new, depth, before.size)
        return before.then((first, graph))

    def best_origin(self, position: Position) -> Origin | None:
        """Give the cheapest way to a position that is not built yet; the first of equals."""
        place = position.place
        around: Prices = {} if place.parent is None else self.table(place.parent).prices
        here = self.table(place).prices
        best: tuple[Origin, Price] | None = None
        for origin in position.origins:
            if isinstance(origin, EntityOrigin):
                price = self._price_entity(position, origin, here)
            elif isinstance(origin, ReentryOrigin):
                price = self._price_reentry(position, here)
            else:
                price = self._price_origin(position, origin, around)
            if price is not None and (best is None or price.rank < best[1].rank):
                best = origin, price
        return None if best is None else best[0]

    def best_key(self, place: Place, keys: Iterable[Key]) -> Key | None:
        """Give the cheapest of these keys to gather."""
        best = self._best_key(place, self.table(place).prices, keys)
        return None if best is None else best[0]

    def _best_key(self, place: Place, prices: Prices, keys: Iterable[Key]) -> tuple[Key, Price] | None:
        best: tuple[Key, Price] | None = None
        for key in keys:
            price = self._price_selections(place, prices, key.field_set.selections)
            if price is not None and (best is None or price.rank < best[1].rank):
                best = key, price
        return best

    def _price_requires(self, place: Place, prices: Prices, node: Node, edge: FieldEdge) -> Price | None:
        """Give the price of asking a field with inputs: these, a key, and the fetch itself."""
        step = (place, node, edge.name)
        if step in self.under_way:
            return None
        self.under_way.add(step)
        required = () if edge.requires is None else edge.requires.selections
        inputs = self._price_selections(place, prices, required)
        contexts = self._price_contexts(place, edge)
        best = self._best_key(place, prices, resolvable(node))
        self.under_way.discard(step)
        if inputs is None or contexts is None or best is None:
            return None
        return self._one_more(place.base, node.graph, inputs.together(contexts).together(best[1]))

    def _price_contexts(self, place: Place, edge: FieldEdge) -> Price | None:
        """Give the price of what a field takes from objects around it."""
        total = FREE
        for context in edge.contexts:
            for setter in place.setters(context):
                for around in setter.narrowed():
                    prices = self.table(around).prices
                    price = self._price_selections(around, prices, context.selection.selections)
                    if price is None:
                        return None
                    total = total.together(price)
        return total

    def _price_selections(
        self, place: Place, prices: Prices, selections: Iterable[FieldSetSelection]
    ) -> Price | None:
        total = FREE
        for selection in selections:
            price = self._price_selection(place, prices, selection)
            if price is None:
                return None
            total = total.together(price)
        return total

    def _price_selection(self, place: Place, prices: Prices, selection: FieldSetSelection) -> Price | None:
        if not isinstance(selection, FieldSetField):
            refined = refinements(place, selection.type_condition or place.type_name)
            return self._price_in_each(place, prices, refined, selection.selections)
        if selection.name == TYPENAME:
            return FREE
        if not selection.selections:
            best = self._best_edge(place, prices, selection.name)
            if best is not None:
                return best[2].with_field()
        elif is_offered(place, selection.name):
            child = place.child(select(place, selection))
            return self._price_in_each(place, prices, (child,), selection.selections)
        if not place.is_abstract:
            return None
        refined = (place.refine(name) for name in place.runtime_types())
        return self._price_in_each(place, prices, refined, (selection,))

    def _price_in_each(
        self, place: Place, prices: Prices, inner: Iterable[Place], selections: Iterable[FieldSetSelection]
    ) -> Price | None:
        total = FREE
        for below in inner:
            known = self._tables.get(place)
            if below is place:
                there = prices
            elif known is not None and known.prices is prices:
                there = self.table(below).prices
            else:  # prices of this place are still being settled
                there = self._price_all(below, Table(prices, None, 0))
            price = self._price_selections(below, there, selections)
            if price is None:
                return None
            total = total.together(price)
        return total

    def best_edge(self, place: Place, field_name: str) -> tuple[Position, FieldEdge, Price] | None:
        """Give the cheapest position to ask a leaf at; the first of equals."""
        return self._best_edge(place, self.table(place).prices, field_name)

    def _best_edge(
        self, place: Place, prices: Prices, field_name: str
    ) -> tuple[Position, FieldEdge, Price] | None:
        best: tuple[Position, FieldEdge, Price] | None = None
        for position, edge in place.edges(field_name):
            price = self._price_edge(position, edge, prices)
            if price is not None and (best is None or price.rank < best[2].rank):
                best = position, edge, price
        return best

    def edge(self, position: Position, edge: FieldEdge) -> Price | None:
        """Give the price of asking a field at a position."""
        return self._price_edge(position, edge, self.table(position.place).prices)

    def _price_edge(self, position: Position, edge: FieldEdge, prices: Prices) -> Price | None:
        if not edge.has_inputs:
            return prices.get(position)
        return self._price_requires(position.place, prices, position.node, edge)


def resolvable(node: Node) -> tuple[Key, ...]:
    """Give the keys by which a node's subgraph finds its objects."""
    return tuple(key for key in node.keys if key.is_resolvable)


def _improve(prices: Prices, position: Position, price: Price | None) -> bool:
    if price is None:
        return False
    known = prices.get(position)
    if known is not None and known.rank <= price.rank:
        return False
    prices[position] = price
    return True


def is_offered(place: Place, field_name: str) -> bool:
    """Whether some position can ask the field on the place's own type, without spelling out object types."""
    return bool(place.edges(field_name))


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
