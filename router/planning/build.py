"""Turn decisions into fetches: stand at a position, ask a field there, gather a representation.

Everything asked carries the conditions (``@skip``, ``@include``) under which the client wants it, down to the
inputs of keys and ``@requires``, so that nothing is fetched for a field that is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from router.language.field_set import FieldSetField, FieldSetSelection
from router.language.operation import RESERVED_PREFIX, TYPENAME, Conditions
from router.planning.contexts import gather_contexts
from router.planning.enter import Sent, ask_typename, enter
from router.planning.fetch_graph import (
    Built,
    Fetch,
    FetchGraph,
    FieldBuilder,
    SelectionBuilder,
)
from router.planning.place import (
    DowncastOrigin,
    EntityOrigin,
    FieldOrigin,
    Occurrence,
    Place,
    Position,
    ReentryOrigin,
    RootOrigin,
    Selected,
)
from router.planning.plan import (
    RepresentationField,
    RepresentationFragment,
    RepresentationSelection,
)
from router.planning.price import PriceList, is_offered, refinements, resolvable, select
from router.planning.representations import merge_representations
from router.planning.unplannable import UnplannableError
from router.querygraph.graph import FieldEdge, Key

PRESENCE: Final = f"{RESERVED_PREFIX}present"
"""Asks an interface object whether it is there; the type it names is not the object's."""


