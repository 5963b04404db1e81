"""A @key selects no field of interface or union type."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import KEY_FIELDS_SELECT_INVALID_TYPE
from router.federation.field_sets import selected
from router.federation.subgraph import Kind


def key_fields_are_no_abstract_types(source: Source) -> Iterator[CompositionError]:
    """A representation must say the same wherever it is read.  Lists are accepted.

    Code: KEY_FIELDS_SELECT_INVALID_TYPE.
    """
    for use in source.use.uses:
        if use.directive != "key":
            continue
        for found in selected(source.subgraph, use):
            type_ = source.subgraph.types.get(found.field.type.name)
            if type_ is not None and type_.kind in (Kind.INTERFACE, Kind.UNION):
                message = (
                    f"{use} selects {found.field.coordinate} of type {found.field.type}, "
                    f"which is {'an interface' if type_.kind is Kind.INTERFACE else 'a union'}; remove it"
                )
                code = KEY_FIELDS_SELECT_INVALID_TYPE
                yield source.error(code, message, use.coordinate, use.applied, found.field)
