"""Whether a value written in an SDL fits the type it is given for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphql import parse_value
from graphql.language import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

from router.federation.subgraph import Kind, Subgraph, TypeDefinition, TypeRef
from router.language.values import value_text

_TAKES: Final[dict[str, tuple[type[ValueNode], ...]]] = {
    "Int": (IntValueNode,),
    "Float": (IntValueNode, FloatValueNode),
    "String": (StringValueNode,),
    "Boolean": (BooleanValueNode,),
    "ID": (StringValueNode, IntValueNode),
}
_INT_BITS: Final = 31


def literal_faults(subgraph: Subgraph, type_: TypeRef, text: str) -> Iterator[str]:
    """Say what is wrong with a value, given as GraphQL text: a sentence for each part that does not fit.

    A scalar of the subgraph's own takes anything.  Input fields that are missing are not looked for, as other
    composers do not either.
    Spec: GraphQL, "Values of Correct Type"; "Input Coercion" of each type.
    """
    yield from _faults(subgraph, type_, 0, parse_value(text, no_location=True))


def _faults(subgraph: Subgraph, type_: TypeRef, depth: int, node: ValueNode) -> Iterator[str]:
    """``depth``: how many lists are around the value."""
    if isinstance(node, VariableNode):
        yield f"it uses the variable {value_text(node)}; only constants have a meaning here"
    elif isinstance(node, NullValueNode):
        if type_.required[depth]:
            yield f'null is no value of "{type_}"'
    elif depth + 1 < len(type_.required):
        items = node.values if isinstance(node, ListValueNode) else (node,)
        for item in items:
            yield from _faults(subgraph, type_, depth + 1, item)
    else:
        yield from _leaf_faults(subgraph, type_.name, node)


def _leaf_faults(subgraph: Subgraph, name: str, node: ValueNode) -> Iterator[str]:
    definition = subgraph.types.get(name)
    takes = _TAKES.get(name)
    if definition is None:
        fits = takes is None or isinstance(node, takes)
        if name == "Int" and isinstance(node, IntValueNode):
            fits = -(2**_INT_BITS) <= int(node.value) < 2**_INT_BITS
    elif definition.kind is Kind.ENUM:
        fits = isinstance(node, EnumValueNode) and node.value in definition.values
    elif definition.kind is Kind.INPUT:
        if isinstance(node, ObjectValueNode):
            yield from _object_faults(subgraph, definition, node)
            return
        fits = False
    else:
        fits = True
    if not fits:
        yield f'{value_text(node)} is no value of "{name}"'


def _object_faults(subgraph: Subgraph, definition: TypeDefinition, node: ObjectValueNode) -> Iterator[str]:
    for entry in node.fields:
        field = definition.inputs.get(entry.name.value)
        if field is None:
            yield f'"{definition.name}" has no field "{entry.name.value}"'
        else:
            yield from _faults(subgraph, field.type, 0, entry.value)
