"""Reading applied directives of supergraph SDL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from graphql.language import (
    BooleanValueNode,
    ConstDirectiveNode,
    EnumValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
)

from router.language.sdl_nodes import SdlDirective
from router.language.values import value_text


def has_directive(directives: Iterable[ConstDirectiveNode] | None, name: str) -> bool:
    """Whether a directive of this name is applied."""
    return any(node.name.value == name for node in directives or ())


def is_applied(directives: Sequence[SdlDirective], name: str) -> bool:
    """Whether a directive of this name is applied."""
    return bool(directives) and any(node.name == name for node in directives)


def applied_arguments(directives: Iterable[SdlDirective], name: str) -> Iterator[Mapping[str, object]]:
    """Give the arguments of each application of ``name``: strings, booleans, None, lists and mappings."""
    for node in directives:
        if node.name == name:
            yield {key: _plain(value) for key, value in node.arguments}


def _plain(value: ValueNode) -> object:
    if isinstance(value, StringValueNode | EnumValueNode | BooleanValueNode):
        return value.value
    if isinstance(value, NullValueNode):
        return None
    if isinstance(value, ListValueNode):
        return [_plain(item) for item in value.values]
    if isinstance(value, ObjectValueNode):
        return {field.name.value: _plain(field.value) for field in value.fields}
    return value_text(value)
