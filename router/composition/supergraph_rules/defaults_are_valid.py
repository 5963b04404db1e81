"""Defaults use what is in the merged schema, and visible ones what clients see."""

from __future__ import annotations

from collections.abc import Iterator

from graphql.language import EnumValueNode, ListValueNode, ObjectValueNode, ValueNode

from router.composition.merge.merged import Merged, MergedInput, MergedType, find
from router.composition.result import CompositionError
from router.federation.codes import DEFAULT_VALUE_USES_INACCESSIBLE, INVALID_GRAPHQL
from router.federation.subgraph import Kind
from router.language.values import value_text


def defaults_are_valid(merged: Merged) -> Iterator[CompositionError]:
    """Merging can remove an enum value or input field that a default relies on.

    Codes: INVALID_GRAPHQL, DEFAULT_VALUE_USES_INACCESSIBLE.
    """
    for type_ in merged.types.values():
        type_hidden = find(type_, "inaccessible") is not None
        for item in type_.inputs.values():
            yield from _errors(merged, item, is_hidden=type_hidden or find(item, "inaccessible") is not None)
        for field in type_.fields.values():
            field_hidden = type_hidden or find(field, "inaccessible") is not None
            for argument in field.arguments.values():
                hidden = field_hidden or find(argument, "inaccessible") is not None
                yield from _errors(merged, argument, is_hidden=hidden)


def _errors(merged: Merged, value: MergedInput, *, is_hidden: bool) -> Iterator[CompositionError]:
    if value.default is None:
        return
    type_ = merged.types.get(value.type.name)
    if type_ is None or type_.kind not in (Kind.ENUM, Kind.INPUT):
        return
    for code, part in _faults(merged, type_, value.default):
        if code == INVALID_GRAPHQL:
            message = (
                f'The default {value_text(value.default)} of "{value.coordinate}" uses "{part}", which the merged '
                "schema does not have; change the default, or declare it in every subgraph"
            )
        elif is_hidden:
            continue
        else:
            message = (
                f'"{part}" is @inaccessible but used in the default of "{value.coordinate}", which is not; '
                "change the default, or show what it uses"
            )
        yield merged.error(code, message, value.coordinate, part)


def _faults(merged: Merged, type_: MergedType, node: ValueNode) -> Iterator[tuple[str, str]]:
    if isinstance(node, ListValueNode):
        for item in node.values:
            yield from _faults(merged, type_, item)
    elif isinstance(node, EnumValueNode) and type_.kind is Kind.ENUM:
        coordinate = f"{type_.name}.{node.value}"
        value = type_.values.get(node.value)
        if value is None:
            yield INVALID_GRAPHQL, coordinate
        elif find(value, "inaccessible"):
            yield DEFAULT_VALUE_USES_INACCESSIBLE, coordinate
    elif isinstance(node, ObjectValueNode) and type_.kind is Kind.INPUT:
        yield from _object_faults(merged, type_, node)


def _object_faults(merged: Merged, type_: MergedType, node: ObjectValueNode) -> Iterator[tuple[str, str]]:
    for entry in node.fields:
        field = type_.inputs.get(entry.name.value)
        coordinate = f"{type_.name}.{entry.name.value}"
        if field is None:
            yield INVALID_GRAPHQL, coordinate
            continue
        if find(field, "inaccessible"):
            yield DEFAULT_VALUE_USES_INACCESSIBLE, coordinate
        nested = merged.types.get(field.type.name)
        if nested is not None:
            yield from _faults(merged, nested, entry.value)
