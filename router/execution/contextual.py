"""Values from contexts: read at the objects around those of an entity fetch."""

from __future__ import annotations

from typing import Any, Final

import orjson

from router.execution.objects import Spot, Walk
from router.execution.places import Place, Variant
from router.execution.representing import members
from router.language.operation import TYPENAME
from router.planning.plan import (
    ContextOrigin,
    ContextVariable,
    RepresentationField,
    RepresentationSelection,
)

SEPARATOR: Final = b"\n"
"""Between a representation and its values, where these tell entities apart; JSON text on one line has none."""


def values(walk: Walk, spot: Spot, contexts: tuple[ContextVariable, ...]) -> bytes:
    """Give an object's values from contexts, as the JSON text of a list.

    Raises: LeftOutError when one is lost with a failed fetch.
    """
    return orjson.dumps([_value(walk, spot, context) for context in contexts])


def _value(walk: Walk, spot: Spot, context: ContextVariable) -> Any:
    around: Spot | None = spot
    levels = 0
    for origin in context.origins:
        while levels < origin.levels and around is not None:
            around, levels = around.around, levels + 1
        if around is None:
            return None
        if around.type_name is None or around.type_name in origin.types:
            return _only(members(walk, around, origin.selections))
    return None


def _only(value: Any) -> Any:
    """Give the one leaf, or lists of it, that nested selections lead to."""
    if type(value) is list:
        return [_only(item) for item in value]
    if type(value) is not dict:
        return value
    inner = [member for name, member in value.items() if name != TYPENAME]
    return _only(inner[0]) if inner else None


def lay_out_ways(root: Place, fetch: int) -> None:
    """Lay out every place that gathering for a fetch reads, so that no slot is added when requests run."""
    _lay_out_way(root.variants[0], fetch, ())


def _lay_out_way(variant: Variant, fetch: int, around: tuple[Variant, ...]) -> None:
    layout = variant.place.layout
    for source in variant.sources:
        waiting = source.waiting
        if waiting is None or source.fetch != fetch:
            continue
        how = variant.representation(fetch, waiting.entity)
        if how is not None:
            _lay_out_read(variant, how.selections)
        for context in layout.entities[fetch, waiting.entity].contexts:
            for origin in context.origins:
                _lay_out_origin(origin, around)
    for data_key in dict.fromkeys(str(w.rest[0]) for w in variant.waiting if w.fetch == fetch):
        place = variant.child(data_key)
        for below in place.variants if place is not None else ():
            _lay_out_way(below, fetch, (*around, variant))


def _lay_out_origin(origin: ContextOrigin, around: tuple[Variant, ...]) -> None:
    if origin.levels <= len(around):
        _lay_out_read(around[-origin.levels], origin.selections)


def _lay_out_read(variant: Variant, selections: tuple[RepresentationSelection, ...]) -> None:
    for selection in selections:
        if not isinstance(selection, RepresentationField):
            if set(selection.types) & set(variant.types):
                _lay_out_read(variant, selection.selections)
        elif selection.selections:
            place = variant.child(selection.data_key)
            for below in place.variants if place is not None else ():
                _lay_out_read(below, selection.selections)
