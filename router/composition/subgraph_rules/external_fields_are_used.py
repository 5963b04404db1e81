"""An @external field is there because something needs it."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import EXTERNAL_UNUSED
from router.federation.subgraph import Kind


def external_fields_are_used(source: Source) -> Iterator[CompositionError]:
    """An unused one is either forgotten or meant to be resolved.

    Code: EXTERNAL_UNUSED.
    """
    for type_ in source.subgraph.types.values():
        if type_.kind not in (Kind.OBJECT, Kind.INTERFACE):
            continue
        for field in type_.fields.values():
            if source.use.is_external(field) and field.coordinate not in source.use.used:
                message = (
                    f'"{field.coordinate}" is @external but no @key, @requires, @provides or interface of the '
                    "subgraph uses it; remove it, or its @external if the subgraph resolves it"
                )
                yield source.error(EXTERNAL_UNUSED, message, field.coordinate, field)
