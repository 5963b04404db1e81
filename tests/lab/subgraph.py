"""Subgraphs in this process: graphql-core over a `World`, as one `router.transport.base.SubgraphClient`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
    execute_sync,
)

from router.transport.base import SubgraphRequest, SubgraphResponse
from tests.lab.checks import RequestCheck
from tests.lab.sdl import ROOTS, SubgraphSdl, TypeDef
from tests.lab.world import OBJECTS, POISON, Obj, World


@dataclass(frozen=True)
class Seen:
    """An object as a subgraph holds it; ``representation`` where it came through ``_entities``."""

    obj: Obj
    representation: dict[str, Any] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Asked:
    """One request."""

    subgraph: str
    operation: str
    variables: dict[str, Any]
    errors: tuple[str, ...]


@dataclass
class Record:
    """What happened while one operation was answered."""

    requests: list[Asked] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    mutations: list[str] = field(default_factory=list)
    """Root mutation fields with their arguments, in order of execution."""

    def sent(self) -> list[str]:
        """The requests without client variables, in an order of their own; null and absent inputs are the same."""
        return sorted(
            f"{asked.subgraph} {asked.operation} "
            + json.dumps(
                [
                    sorted(json.dumps(_without_nulls(one), sort_keys=True) for one in v)
                    for v in asked.variables.values()
                    if _are_representations(v)
                ]
            )
            for asked in self.requests
        )


class LabSubgraph:
    """One subgraph of a world."""

    def __init__(self, sdl: SubgraphSdl, world: World, record: Record) -> None:
        self.sdl, self.world, self.record = sdl, world, record
        self._check = RequestCheck(
            sdl,
            frozenset(
                (type_.name, definition.name)
                for other in world.subgraphs.values()
                if other is not sdl
                for type_ in other.types.values()
                for definition in type_.fields.values()
                if definition.override == sdl.name
            ),
        )

    def answer(self, operation: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Execute a request; what is wrong with it goes into the record."""
        document, texts = self.sdl.read(operation)
        if texts:
            self.record.requests.append(Asked(self.sdl.name, operation, variables, texts))
            self.record.violations += [f"{self.sdl.name} refused a request: {text}" for text in texts]
            return {"errors": [{"message": text} for text in texts]}
        self.record.violations += self._check.violations(document)
        result = execute_sync(
            self.sdl.schema,
            document,
            variable_values=variables,
            field_resolver=self._resolve,
            type_resolver=self._resolve_type,
        )
        texts = tuple(f"{error.message} at {error.path}" for error in result.errors or ())
        self.record.requests.append(Asked(self.sdl.name, operation, variables, texts))
        self.record.violations += [f"{self.sdl.name} answered an error: {text}" for text in texts]
        return dict(result.formatted)

    def _resolve_type(self, value: Seen, _info: GraphQLResolveInfo, abstract: GraphQLAbstractType) -> str:
        if abstract.name == "_Entity" and value.obj.type not in self.sdl.types:
            return next(i.name for i in self._interface_objects() if self.world.is_a(value.obj.type, i.name))
        return value.obj.type

    def _interface_objects(self) -> list[TypeDef]:
        return [type_ for type_ in self.sdl.types.values() if type_.is_interface_object]

    def _resolve(self, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        parent, name = info.parent_type.name, info.field_name
        if name == "_service":
            return {"sdl": self.sdl.sdl}
        if isinstance(source, dict):
            return source[name]
        if name == "_entities":
            return [self._entity(representation) for representation in arguments["representations"]]
        if parent in ROOTS:
            if parent == "Mutation":
                self.record.mutations.append(f"{name}({json.dumps(arguments, sort_keys=True)})")
            source = Seen(Obj(parent, ""))
        return self._field(source, self.sdl.types[parent], name, arguments)

    def _field(self, source: Seen, type_: TypeDef, name: str, arguments: dict[str, Any]) -> Any:
        definition = type_.fields[name]
        is_poison = (type_.name, name) in self._check.overridden
        if is_poison and str(definition.type).rstrip("!") in ("String", "ID"):
            return POISON
        required = None
        if definition.requires is not None and not definition.is_external:
            required = self._required(source, definition.requires, f"{type_.name}.{name}")
        return _seen(self.world.value(source.obj, name, arguments, required))

    def _required(self, source: Seen, selections: SelectionSetNode, what: str) -> dict[str, Any]:
        where = f"{self.sdl.name} {what}"
        if source.representation is None:
            self.record.violations.append(f"{where} was asked without a representation")
            return {"missing": True}
        expected = self.world.required(source.obj, selections)
        given = self._read(source.representation, expected, where)
        if given != expected:
            self.record.violations.append(f"{where} was sent {json.dumps(given)}, not {json.dumps(expected)}")
        return dict(given)

    def _read(self, given: Any, expected: Any, where: str) -> Any:
        """The part of a representation that the field set selects."""
        if isinstance(expected, dict) and isinstance(given, dict):
            for name in expected.keys() - given.keys():
                self.record.violations.append(f"{where} lacks the required {name}")
            return {name: self._read(given.get(name), expected[name], where) for name in expected}
        if isinstance(expected, list) and isinstance(given, list) and len(given) == len(expected):
            return [self._read(one, other, where) for one, other in zip(given, expected, strict=True)]
        return given

    def _entity(self, representation: dict[str, Any]) -> Seen | None:
        name = representation.get("__typename")
        where = f"{self.sdl.name} was sent {json.dumps(representation)}, "
        type_ = self.sdl.types.get(name) if isinstance(name, str) else None
        if type_ is None:
            self.record.violations.append(f"{where}a type it does not have")
            return None
        keys = [key for key in type_.keys if key.is_resolvable and _has_all(representation, key.fields)]
        if not keys:
            self.record.violations.append(f"{where}which has no complete resolvable key")
            return None
        found = [
            obj
            for concrete in self.world.concrete(self.sdl, type_.name)
            for obj in self.world.objects(concrete)
            if all(_agrees(representation, self.world.required(obj, key.fields)) for key in keys)
        ]
        if len(found) != 1:
            self.record.violations.append(f"{where}which is {len(found)} of {OBJECTS} objects")
            return None
        return None if self.world.is_missing(found[0], self.sdl.name) else Seen(found[0], representation)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _are_representations(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and "__typename" in value[0]


def _seen(value: Any) -> Any:
    if isinstance(value, list):
        return [_seen(item) for item in value]
    return Seen(value) if isinstance(value, Obj) else value


def _has_all(given: Any, selections: SelectionSetNode) -> bool:
    if isinstance(given, list):
        return all(_has_all(item, selections) for item in given)
    if not isinstance(given, dict):
        return False
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            value = given.get(selection.name.value)
            if value is None:
                return False
            if selection.selection_set is not None and not _has_all(value, selection.selection_set):
                return False
        elif isinstance(selection, InlineFragmentNode) and not _has_all(given, selection.selection_set):
            return False
    return True


def _agrees(given: Any, key: Any) -> bool:
    if isinstance(key, dict):
        return isinstance(given, dict) and all(
            _agrees(given.get(n), v) for n, v in key.items() if n != "__typename"
        )
    if isinstance(key, list):
        return (
            isinstance(given, list)
            and len(given) == len(key)
            and all(_agrees(one, other) for one, other in zip(given, key, strict=True))
        )
    return bool(given == key)


class LabClient:
    """All subgraphs of a world as the router's `SubgraphClient`."""

    def __init__(self, sdls: Sequence[SubgraphSdl], world: World) -> None:
        self.record = Record()
        self._subgraphs = {sdl.name: LabSubgraph(sdl, world, self.record) for sdl in sdls}

    def ask(self, subgraph: str, operation: str, variables: dict[str, Any]) -> dict[str, Any]:
        """One request, answered at once."""
        return self._subgraphs[subgraph].answer(operation, variables)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """One request over the router's interface."""
        body = orjson.loads(request.body)
        for _ in range(sum(request.body) % 7):
            await asyncio.sleep(0)  # answers come in an order of their own
        answer = self.ask(request.subgraph, body["query"], body.get("variables") or {})
        return SubgraphResponse(200, (), orjson.dumps(answer))

    async def close(self) -> None:
        """Nothing to close."""