class Builder:
    """Builds one plan's fetches.

    Invariant: a fetch's dependencies are made before it, so the graph has no circle.
    """

    def __init__(self, fetch_graph: FetchGraph, standing: list[Position]) -> None:
        self.graph = fetch_graph
        self._standing = standing
        self.prices = PriceList(fetch_graph)

    def leaf(
        self,
        occurrence: Occurrence,
        selected: Selected,
        conditions: Conditions,
        choice: tuple[Position, FieldEdge],
    ) -> Fetch:
        """Ask a leaf at the position chosen; gives the fetch that asks it."""
        position, edge = choice
        built, field = self._stand_for(occurrence, position, edge, selected, conditions)
        built.selection.under(conditions - built.implied).add(field)
        built.need(conditions)
        return built.fetch

    def _stand_for(
        self,
        occurrence: Occurrence,
        position: Position,
        edge: FieldEdge,
        selected: Selected,
        conditions: Conditions,
    ) -> tuple[Built, FieldBuilder]:
        """Give where a field can be asked, and the field."""
        field = FieldBuilder(edge.name, selected.data_key, selected.arguments, selected.variables, edge.type)
        if not edge.has_inputs:
            return self.stand(position, occurrence, conditions), field
        return self._stand_with_inputs(position, edge, field, occurrence, conditions), field

    def presence(self, occurrence: Occurrence, conditions: Conditions) -> None:
        """Make sure that something tells whether there is an object here, of whatever type."""
        telling = [position for position in occurrence.place.positions() if not position.is_reentry]
        for position in telling:
            for built in position.built:
                if built.cover <= conditions and not _is_empty(built.selection):
                    built.need(conditions)
                    return
        choice = self._cheapest(occurrence.place, telling)
        if choice is not None:
            built = self.stand(choice, occurrence, conditions)
            key = PRESENCE if choice.node.is_interface_object else TYPENAME
            ask_typename(built.selection.under(conditions - built.implied), key)
            built.need(conditions)

    def _cheapest(self, place: Place, positions: Iterable[Position]) -> Position | None:
        prices = self.prices.table(place).prices
        best: tuple[tuple[int, int, int], Position] | None = None
        is_held_back = False
        for position in positions:
            price = prices.get(position)
            if price is None:
                is_held_back = self.graph.allowed is not None
            elif best is None or price.rank < best[0]:
                best = price.rank, position
        if best is None and is_held_back:
            raise UnplannableError(f"no subgraph left to tell of {place.type_name}")
        return None if best is None else best[1]

    def typename(self, occurrence: Occurrence, conditions: Conditions) -> Fetch | None:
        """Make sure that something tells whether there is an object here, and of which type.

        Gives the fetch that does; None where the place cannot be reached (then nothing can be there).
        """
        place = occurrence.place
        is_abstract = place.base.is_abstract
        telling = [
            position
            for position in place.positions()
            if not position.is_reentry and not (is_abstract and position.node.is_interface_object)
        ]
        known = [
            built
            for position in telling
            for built in position.built
            if built.cover <= conditions and (is_abstract or not _is_empty(built.selection))
        ]
        if known:
            first = min(known, key=lambda built: (built.fetch.depth, built.fetch.id))
            if place.may_stay_untyped:
                ask_typename(first.selection)  # always: the type is told of all objects or of none
            first.need(conditions)
            return first.fetch
        choice = self._cheapest(place, telling)
        if choice is None:
            return None
        built = self.stand(choice, occurrence, conditions)
        is_for_all = place.may_stay_untyped
        ask_typename(built.selection if is_for_all else built.selection.under(conditions - built.implied))
        built.need(conditions)
        return built.fetch

    def stand(self, position: Position, occurrence: Occurrence, conditions: Conditions) -> Built:
        """Give a fetch that stands at a position whenever ``conditions`` hold, making it if need be.

        ``conditions`` are at least the occurrence's: what is wanted there may have more of its own.  They reach
        the keys of an entity fetch on the way; the fields on the way carry only what their occurrence demands.
        """
        for known in position.built:
            if known.cover <= conditions:
                return known
        origin = self.prices.best_origin(position)
        if origin is None:
            raise UnplannableError(f"no way to {position!r}")
        if isinstance(origin, RootOrigin):
            fetch, selection = self.graph.root_fetch(position.node)
            built = Built(fetch, selection, None, frozenset(), frozenset())
        elif isinstance(origin, DowncastOrigin):
            built = self._downcast(position, origin, occurrence, conditions)
        elif isinstance(origin, FieldOrigin):
            built = self._child(position, origin, occurrence, conditions)
        elif isinstance(origin, ReentryOrigin):
            built = self._reenter(position, occurrence, conditions)
        else:
            built = self._enter(position, origin, occurrence, conditions)
        self.prices.changed(position.place)
        position.built.append(built)
        self._standing.append(position)
        return built

    def _downcast(
        self, position: Position, origin: DowncastOrigin, occurrence: Occurrence, conditions: Conditions
    ) -> Built:
        around = self.stand(origin.parent, _around(occurrence), conditions)
        demanded = occurrence.conditions
        selection = around.selection.under(demanded - around.implied)
        if origin.is_fragment:
            selection = selection.on(position.node, position.place.types)
        return Built(
            around.fetch, selection, around.entity, around.cover | demanded, around.implied | demanded
        )

    def _child(
        self, position: Position, origin: FieldOrigin, occurrence: Occurrence, conditions: Conditions
    ) -> Built:
        around, asked = self._stand_for(
            _around(occurrence), origin.parent, origin.edge, origin.selected, conditions
        )
        demanded = occurrence.conditions
        field = around.selection.under(demanded - around.implied).add(asked)
        if field.selection is None:
            field.selection = SelectionBuilder(position.node, position.place.types)
        if position.place.is_abstract and not position.node.is_interface_object:
            ask_typename(field.selection)
        around.need(conditions)
        return Built(
            around.fetch, field.selection, around.entity, around.cover | demanded, around.implied | demanded
        )

    def _enter(
        self, position: Position, origin: EntityOrigin, occurrence: Occurrence, conditions: Conditions
    ) -> Built:
        place = position.place
        key = self.prices.best_key(place, origin.keys)
        if key is None:
            raise UnplannableError(f"no key to enter {position!r}")
        representation, before = self._gather_key(key, occurrence, conditions)
        before |= self._tell_types(occurrence, conditions)
        return enter(self.graph, position, Sent(representation), before, conditions)

    def _reenter(self, position: Position, occurrence: Occurrence, conditions: Conditions) -> Built:
        teller = self.typename(occurrence, conditions)
        if teller is None:
            raise UnplannableError(f"no way to {position!r}")
        before = {teller} | self._tell_types(occurrence, conditions)
        return enter(self.graph, position, Sent((), is_reentry=True), before, conditions)

    def _tell_types(self, occurrence: Occurrence, conditions: Conditions) -> set[Fetch]:
        """Have the types told that say which objects are meant; gives the fetches that tell them.

        A path that is narrowed by type, here or further up, can be walked only when they are in.  An interface
        object does not tell its type.
        """
        tellers: set[Fetch] = set()
        is_narrowed = False
        around: Occurrence | None = occurrence
        while around is not None:
            place = around.place
            if place.is_refinement:
                is_narrowed = True
            elif is_narrowed:
                is_narrowed = False
                if any(position.node.is_interface_object for position in place.direct):
                    teller = self.typename(around, conditions)
                    tellers |= set() if teller is None else {teller}
            around = around.parent
        return tellers

    def _gather_key(
        self, key: Key, occurrence: Occurrence, conditions: Conditions
    ) -> tuple[tuple[RepresentationSelection, ...], set[Fetch]]:
        return self.gather(occurrence, key.field_set.selections, conditions, is_key=True)

    def _stand_with_inputs(
        self,
        position: Position,
        edge: FieldEdge,
        field: FieldBuilder,
        occurrence: Occurrence,
        conditions: Conditions,
    ) -> Built:
        """Stand at an entity fetch whose representation carries what ``edge`` requires.

        What it takes from contexts comes beside the representation; ``field`` is told.
        """
        step = (position.place, position.node, edge.name)
        self.prices.under_way.add(step)
        required = () if edge.requires is None else edge.requires.selections
        inputs, before = self.gather(occurrence, required, conditions, is_key=False)
        field.contexts, before_contexts = gather_contexts(self, edge, occurrence, conditions)
        key = self.prices.best_key(position.place, resolvable(position.node))
        if key is None:
            raise UnplannableError(f"no key to send the inputs of {position.node!r}.{edge.name} with")
        representation, before_key = self._gather_key(key, occurrence, conditions)
        self.prices.under_way.discard(step)
        merged = merge_representations(representation, inputs)
        if merged is None:
            raise UnplannableError(f"the key and the inputs of {position.node!r}.{edge.name} disagree")
        before |= before_key | before_contexts | self._tell_types(occurrence, conditions)
        sent = Sent(merged, has_contexts=bool(field.contexts))
        built = enter(self.graph, position, sent, before, conditions)
        if built.entity is not None:
            built.entity.contexts.update((context, None) for _, context in field.contexts)
        self.prices.changed(position.place)
        return built

    def gather(
        self,
        occurrence: Occurrence,
        selections: Iterable[FieldSetSelection],
        conditions: Conditions,
        *,
        is_key: bool,
    ) -> tuple[tuple[RepresentationSelection, ...], set[Fetch]]:
        """Have all the selections fetched; gives how to read them, and the fetches they come from."""
        read: tuple[RepresentationSelection, ...] = ()
        before: set[Fetch] = set()
        for selection in selections:
            more, fetches = self._gather_one(occurrence, selection, conditions, is_key)
            merged = merge_representations(read, more)
            if merged is None:
                raise UnplannableError(f"{selection} is required twice, with different arguments")
            read = merged
            before |= fetches
        return read, before

    def _gather_one(
        self, occurrence: Occurrence, selection: FieldSetSelection, conditions: Conditions, is_key: bool
    ) -> tuple[tuple[RepresentationSelection, ...], set[Fetch]]:
        place = occurrence.place
        if not isinstance(selection, FieldSetField):
            on = selection.type_condition or place.type_name
            return self.gather_in_each(
                occurrence, list(refinements(place, on)), selection.selections, conditions, is_key=is_key
            )
        if selection.name == TYPENAME:
            fetch = self.typename(occurrence, conditions)
            return (RepresentationField(TYPENAME, TYPENAME, False),), set() if fetch is None else {fetch}
        if not is_offered(place, selection.name) and place.is_abstract:
            refined = [place.refine(name) for name in place.runtime_types()]
            return self.gather_in_each(occurrence, refined, (selection,), conditions, is_key=is_key)
        if selection.selections:
            return self._gather_composite(occurrence, selection, conditions, is_key)
        best = self.prices.best_edge(place, selection.name)
        if best is None:
            raise UnplannableError(f"no subgraph can give {place.type_name}.{selection.name}")
        selected = select(place, selection)
        fetch = self.leaf(occurrence, selected, conditions, (best[0], best[1]))
        return (RepresentationField(selection.name, selected.data_key, is_key),), {fetch}

    def _gather_composite(
        self, occurrence: Occurrence, selection: FieldSetField, conditions: Conditions, is_key: bool
    ) -> tuple[tuple[RepresentationSelection, ...], set[Fetch]]:
        selected = select(occurrence.place, selection)
        child = occurrence.place.child(selected)
        below = Occurrence(child, conditions, occurrence)
        inner, before = self.gather(below, selection.selections, conditions, is_key=is_key)
        if child.is_abstract:
            fetch = self.typename(below, conditions)
            if fetch is not None:
                before.add(fetch)
            inner = (RepresentationField(TYPENAME, TYPENAME, False), *inner)
        return (RepresentationField(selection.name, selected.data_key, is_key, inner),), before

    def gather_in_each(
        self,
        occurrence: Occurrence,
        places: list[Place],
        selections: Iterable[FieldSetSelection],
        conditions: Conditions,
        *,
        is_key: bool,
    ) -> tuple[tuple[RepresentationSelection, ...], set[Fetch]]:
        """Have the selections fetched at places as narrow as the occurrence's or narrower."""
        read: tuple[RepresentationSelection, ...] = ()
        before: set[Fetch] = set()
        for place in places:
            if place is occurrence.place:
                inner, fetches = self.gather(occurrence, selections, conditions, is_key=is_key)
                read += inner
            else:
                narrowed = Occurrence(place, conditions, occurrence)
                inner, fetches = self.gather(narrowed, selections, conditions, is_key=is_key)
                read += (RepresentationFragment(place.types, inner),)
            before |= fetches
        return read, before


def _around(occurrence: Occurrence) -> Occurrence:
    if occurrence.parent is None:
        raise UnplannableError("the root of an operation has nothing around it")
    return occurrence.parent


def _is_empty(selection: SelectionBuilder) -> bool:
    return not selection.fields and not any(not _is_empty(s) for s in selection.fragments.values())
