"""Walk the operation and lay its leaves out over places.

The result is a flat list of leaves to be asked; where is decided later.  A field that an abstract type's positions
cannot ask as such is spelled out for each object type, there and only there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from router.language.field_set import FieldSetField
from router.language.operation import TYPENAME, Conditions, Field, InlineFragment, SelectionSet
from router.planning.place import Occurrence, Place, Position, Selected
from router.planning.plan import ResponsePath
from router.planning.price import is_offered, refinements


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf field to be asked at an occurrence of a place, under conditions."""

    occurrence: Occurrence
    selected: Selected
    conditions: Conditions


@dataclass(slots=True)
class Layout:
    """What an operation asks, laid out."""

    leaves: list[Leaf] = field(default_factory=list)
    types: list[tuple[Occurrence, Conditions]] = field(default_factory=list)
    """Objects whose type matters to what the client will see; the deepest first."""
    presences: list[tuple[Occurrence, Conditions]] = field(default_factory=list)
    """Objects whose presence the client will see; the deepest first."""
    shown_types: dict[ResponsePath, tuple[str, ...]] = field(default_factory=dict)
    """See `QueryPlan.shown_types`."""
    unplannable: list[str] = field(default_factory=list)
    standing: list[Position] = field(default_factory=list)
    """Positions where a fetch stands."""
    is_open: bool = False
    """Whether there is more than one sensible way to ask something."""

    def clear(self) -> None:
        """Take every fetch away again, so that leaves can be chosen anew."""
        for position in self.standing:
            position.built.clear()
        self.standing.clear()

    def drop_repeated(self) -> None:
        """Drop leaves of a narrower type that are asked of all objects there anyway."""
        asked: dict[tuple[Place, Selected], list[Conditions]] = {}
        for leaf in self.leaves:
            asked.setdefault((leaf.occurrence.place, leaf.selected), []).append(leaf.conditions)
        self.leaves = [
            leaf
            for leaf in self.leaves
            if not any(
                conditions <= leaf.conditions
                for place in _wider(leaf.occurrence.place)
                for conditions in asked.get((place, leaf.selected), ())
            )
        ]

    def selection_set(
        self, selection_set: SelectionSet, occurrence: Occurrence, conditions: Conditions
    ) -> None:
        """Lay out the selections of one place."""
        for selection in selection_set.selections:
            under = conditions.union(selection.conditions)
            if isinstance(selection, InlineFragment):
                self._fragment(selection, occurrence, under)
            elif not selection.name.startswith("__"):
                self._field(selection, occurrence, under)
            elif selection.name == TYPENAME and occurrence.place.parent is not None:
                self.types.append((occurrence, under))

    def _fragment(self, fragment: InlineFragment, occurrence: Occurrence, conditions: Conditions) -> None:
        if fragment.type_condition is None:
            self.selection_set(fragment.selection_set, occurrence, conditions)
            return
        for refined in refinements(occurrence.place, fragment.type_condition):
            narrowed = (
                occurrence if refined is occurrence.place else Occurrence(refined, conditions, occurrence)
            )
            self.selection_set(fragment.selection_set, narrowed, conditions)
        if occurrence.place.is_abstract:
            self.types.append((occurrence, conditions))

    def _field(self, field: Field, occurrence: Occurrence, conditions: Conditions) -> None:
        place = occurrence.place
        if not place.positions():
            return  # no object of this type can come here
        if not is_offered(place, field.name):
            if not place.is_abstract:
                self.unplannable.append(f"{place.type_name}.{field.name}")
                return
            if not _has_one_start(place, field.name):
                self.unplannable.append(f"{place.type_name}.{field.name}")
                return
            for name in place.runtime_types():
                narrowed = Occurrence(place.refine(name), conditions, occurrence)
                self._field(field, narrowed, conditions)
            self.types.append((occurrence, conditions))
            return
        selected = Selected(field.name, field.data_key, field.arguments, field.variables)
        if field.selection_set is None:
            self.leaves.append(Leaf(occurrence, selected, conditions))
            edges = place.edges(field.name)
            if len(edges) > 1 and not any(position in place.direct for position, _ in edges):
                self.is_open = True
            return
        child = Occurrence(place.child(selected), conditions, occurrence)
        if len(child.place.direct) > 1:
            self.is_open = True
        if child.place.is_narrowed:
            self.shown_types[child.place.path()] = child.place.types
            self.types.append((child, conditions))
        self.selection_set(field.selection_set, child, conditions)
        self.presences.append((child, conditions))


def _wider(place: Place) -> Iterator[Place]:
    """Give the places that this one narrows."""
    while place.is_refinement and place.parent is not None:
        place = place.parent
        yield place


def _has_one_start(place: Place, field_name: str) -> bool:
    """Whether some position that comes first can answer the field for every type it may return.

    The client asks the field of whatever object comes; it must not take one subgraph for objects of one type and
    another for those of another type, since each gives only its own object.
    """
    wanted = (FieldSetField(field_name),)
    for position in place.direct:
        seen = [(name, place.paths.downcast(position.state, name)) for name in position.node.possible_types]
        if all(
            state is None or place.paths.can_resolve(name, place.paths.reached(name, (state,)), wanted)
            for name, state in seen
            if name in place.types
        ):
            return True
    return False


def note_client_keys(selection_set: SelectionSet, occurrence: Occurrence) -> None:
    """Note every data key the client's selections use at each place, before the planner takes any.

    Only places that can be asked as such are walked; those spelled out per object type share the base's keys.
    """
    place = occurrence.place
    for selection in selection_set.selections:
        if isinstance(selection, InlineFragment):
            on = selection.type_condition
            if on is None:
                note_client_keys(selection.selection_set, occurrence)
                continue
            for refined in refinements(place, on):
                note_client_keys(selection.selection_set, Occurrence(refined, frozenset(), occurrence))
        elif not selection.name.startswith("__"):
            place.take(selection.data_key, selection.name, selection.arguments)
            if selection.selection_set is not None:
                _note_below(selection, occurrence)


def _note_below(selection: Field, occurrence: Occurrence) -> None:
    place = occurrence.place
    selected = Selected(selection.name, selection.data_key, selection.arguments, selection.variables)
    if selection.selection_set is None:
        return
    if is_offered(place, selection.name):
        child = Occurrence(place.child(selected), frozenset(), occurrence)
        note_client_keys(selection.selection_set, child)
    elif place.is_abstract:
        for name in place.runtime_types():
            _note_below(selection, Occurrence(place.refine(name), frozenset(), occurrence))
