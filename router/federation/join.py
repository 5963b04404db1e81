"""Reading applied directives of supergraph SDL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from graphql.language import (
    BooleanValueNode,
    ConstDirectiveNode,
    EnumValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    print_ast,
)


def has_directive(directives: Iterable[ConstDirectiveNode] | None, name: str) -> bool:
    """Whether a directive of this name is applied."""
    return any(node.name.value == name for node in directives or ())


def directive_arguments(
    directives: Iterable[ConstDirectiveNode] | None, name: str
) -> Iterator[Mapping[str, object]]:
    """Give the arguments of each application of ``name``: strings, booleans, None, lists and mappings."""
    for node in directives or ():
        if node.name.value == name:
            yield {argument.name.value: _plain(argument.value) for argument in node.arguments or ()}


def join_arguments(directives: Iterable[ConstDirectiveNode] | None) -> Iterator[Mapping[str, object]]:
    """Give the arguments of each ``@join__field``."""
    return directive_arguments(directives, "join__field")


def _plain(value: ValueNode) -> object:
    if isinstance(value, StringValueNode | EnumValueNode | BooleanValueNode):
        return value.value
    if isinstance(value, NullValueNode):
        return None
    if isinstance(value, ListValueNode):
        return [_plain(item) for item in value.values]
    if isinstance(value, ObjectValueNode):
        return {field.name.value: _plain(field.value) for field in value.fields}
    return print_ast(value)
