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


@dataclass(frozen=True)
class Held:
    """An object where it stands in the response; ``around`` from the nearest to the root."""

    obj: Obj
    around: tuple[Obj, ...]


def expect(
    schema: GraphQLSchema, world: World, document: DocumentNode, variables: dict[str, Any]
) -> Expected:
    """Execute an operation over the world."""
    expected = Expected()

    def resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        parent = info.parent_type.name
        if parent == "Mutation":
            expected.mutations.append(f"{info.field_name}({json.dumps(arguments, sort_keys=True)})")
        held = source if isinstance(source, Held) else Held(Obj(_root(parent, schema), ""), ())
        arguments |= world.from_contexts(held.obj, info.field_name, held.around)
        return _held(world.value(held.obj, info.field_name, arguments), (held.obj, *held.around))

    def resolve_type(value: Held, _info: GraphQLResolveInfo, _abstract: GraphQLAbstractType) -> str:
        return value.obj.type

    result = execute_sync(
        schema, document, variable_values=variables, field_resolver=resolve, type_resolver=resolve_type
    )
    expected.data = result.data
    expected.errors = [f"{error.message} at {error.path}" for error in result.errors or ()]
    return expected


def _held(value: Any, around: tuple[Obj, ...]) -> Any:
    if isinstance(value, list):
        return [_held(item, around) for item in value]
    return Held(value, around) if isinstance(value, Obj) else value


def _root(name: str, schema: GraphQLSchema) -> str:
    for kind, type_ in zip(ROOTS, (schema.query_type, schema.mutation_type), strict=False):
        if type_ is not None and type_.name == name:
            return kind
    return name
