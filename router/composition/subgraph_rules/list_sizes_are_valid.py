"""@listSize says something true about its field."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import (
    LIST_SIZE_APPLIED_TO_NON_LIST,
    LIST_SIZE_INVALID_ASSUMED_SIZE,
    LIST_SIZE_INVALID_SIZED_FIELD,
    LIST_SIZE_INVALID_SLICING_ARGUMENT,
)
from router.federation.subgraph import AppliedDirective, FieldDefinition, Subgraph, applied
from router.language.values import plain


def list_sizes_are_valid(source: Source) -> Iterator[CompositionError]:
    """A wrong size would let an expensive operation through.

    Codes: LIST_SIZE_APPLIED_TO_NON_LIST, LIST_SIZE_INVALID_ASSUMED_SIZE,
    LIST_SIZE_INVALID_SIZED_FIELD, LIST_SIZE_INVALID_SLICING_ARGUMENT.
    """
    for type_ in source.subgraph.types.values():
        for field in type_.fields.values():
            use = applied(field, "listSize")
            if use is not None:
                for code, fault in _faults(source.subgraph, field, use):
                    message = f'@listSize on "{field.coordinate}" {fault}'
                    yield source.error(code, message, field.coordinate, use)


def _faults(subgraph: Subgraph, field: FieldDefinition, use: AppliedDirective) -> Iterator[tuple[str, str]]:
    if not field.type.is_list and "sizedFields" not in use.arguments:
        fault = f'stands on a field of type "{field.type}", which is no list; name its sizedFields'
        yield LIST_SIZE_APPLIED_TO_NON_LIST, fault
    size = plain(use.arguments.get("assumedSize"))
    if isinstance(size, int) and size < 0:
        yield LIST_SIZE_INVALID_ASSUMED_SIZE, f"has assumedSize {size}; use zero or more"
    for name in _names(use, "slicingArguments"):
        argument = field.arguments.get(name)
        if argument is None or argument.type.name != "Int" or argument.type.is_list:
            fault = f'has slicing argument "{name}", which is no argument of type Int of the field'
            yield LIST_SIZE_INVALID_SLICING_ARGUMENT, fault
    returned = subgraph.types.get(field.type.name)
    for name in _names(use, "sizedFields"):
        sized = returned.fields.get(name) if returned is not None else None
        if sized is None:
            yield (
                LIST_SIZE_INVALID_SIZED_FIELD,
                f'has sized field "{name}", which "{field.type.name}" does not have',
            )
        elif not sized.type.is_list:
            fault = f'has sized field "{name}", whose type "{sized.type}" is no list; name lists only'
            yield LIST_SIZE_APPLIED_TO_NON_LIST, fault


def _names(use: AppliedDirective, argument: str) -> list[str]:
    value = plain(use.arguments.get(argument))
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
