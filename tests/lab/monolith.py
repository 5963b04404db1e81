"""The expected answer: the API schema over the same world, executed by graphql-core as if it were one server."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from graphql import DocumentNode, GraphQLAbstractType, GraphQLResolveInfo, GraphQLSchema, execute_sync

from tests.lab.sdl import ROOTS
from tests.lab.world import Obj, World


@dataclass
class Expected:
    """What a client should get."""

    data: dict[str, Any] | None = None
    errors: list[str] = field(default_factory=list)
    mutations: list[str] = field(default_factory=list)


def expect(
    schema: GraphQLSchema, world: World, document: DocumentNode, variables: dict[str, Any]
) -> Expected:
    """Execute an operation over the world."""
    expected = Expected()

    def resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        parent = info.parent_type.name
        if parent == "Mutation":
            expected.mutations.append(f"{info.field_name}({json.dumps(arguments, sort_keys=True)})")
        obj = Obj(_root(parent, schema), "") if not isinstance(source, Obj) else source
        return world.value(obj, info.field_name, arguments)

    def resolve_type(value: Obj, _info: GraphQLResolveInfo, _abstract: GraphQLAbstractType) -> str:
        return value.type

    result = execute_sync(
        schema, document, variable_values=variables, field_resolver=resolve, type_resolver=resolve_type
    )
    expected.data = result.data
    expected.errors = [f"{error.message} at {error.path}" for error in result.errors or ()]
    return expected


def _root(name: str, schema: GraphQLSchema) -> str:
    for kind, type_ in zip(ROOTS, (schema.query_type, schema.mutation_type), strict=False):
        if type_ is not None and type_.name == name:
            return kind
    return name
