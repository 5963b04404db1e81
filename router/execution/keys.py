"""Chooses what identifies an object to an entity fetch, and computes it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import orjson

from router.execution.layout import Layout, SlotOwner
from router.execution.sources import Key, Read, Source, Waiting, index_reads
from router.language.operation import TYPENAME
from router.planning.plan import RepresentationField, RepresentationSelection


def represented(
    selections: tuple[RepresentationSelection, ...], type_name: str
) -> Iterator[RepresentationField]:
    """Give the representation fields of objects of a type."""
    for selection in selections:
        if isinstance(selection, RepresentationField):
            yield selection
        elif type_name in selection.types:
            yield from represented(selection.selections, type_name)


def choose_key(
    layout: Layout, sources: tuple[Source, ...], waiting: Waiting, type_name: str | None
) -> Key | None:
    """Choose the key of an entity source that joins ``sources``; None when the fetch can see no object.

    ``type_name`` is the runtime type where only one can stand at the place.
    """
    visible = layout.ancestors[waiting.fetch]
    owner = SlotOwner(waiting.fetch, waiting.entity)
    if type_name is not None and (waiting.fetch, waiting.entity) not in layout.positional:
        for signature, read in _value_keys(layout, sources, waiting, type_name):
            return Key(layout.slot(signature, owner), read)
    bases = tuple(i for i, s in enumerate(sources) if s.waiting is None and s.fetch in visible)
    if not bases:
        return None
    slot = layout.slot(("identity", waiting.fetch, waiting.entity, waiting.path_index), owner)
    return Key(slot, None, bases)


def _value_keys(
    layout: Layout, sources: tuple[Source, ...], waiting: Waiting, type_name: str
) -> Iterator[tuple[Hashable, Read]]:
    representation = layout.representation(waiting.fetch, waiting.entity, type_name)
    if representation is None:
        return
    visible = layout.ancestors[waiting.fetch]
    fields = [f for f in represented(representation.selections, type_name) if f.name != TYPENAME]
    held = index_reads(sources, type_name)
    reads = {f.data_key: [r for r in held.get(f.data_key, ()) if r.fetch in visible] for f in fields}
    typename = representation.typename or type_name
    for field in fields:
        own = reads[field.data_key]
        if not field.is_key or field.selections or len(own) != 1 or sources[own[0].source].key is not None:
            continue
        others = [f for f in fields if f is not field]
        if all(_follows(sources, f, reads[f.data_key], own[0]) for f in others):
            parts = tuple(
                (f.name, f.is_key, tuple((_slot(sources, r), r.wire_key) for r in reads[f.data_key]))
                for f in others
            )
            yield ("value", waiting.fetch, waiting.entity, typename, field.name, parts), own[0]


def _follows(sources: tuple[Source, ...], field: RepresentationField, reads: list[Read], key: Read) -> bool:
    """Say whether the field's value is a function of the key field's value."""
    if field.selections or not reads:
        return False
    for read in reads:
        found_by = sources[read.source].key
        if found_by is None or found_by.read is None:
            return False
        if (found_by.read.source, found_by.read.wire_key) != (key.source, key.wire_key):
            return False
    return True


def _slot(sources: tuple[Source, ...], read: Read) -> int:
    key = sources[read.source].key
    return -1 if key is None else key.slot


def key_of(value: Any) -> Hashable:
    """Give what stands for a key field's value in a slot; None for null.

    Invariant: different JSON values never meet (``1``, ``1.0`` and ``true`` are equal in Python).
    """
    if value is None or type(value) is str or type(value) is int:
        return value
    return (type(value).__name__, orjson.dumps(value))


def key_of_object(key: Key, objects: Sequence[Any]) -> Hashable:
    """Give what identifies the object whose sources are these; None when nothing does."""
    if key.read is not None:
        source = objects[key.read.source]
        return key_of(source.get(key.read.wire_key)) if type(source) is dict else None
    for index in key.bases:
        if objects[index] is not None:
            return id(objects[index])
    return None
