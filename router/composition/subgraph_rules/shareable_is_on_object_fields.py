"""@shareable stands on object types and their fields, once each."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import INVALID_SHAREABLE_USAGE
from router.federation.subgraph import FieldDefinition, Kind, TypeDefinition, all_applied


def shareable_is_on_object_fields(source: Source) -> Iterator[CompositionError]:
    """Interface fields are resolved by nobody, so there is nothing to share.

    Code: INVALID_SHAREABLE_USAGE.
    """
    for type_ in source.subgraph.types.values():
        yield from _repeated(source, type_)
        for field in type_.fields.values():
            if not field.directives:
                continue
            yield from _repeated(source, field)
            if type_.kind is Kind.INTERFACE and all_applied(field, "shareable"):
                message = (
                    f'"{field.coordinate}" is a field of an interface and cannot be @shareable; '
                    "mark the fields of the implementing types"
                )
                yield source.error(INVALID_SHAREABLE_USAGE, message, field.coordinate, field)


def _repeated(source: Source, element: TypeDefinition | FieldDefinition) -> Iterator[CompositionError]:
    uses = all_applied(element, "shareable")
    if len([use for use in uses if not use.in_extension]) > 1:
        message = f'"{element.coordinate}" has @shareable more than once; keep one'
        yield source.error(INVALID_SHAREABLE_USAGE, message, element.coordinate, *uses)
