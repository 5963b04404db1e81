"""The rules of `router.planning.reach` for a layout; they say what `router.planning.price` says, without prices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from router.language.field_set import FieldSetField, FieldSetSelection
from router.language.operation import TYPENAME
from router.planning.lay_out import Layout
from router.planning.place import (
    DowncastOrigin,
    EntityOrigin,
    FieldOrigin,
    Origin,
    Place,
    Position,
    ReentryOrigin,
    RootOrigin,
)
from router.planning.price import is_offered, refinements, resolvable, select
from router.planning.reach import HERE, START, Reach, Term
from router.planning.unplannable import UnplannableError
from router.querygraph.graph import FieldEdge, Key, Node

MAX_VARIABLES: Final = 20_000
"""An operation that needs more is planned without a search."""


class TooManyVariablesError(Exception):
    """The operation is too large to be searched."""


def reach_of_layout(layout: Layout) -> Reach | None:
    """Give the rules for all that a layout must have; None when there would be too many.

    Cost: linear in the positions of the layout and their keys.  Makes places for keys and required inputs, within
    the operation's budget of places.
    """
    writer = _Writer()
    try:
        goals = dict.fromkeys(writer.goals(layout))
    except (TooManyVariablesError, UnplannableError):
        return None
    writer.reach.goals = list(goals)
    writer.reach.arrange()
    return writer.reach


class _Writer:
    """Writes rules, each variable's once."""

    def __init__(self) -> None:
        self.reach = Reach()
        self._positions: dict[Position, int] = {}
        self._required: dict[tuple[Place, Node, str], int] = {}
        self._keys: dict[tuple[Place, Key], int] = {}
        self._fields: dict[tuple[Place, str], int] = {}
        self._arrivals: dict[Position, int | None] = {}
        self._laid_out: set[Place] = set()

    def goals(self, layout: Layout) -> Iterator[tuple[int, ...]]:
        """Give all that must be had, as variables of which one will do; what follows from others is left out."""
        wanted: dict[Place, set[frozenset[int]]] = {}
        for leaf in layout.leaves:
            place = leaf.occurrence.place
            self._lay_out(place)
            edges = place.edges(leaf.selected.name)
            wanted.setdefault(place, set()).add(frozenset(self._edge(*edge) for edge in edges))
        present = [(occurrence.place, False) for occurrence, _ in layout.presences]
        for place, is_type in [*((occurrence.place, True) for occurrence, _ in layout.types), *present]:
            self._lay_out(place)
            positions = place.positions() if place.direct else ()
            if is_type:
                positions = [
                    p for p in positions if not (place.base.is_abstract and p.node.is_interface_object)
                ]
            positions = [position for position in positions if not position.is_reentry]
            told = frozenset(self._position(position) for position in positions)
            if told:
                wanted.setdefault(place, set()).add(told)
        for sets in wanted.values():
            least: list[frozenset[int]] = []
            for one in sorted(sets, key=lambda one: (len(one), sorted(one))):
                if not any(other <= one for other in least):
                    least.append(one)
            yield from (tuple(sorted(one)) for one in least)

    def _lay_out(self, place: Place) -> None:
        """Write the rules of a place after those around it, so that no recursion follows the operation down."""
        around: list[Place] = []
        above: Place | None = place
        while above is not None and above not in self._laid_out:
            around.append(above)
            above = above.parent
        for one in reversed(around):
            self._laid_out.add(one)
            for position in one.positions():
                self._position(position)

    def _new(self) -> int:
        variable = self.reach.size
        if variable >= MAX_VARIABLES:
            raise TooManyVariablesError
        self.reach.size += 1
        return variable

    def _rule(self, variable: int, terms: Iterable[Term], *, is_all: bool = False) -> int:
        unique = tuple(dict.fromkeys(terms))
        if is_all:
            unique = tuple(term for term in unique if term[1] != START)
        if unique or not is_all:
            self.reach.rules.append((variable, is_all, unique))
        else:
            self.reach.rules.append((variable, False, ((HERE, START),)))
        return variable

    def _position(self, position: Position) -> int:
        known = self._positions.get(position)
        if known is None:
            known = self._positions[position] = self._new()
            arrival = self._arrival(position)
            terms: list[Term] = [] if arrival is None else [(HERE, arrival)]
            for origin in position.origins:
                if isinstance(origin, EntityOrigin):
                    key = self._any_key(position.place, origin.keys)
                    terms.append((self.reach.number(position.node.graph), key))
                elif isinstance(origin, ReentryOrigin):
                    there = [(HERE, self._position(one)) for one in position.place.direct]
                    before = self._rule(self._new(), there)
                    terms.append((self.reach.number(position.node.graph), before))
            self._rule(known, terms)
        return known

    def _arrival(self, position: Position) -> int | None:
        """Give the variable for standing at a position without having entered it; None where that cannot be."""
        if position not in self._arrivals:
            terms = [term for origin in position.origins for term in self._direct(position, origin)]
            arrival = terms[0][1] if len(terms) == 1 and terms[0][0] == HERE else None
            self._arrivals[position] = (
                self._rule(self._new(), terms) if terms and arrival is None else arrival
            )
        return self._arrivals[position]

    def _direct(self, position: Position, origin: Origin) -> Iterator[Term]:
        if isinstance(origin, FieldOrigin):
            yield HERE, self._edge(origin.parent, origin.edge)
        elif isinstance(origin, DowncastOrigin):
            yield HERE, self._position(origin.parent)
        elif isinstance(origin, RootOrigin):
            yield self.reach.number(position.node.graph), START

    def _edge(self, position: Position, edge: FieldEdge) -> int:
        if not edge.has_inputs:
            return self._position(position)
        step = (position.place, position.node, edge.name)
        known = self._required.get(step)
        if known is None:
            known = self._required[step] = self._new()
            inputs = list(self._inputs(position.place, edge))
            key = self._any_key(position.place, resolvable(position.node))
            both = self._rule(self._new(), [(HERE, one) for one in (*inputs, key)], is_all=True)
            self._rule(known, [(self.reach.number(position.node.graph), both)])
        return known

    def _inputs(self, place: Place, edge: FieldEdge) -> Iterator[int]:
        """Give what a field takes from its object and, from contexts, from those around it."""
        if edge.requires is not None:
            for selection in edge.requires.selections:
                yield self._selection(place, selection)
        for context in edge.contexts:
            for setter in place.setters(context):
                yield self._in_each(setter.narrowed(), context.selection.selections)

    def _any_key(self, place: Place, keys: tuple[Key, ...]) -> int:
        if len(keys) == 1:
            return self._key(place, keys[0])
        return self._rule(self._new(), [(HERE, self._key(place, key)) for key in keys])

    def _key(self, place: Place, key: Key) -> int:
        return self._all(place, key.field_set.selections)

    def _all(self, place: Place, selections: tuple[FieldSetSelection, ...]) -> int:
        needed = [self._selection(place, selection) for selection in selections]
        if len(needed) == 1:
            return needed[0]
        return self._rule(self._new(), [(HERE, one) for one in needed], is_all=True)

    def _selection(self, place: Place, selection: FieldSetSelection) -> int:
        if not isinstance(selection, FieldSetField):
            refined = refinements(place, selection.type_condition or place.type_name)
            return self._in_each(refined, selection.selections)
        if selection.name == TYPENAME:
            return START
        if selection.selections and is_offered(place, selection.name):
            return self._in_each((place.child(select(place, selection)),), selection.selections)
        if not selection.selections and is_offered(place, selection.name):
            return self._field(place, selection.name)
        if not place.is_abstract:
            return self._rule(self._new(), ())
        return self._in_each((place.refine(name) for name in place.runtime_types()), (selection,))

    def _in_each(self, inner: Iterable[Place], selections: tuple[FieldSetSelection, ...]) -> int:
        needed = [self._all(place, selections) for place in inner]
        return self._rule(self._new(), [(HERE, one) for one in needed], is_all=True)

    def _field(self, place: Place, name: str) -> int:
        known = self._fields.get((place, name))
        if known is None:
            known = self._fields[place, name] = self._new()
            ways = [self._way(position, edge) for position, edge in place.edges(name)]
            self._rule(known, [(HERE, way) for way in ways if way is not None])
        return known

    def _way(self, position: Position, edge: FieldEdge) -> int | None:
        """Give a way to have a field first: entering by the field itself needs it before."""
        if not edge.has_inputs and all(_needs(origin, edge.name) for origin in position.origins):
            return self._arrival(position)
        return self._edge(position, edge)


def _needs(origin: Origin, name: str) -> bool:
    """Whether an object can be entered with this very field only, if entered it is."""
    if not isinstance(origin, EntityOrigin):
        return True
    return all(key.field_set.selections == (FieldSetField(name),) for key in origin.keys)
