"""The reference: what one GraphQL server would answer that had all the data of the four subgraphs.

graphql-core executes the operation over the API schema.  Each field is resolved by the resolver of the
subgraph that owns it, taken out of that subgraph's own schema; so an object of the reference carries, for
each subgraph that was needed so far, that subgraph's own object.  Where an object did not come from the owner
of a field, the owner's own reference resolver makes it from the key, and from what ``@requires`` names.

Nothing here knows how the router plans or executes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    default_field_resolver,
    default_type_resolver,
    execute,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    parse,
)
from graphql.language import (
    FieldNode,
    ObjectTypeDefinitionNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
)
from graphql.utilities import coerce_input_value
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from subgraphs.sdl import read_sdl

Json = dict[str, Any]
Info = GraphQLResolveInfo[Any]


@dataclass(frozen=True)
class Owned:
    """What one subgraph says it owns of one type."""

    keys: tuple[SelectionSetNode, ...]
    fields: Mapping[str, SelectionSetNode | None]
    """Fields it resolves itself, each with what it ``@requires`` for that."""


@dataclass(frozen=True)
class Part:
    """One subgraph: its executable schema and what makes its contexts."""

    name: str
    app: Starlette
    graphql: Any
    """The library's ASGI application."""
    schema: GraphQLSchema

    async def context(self, headers: Mapping[str, str]) -> Any:
        """The context that the library gives the resolvers of one request."""
        raw_headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        request = Request({"type": "http", "method": "POST", "headers": raw_headers, "app": self.app})
        if hasattr(self.graphql, "get_context"):  # strawberry
            return await self.graphql.get_context(request, Response())
        context = self.graphql.http_handler.get_context_for_request(request, {})  # ariadne
        return await context if isawaitable(context) else context

    def field(self, type_name: str, field_name: str) -> tuple[GraphQLObjectType, GraphQLField]:
        """The subgraph's own definition of a field."""
        type_ = self.schema.type_map[type_name]
        assert isinstance(type_, GraphQLObjectType)
        return type_, type_.fields[field_name]


@dataclass(eq=False)
class Thing:
    """One object of the reference."""

    type_name: str
    origin: str
    """The subgraph it came from."""
    native: Any
    """That subgraph's object."""
    others: dict[tuple[str, str | None], asyncio.Future[Any]] = field(default_factory=dict)
    """By subgraph, and by field where it has ``@requires``: the objects that reference resolvers made."""


