"""A visible type has something visible in it."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merged import Merged, MergedField, MergedInput, MergedType, MergedValue, find
from router.composition.result import CompositionError
from router.federation.codes import ONLY_INACCESSIBLE_CHILDREN
from router.federation.subgraph import Kind


def visible_types_have_visible_content(merged: Merged) -> Iterator[CompositionError]:
    """GraphQL knows no empty types.

    Code: ONLY_INACCESSIBLE_CHILDREN.
    """
    for type_ in merged.types.values():
        if type_.kind is Kind.SCALAR or find(type_, "inaccessible"):
            continue
        parts = _parts(merged, type_)
        if parts and not any(parts):
            message = (
                f'"{type_.name}" is visible, but everything in it is @inaccessible; '
                "hide the type too, or show a part of it"
            )
            yield merged.error(ONLY_INACCESSIBLE_CHILDREN, message, type_.name)


def _parts(merged: Merged, type_: MergedType) -> list[bool]:
    """For each part of the type, whether it is visible."""
    if type_.kind is Kind.UNION:
        return [not find(merged.types[m], "inaccessible") for m in type_.members if m in merged.types]
    elements: list[MergedField | MergedInput | MergedValue] = [
        *type_.fields.values(),
        *type_.inputs.values(),
        *type_.values.values(),
    ]
    return [not find(element, "inaccessible") for element in elements]
