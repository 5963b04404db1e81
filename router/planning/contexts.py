"""Values that a field takes from objects around it (``@fromContext``): where they are read.

A field with such arguments is asked in an entity fetch of its own list, behind the fetches that give the values.
What the objects around give is gathered like the inputs of ``@requires``, only further up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from router.language.field_set import FieldSetSelection
from router.language.operation import Conditions
from router.planning.fetch_graph import ContextArguments, ContextBuilder, Fetch
from router.planning.place import Occurrence, Place
from router.planning.plan import ContextOrigin, RepresentationSelection
from router.planning.unplannable import UnplannableError
from router.querygraph.graph import ContextInput, FieldEdge


class Gatherer(Protocol):
    """What builds the fetches."""

    def gather_in_each(
        self,
        occurrence: Occurrence,
        places: list[Place],
        selections: Iterable[FieldSetSelection],
        conditions: Conditions,
        *,
        is_key: bool,
    ) -> tuple[tuple[RepresentationSelection, ...], set[Fetch]]:
        """Have selections fetched at places as narrow as an occurrence's or narrower."""
        ...

    def typename(self, occurrence: Occurrence, conditions: Conditions) -> Fetch | None:
        """Have the type of objects told."""
        ...


def gather_contexts(
    gatherer: Gatherer, edge: FieldEdge, occurrence: Occurrence, conditions: Conditions
) -> tuple[ContextArguments, set[Fetch]]:
    """Have all values fetched that a field takes from contexts; gives how to read them, and from which fetches."""
    arguments: list[tuple[str, ContextBuilder]] = []
    before: set[Fetch] = set()
    for context in edge.contexts:
        origins, fetches = _gather_one(gatherer, context, occurrence, conditions)
        arguments.append((context.name, ContextBuilder(context.type, origins)))
        before |= fetches
    return tuple(arguments), before


def _gather_one(
    gatherer: Gatherer, context: ContextInput, occurrence: Occurrence, conditions: Conditions
) -> tuple[tuple[ContextOrigin, ...], set[Fetch]]:
    origins: list[ContextOrigin] = []
    before: set[Fetch] = set()
    for setter in occurrence.place.setters(context):
        around = _occurrence_of(setter.place, occurrence)
        places = list(setter.narrowed())
        read, fetches = gatherer.gather_in_each(
            around, places, context.selection.selections, conditions, is_key=False
        )
        before |= fetches
        origins.append(ContextOrigin(setter.levels, setter.types, read))
        if setter.place.base.is_abstract:
            teller = gatherer.typename(around, conditions)
            before |= set() if teller is None else {teller}
    return tuple(origins), before


def _occurrence_of(place: Place, occurrence: Occurrence) -> Occurrence:
    """Give the occurrence, around another one, by which the operation comes by a place."""
    around: Occurrence | None = occurrence
    while around is not None:
        if around.place is place:
            return around
        around = around.parent
    raise UnplannableError(f"{place.type_name} is not around {occurrence.place.type_name}")
