"""The arguments of a subscription's field, as its resolver would get them."""

from __future__ import annotations

from typing import Any

from graphql import parse_const_value, parse_value
from graphql.language import ListValueNode, ObjectValueNode, ValueNode, VariableNode

from router.execution.compile import CompiledPlan
from router.execution.context import Json
from router.language.operation import Field, OperationKind, TypeRef
from router.language.values import plain


def root_field(compiled: CompiledPlan) -> Field | None:
    """Give the one root field that a subscription asks for; None where it asks for ``__typename`` alone."""
    fields = compiled.plan.operation.selection_set.fields()
    return next((field for field in fields if not field.name.startswith("__")), None)


def root_arguments(compiled: CompiledPlan, field: Field, variables: Json) -> Json:
    """Give them by name as JSON values, with the schema's defaults; who is neither given nor has one is left out.

    ``variables`` are coerced.  Cost: one small parse.
    """
    supergraph = compiled.supergraph
    written: Json = {}
    if field.arguments:
        node = parse_value("{" + field.arguments[1:-1] + "}", no_location=True)
        written = _json(node, variables)
    declared = supergraph.types[supergraph.roots[OperationKind.SUBSCRIPTION]].fields[field.name].arguments
    found: Json = {}
    for argument in declared:
        if argument.name in written:
            found[argument.name] = _listed(argument.type, written[argument.name])
        elif argument.default is not None:
            found[argument.name] = _listed(argument.type, plain(parse_const_value(argument.default)))
    return found


def _json(node: ValueNode, variables: Json) -> Any:
    if isinstance(node, VariableNode):
        return variables.get(node.name.value)
    if isinstance(node, ListValueNode):
        return [_json(item, variables) for item in node.values]
    if isinstance(node, ObjectValueNode):
        return {
            field.name.value: _json(field.value, variables)
            for field in node.fields
            # A variable that was not given leaves its place empty, as if nothing stood there.
            if not isinstance(field.value, VariableNode) or field.value.name.value in variables
        }
    return plain(node)


def _listed(type_: TypeRef, value: Any) -> Any:
    """Give one value that stands for a list as that list."""
    return [value] if type_.of is not None and value is not None and not isinstance(value, list) else value