class Monolith:
    """Executes operations; made once for a running fleet."""

    def __init__(self, api_schema: GraphQLSchema, apps: Mapping[str, Starlette]) -> None:
        self._api_schema = api_schema
        self._parts = {name: _part(name, app) for name, app in apps.items()}
        self._owned: dict[str, dict[str, Owned]] = {}
        for name in apps:
            for type_name, owned in _owned_by(name).items():
                self._owned.setdefault(type_name, {})[name] = owned

    async def answer(
        self,
        document: str | DocumentNode,
        variables: Json | None = None,
        operation_name: str | None = None,
        *,
        headers: Mapping[str, str],
    ) -> Json:
        """The GraphQL response: ``data``, and ``errors`` when there are any."""
        contexts = {name: await part.context(headers) for name, part in self._parts.items()}
        result = execute(
            self._api_schema,
            parse(document) if isinstance(document, str) else document,
            None,
            contexts,
            variables,
            operation_name,
            field_resolver=self._resolve,
            type_resolver=_type_name_of,
        )
        finished = await result if isawaitable(result) else result
        return dict(finished.formatted)

    async def _resolve(self, source: Thing | None, info: Info, **arguments: Any) -> Any:
        type_name, field_name = info.parent_type.name, info.field_name
        if source is not None:
            return await self._field_of(source, info, field_name, arguments)
        (name,) = (name for name, owned in self._owned[type_name].items() if field_name in owned.fields)
        return await self._ask(name, type_name, field_name, None, info, arguments)

    async def _field_of(self, thing: Thing, info: Info, field_name: str, arguments: Json) -> Any:
        name, native = await self._native(thing, info, field_name)
        if native is None:  # the owner of the field does not know the object
            return None
        return await self._ask(name, thing.type_name, field_name, native, info, arguments)

    async def _native(self, thing: Thing, info: Info, field_name: str) -> tuple[str, Any]:
        """The subgraph that resolves a field of a thing, and the thing as that subgraph has it."""
        owners = {
            name: owned.fields[field_name]
            for name, owned in self._owned[thing.type_name].items()
            if field_name in owned.fields
        }
        if owners.get(thing.origin, True) is None:
            return thing.origin, thing.native
        name, requires = next(iter(owners.items()))
        which = (name, None if requires is None else field_name)
        if which not in thing.others:
            thing.others[which] = asyncio.ensure_future(self._reference(thing, info, name, requires))
        return name, await thing.others[which]

    async def _reference(self, thing: Thing, info: Info, name: str, requires: SelectionSetNode | None) -> Any:
        """The thing as another subgraph's reference resolver makes it; None when there is none."""
        known = self._owned[thing.type_name][thing.origin].fields
        key = next(
            key
            for key in self._owned[thing.type_name][name].keys
            if all(isinstance(node, FieldNode) and node.name.value in known for node in key.selections)
        )
        representation = {"__typename": thing.type_name, **await self._read(thing, info, key)}
        if requires is not None:
            representation |= await self._read(thing, info, requires)
        type_, field_ = self._parts[name].field("Query", "_entities")
        assert field_.resolve is not None
        own_info = self._info(name, info, type_, field_, "_entities")
        entities = field_.resolve(None, own_info, representations=[representation])
        (entity,) = await entities if isawaitable(entities) else entities
        entity = await entity if isawaitable(entity) else entity
        if isinstance(entity, Exception):
            raise entity
        return entity

    async def _read(self, thing: Thing, info: Info, selections: SelectionSetNode) -> Json:
        """What a field set selects of a thing, as JSON."""
        read: Json = {}
        for node in selections.selections:
            assert isinstance(node, FieldNode), "a field set of the demo has fields only"
            value = await self._field_of(thing, info, node.name.value, {})
            if isinstance(value, Exception):
                raise value
            if isinstance(value, Thing) and node.selection_set is not None:
                value = await self._read(value, info, node.selection_set)
            read[node.name.value] = value
        return read

    async def _ask(
        self,
        name: str,
        type_name: str,
        field_name: str,
        native: Any,
        info: Info,
        arguments: Json,
    ) -> Any:
        """Resolve a field as its subgraph would, from arguments in their JSON form."""
        type_, field_ = self._parts[name].field(type_name, field_name)
        own_info = self._info(name, info, type_, field_, field_name)
        own_arguments = {
            field_.args[argument].out_name or argument: coerce_input_value(value, field_.args[argument].type)
            for argument, value in arguments.items()
        }
        value = (field_.resolve or default_field_resolver)(native, own_info, **own_arguments)
        return await self._wrap(name, field_.type, value, own_info)

    def _info(
        self,
        name: str,
        info: Info,
        type_: GraphQLObjectType,
        field_: GraphQLField,
        field_name: str,
    ) -> Info:
        return info._replace(
            field_name=field_name,
            return_type=field_.type,
            parent_type=type_,
            schema=self._parts[name].schema,
            context=info.context[name],
        )

    async def _wrap(self, name: str, type_: Any, value: Any, info: Info) -> Any:
        """The subgraph's value in terms of the reference; errors inside lists stay in their places."""
        value = await value if isawaitable(value) else value
        type_ = get_nullable_type(type_)
        if value is None or isinstance(value, Exception):
            return value
        if is_list_type(type_):
            return [await self._wrap(name, type_.of_type, item, info) for item in value]
        if is_leaf_type(type_):
            return type_.serialize(value)
        if is_abstract_type(type_):
            found = (type_.resolve_type or default_type_resolver)(value, info, type_)
            found = await found if isawaitable(found) else found
            return Thing(found.name if isinstance(found, GraphQLNamedType) else str(found), name, value)
        return Thing(type_.name, name, value)


def _type_name_of(value: Thing, _info: Info, _type: Any) -> str:
    return value.type_name


def _part(name: str, app: Starlette) -> Part:
    route: Any = next(route for route in app.routes if getattr(route, "path", "") == "/graphql")
    graphql = getattr(route.endpoint, "__self__", route.endpoint)
    schema = graphql.http_handler.schema if hasattr(graphql, "http_handler") else graphql.schema
    return Part(name, app, graphql, schema if isinstance(schema, GraphQLSchema) else schema._schema)


def _owned_by(subgraph: str) -> dict[str, Owned]:
    """What the SDL of a subgraph says it owns."""
    return {
        node.name.value: Owned(
            tuple(
                _field_set(directive) for directive in node.directives or () if directive.name.value == "key"
            ),
            {
                field_.name.value: next(
                    (_field_set(d) for d in field_.directives or () if d.name.value == "requires"), None
                )
                for field_ in node.fields or ()
                if all(directive.name.value != "external" for directive in field_.directives or ())
            },
        )
        for node in parse(read_sdl(subgraph)).definitions
        if isinstance(node, ObjectTypeDefinitionNode)
    }


def _field_set(directive: Any) -> SelectionSetNode:
    (text,) = (node.value for node in directive.arguments if node.name.value == "fields")
    assert isinstance(text, StringValueNode)
    operation = parse(f"{{ {text.value} }}").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return operation.selection_set
