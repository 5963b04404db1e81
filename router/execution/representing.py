"""Represents one object patiently: any answer, however wrong, gives the right text or none."""

from __future__ import annotations

from typing import Any, Final

import orjson

from router.execution.keys import represented
from router.execution.objects import Spot, Walk, item_at
from router.execution.places import Place
from router.execution.sources import Read
from router.language.operation import TYPENAME
from router.planning.plan import RepresentationField, RepresentationSelection

NOT_ASKED: Final = object()
"""Stands for a value that is not sent because nothing that needs it was asked for."""


class LeftOutError(Exception):
    """The object cannot be represented: a key is null, or a value is missing or of the wrong shape."""


def represent(
    walk: Walk, spot: Spot, typename: str, selections: tuple[RepresentationSelection, ...]
) -> bytes | None:
    """Give the representation of one object; None when it is left out."""
    try:
        representation = {TYPENAME: typename, **members(walk, spot, selections)}
    except LeftOutError:
        return None
    return orjson.dumps(representation)


def members(walk: Walk, spot: Spot, selections: tuple[RepresentationSelection, ...]) -> dict[str, Any]:
    """Give what selections lead to, as JSON.

    Raises: LeftOutError.
    """
    type_name = spot.type_name or spot.variant.type_name
    members: dict[str, Any] = {}
    for field in represented(selections, type_name):
        if field.name == TYPENAME:
            members[field.name] = type_name
            continue
        member = _member(walk, spot, field)
        if member is not NOT_ASKED:
            members[field.name] = _joined(members.get(field.name), member)
    return members


def _joined(known: Any, more: Any) -> Any:
    """Give what two fragments of a representation say of one field."""
    if type(known) is dict and type(more) is dict:
        return known | {name: _joined(known.get(name), value) for name, value in more.items()}
    if type(known) is list and type(more) is list:
        return [_joined(first, second) for first, second in zip(known, more, strict=True)]
    return more


def _member(walk: Walk, spot: Spot, field: RepresentationField) -> Any:
    reads = spot.variant.reads(field.data_key)
    values = walk.values(spot, reads)
    if not any(is_there for is_there, _ in values):
        return _missing(walk, spot, field, reads)
    raws = [value for _, value in values]
    there = [raw for raw in raws if raw is not None]
    if not there:
        if field.is_key or any(walk.is_nulled(spot, read) for read in reads):
            raise LeftOutError
        return None
    if not field.selections:
        return there[0]
    place = spot.variant.child(field.data_key)
    if place is None:
        raise LeftOutError
    return _nested(walk, place, raws, field)


def _missing(walk: Walk, spot: Spot, field: RepresentationField, reads: tuple[Read, ...]) -> object:
    """Give NOT_ASKED for a value that conditions kept out of the answers; one that was lost leaves all out."""
    if field.is_key or any(walk.is_lost(spot, read) for read in reads):
        raise LeftOutError
    return NOT_ASKED


def _nested(walk: Walk, place: Place, raws: list[Any], field: RepresentationField) -> Any:
    there = [raw for raw in raws if raw is not None]
    if not there:
        return None
    if all(type(raw) is list for raw in there):
        length = max(map(len, there))
        return [_nested(walk, place, [item_at(raw, i) for raw in raws], field) for i in range(length)]
    if not all(type(raw) is dict for raw in there):
        raise LeftOutError
    spot = walk.look(place, raws, ())
    if spot is None:
        raise LeftOutError
    return members(walk, spot, field.selections)
