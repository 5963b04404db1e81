"""What clients see has types that clients see."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merged import Merged, MergedField, MergedInput, MergedType, find
from router.composition.result import CompositionError
from router.federation.codes import REFERENCED_INACCESSIBLE


def visible_elements_have_visible_types(merged: Merged) -> Iterator[CompositionError]:
    """Hiding a type means hiding every field, argument and input field of it.

    Code: REFERENCED_INACCESSIBLE.
    """
    hidden = {name for name, type_ in merged.types.items() if find(type_, "inaccessible")}
    if not hidden:
        return
    for type_ in merged.types.values():
        if type_.name in hidden:
            continue
        for element in _elements(type_):
            if element.type.name in hidden:
                message = (
                    f'"{element.type.name}" is @inaccessible but is the type of "{element.coordinate}", which is '
                    "not; hide both, or neither"
                )
                name = element.type.name
                yield merged.error(REFERENCED_INACCESSIBLE, message, element.coordinate, name)


def _elements(type_: MergedType) -> Iterator[MergedField | MergedInput]:
    """The visible fields, arguments and input fields of a type."""
    for field in type_.fields.values():
        if not find(field, "inaccessible"):
            yield field
            yield from (a for a in field.arguments.values() if not find(a, "inaccessible"))
    yield from (i for i in type_.inputs.values() if not find(i, "inaccessible"))
