"""Sources and reads: which answers the objects at a place come from, and where a key lies in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from router.planning.plan import FetchField, FetchSelection, PathStep


@dataclass(frozen=True, slots=True)
class Waiting:
    """A path of an `_entities` selection, or what is left of it further down."""

    fetch: int
    entity: int
    path_index: int
    rest: tuple[PathStep, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """What is left of the path to a place where only some types are shown (`QueryPlan.shown_types`)."""

    types: tuple[str, ...]
    rest: tuple[PathStep, ...]
    is_of_access: bool = False
    """Whether the others are withheld from the caller (`QueryPlan.granted_types`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """Where one source holds a data key."""

    source: int
    """Index in the variant's sources."""
    fetch: int
    wire_key: str
    field: FetchField
    selections: tuple[FetchSelection, ...]
    """Everything the fetch asks below it."""


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """What identifies an object to an entity fetch, and the slot that finds its entity by it.

    Where everything in the representation follows from one key field (the other fields come from entities
    found by that same field), it is that field's value: equal entities at many places then share a slot.
    Everywhere else it is the identity of the object: of the first base source there that the fetch may see.
    """

    slot: int
    read: Read | None
    """The key field; None: identity."""
    bases: tuple[int, ...] = ()
    """For identity: indices of sources."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One origin of the objects at a place."""

    fetch: int
    selections: tuple[FetchSelection, ...]
    waiting: Waiting | None = None
    """Of an entity source: the path that ended here."""
    key: Key | None = None
    """Of an entity source: how its entity is found.  A base source comes with the parent's field."""


def flatten(selections: tuple[FetchSelection, ...], type_name: str | None) -> Iterator[FetchField]:
    """Give the fields that objects of a type answer; None: of any type."""
    for selection in selections:
        if isinstance(selection, FetchField):
            yield selection
        elif type_name is None or type_name in selection.types:
            yield from flatten(selection.selections, type_name)


def index_reads(sources: tuple[Source, ...], type_name: str | None) -> dict[str, tuple[Read, ...]]:
    """Give, by data key, where the sources hold it: one read for each key in an answer.

    Cost: linear in what the sources select, however many keys are asked for.
    """
    found: dict[str, list[Read]] = {}
    for index, source in enumerate(sources):
        by_key: dict[tuple[str, str], list[FetchField]] = {}
        for field in flatten(source.selections, type_name):
            by_key.setdefault((field.data_key, field.wire_key), []).append(field)
        for (data_key, wire_key), fields in by_key.items():
            below = fields[0].selections
            if len(fields) > 1:
                below = tuple(selection for field in fields for selection in field.selections)
            found.setdefault(data_key, []).append(Read(index, source.fetch, wire_key, fields[0], below))
    return {data_key: tuple(reads) for data_key, reads in found.items()}


def find_reads(sources: tuple[Source, ...], data_key: str, type_name: str | None) -> tuple[Read, ...]:
    """Give where the sources hold one data key; for many keys there is `index_reads`."""
    return index_reads(sources, type_name).get(data_key, ())


def narrow(rest: tuple[PathStep, ...], type_name: str) -> tuple[PathStep, ...] | None:
    """Give the path behind its type steps; None when objects of this type do not go on."""
    for index, step in enumerate(rest):
        if isinstance(step, str):
            return rest[index:]
        if type_name not in step:
            return None
    return ()


def after_lists(rest: tuple[PathStep, ...]) -> tuple[PathStep, ...]:
    """Give the path behind its list steps."""
    for index, step in enumerate(rest):
        if step != "@":
            return rest[index:]
    return ()
