"""What an interface shows, its implementations show."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merged import Merged, MergedField, MergedType, find
from router.composition.result import CompositionError
from router.federation.codes import IMPLEMENTED_BY_INACCESSIBLE


def visible_interface_fields_are_visible_below(merged: Merged) -> Iterator[CompositionError]:
    """Else the API schema's types would not implement its interfaces.

    Code: IMPLEMENTED_BY_INACCESSIBLE.
    """
    for type_ in merged.types.values():
        if find(type_, "inaccessible"):
            continue
        for name in type_.interfaces:
            interface = merged.types.get(name)
            if interface is not None and not find(interface, "inaccessible"):
                yield from _errors(merged, type_, interface)


def _errors(merged: Merged, type_: MergedType, interface: MergedType) -> Iterator[CompositionError]:
    for field in interface.fields.values():
        own = type_.fields.get(field.name)
        if own is None or find(field, "inaccessible"):
            continue
        if find(own, "inaccessible"):
            message = (
                f'"{own.coordinate}" is @inaccessible but implements "{field.coordinate}", which is not; '
                "hide both, or neither"
            )
            yield merged.error(IMPLEMENTED_BY_INACCESSIBLE, message, own.coordinate, field.coordinate)
        else:
            yield from _argument_errors(merged, own, field)


def _argument_errors(merged: Merged, own: MergedField, field: MergedField) -> Iterator[CompositionError]:
    for argument in field.arguments.values():
        given = own.arguments.get(argument.name)
        if given is not None and find(given, "inaccessible") and not find(argument, "inaccessible"):
            message = (
                f'"{given.coordinate}" is @inaccessible but implements "{argument.coordinate}", which is not; '
                "hide both, or neither"
            )
            yield merged.error(IMPLEMENTED_BY_INACCESSIBLE, message, given.coordinate, field.coordinate)
