"""Subgraphs whose every answer stands in a case file, reached in this process.

``--- data NAME`` is JSON: type name → root values (an object) for ``Query`` and ``Mutation``, and for any other
type the list of its entities.  An object value that holds a key of such an entity is completed from the list, so
references need only keys; what stands in the reference itself (as on a path with ``@provides``) wins.  A field
that the data does not have at all is a fault of the request: a subgraph is asked only what it can know.

    {"__typename": "Dog", …}            which type, where the field's type is abstract
    {"__error": "message"}              raises; as a member of an entity (``"__error": …``): that entity raises
    {"id": "1", "__once": true}         an entity that is gone once it has been looked up
    {"__by": "unit", "KG": 3, "G": 2}   depends on an argument (several: "a,b", values joined by a comma)
    {"__sum": ["price", "box.weight"]}  of what the representation holds; lists are walked
    {"__concat": ["name", "=: ", "?x"]} the same as text; ``=`` marks literal text, ``?`` what may be absent
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
    execute_sync,
    get_named_type,
    is_composite_type,
    parse,
    validate,
)

from tests.lab.sdl import ROOTS, SubgraphSdl

Json: TypeAlias = dict[str, Any]
REPRESENTATION = "__representation"


@lru_cache(maxsize=32)
def _read(name: str, sdl: str) -> SubgraphSdl:
    return SubgraphSdl(name, sdl)


class FixedSubgraph:
    """One subgraph of a case."""

    def __init__(self, name: str, sdl: str, data: Json, faults: list[str]) -> None:
        """``faults`` takes in every request that no subgraph should be sent."""
        self.name, self.data, self.faults = name, data, faults
        self._gone: list[Json] = []
        self.sdl = _read(name, sdl)

    def answer(self, operation: str, variables: Json) -> Json:
        """Execute a request."""
        document = parse(operation)
        errors = validate(self.sdl.schema, document)
        if errors:
            for error in errors:
                self._fault(f"cannot take {operation}: {error.message}")
            return {"errors": [{"message": error.message} for error in errors]}
        result = execute_sync(
            self.sdl.schema,
            document,
            variable_values=variables,
            field_resolver=self._resolve,
            type_resolver=self._resolve_type,
        )
        return dict(result.formatted)

    def _fault(self, text: str) -> None:
        self.faults.append(f"{self.name} {text}")

    def _resolve_type(self, value: Json, _info: GraphQLResolveInfo, abstract: GraphQLAbstractType) -> str:
        if "__typename" not in value:
            self._fault(f"has no __typename for a {abstract.name} in its data")
        return str(value["__typename"])

    def _resolve(self, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        parent, name = info.parent_type.name, info.field_name
        if name == "_entities" and parent == "Query":
            return [self._entity(one) for one in arguments["representations"]]
        if parent in ROOTS:
            source = self.data.get(parent, {})
        if name not in source:
            self._fault(f"was asked {parent}.{name} of {json.dumps(source)}, which it does not know")
            return None
        return self._value(source[name], source, info, arguments)

    def _value(self, value: Any, source: Json, info: GraphQLResolveInfo, arguments: Json) -> Any:
        if isinstance(value, list):
            return [self._value(one, source, info, arguments) for one in value]
        if not isinstance(value, dict):
            return value
        if "__error" in value:
            return ValueError(value["__error"])
        if "__by" in value:
            given = ",".join(_key_text(arguments.get(name)) for name in value["__by"].split(","))
            if given not in value and "__else" not in value:
                self._fault(f"was asked {info.field_name} for {given}, which is not in its data")
            return self._value(value.get(given, value.get("__else")), source, info, arguments)
        if "__sum" in value:
            return sum(one for path in value["__sum"] for one in _flat(self._read(source, path, info)))
        if "__concat" in value:
            return "".join(
                path[1:] if path.startswith("=") else _text(self._read(source, path, info))
                for path in value["__concat"]
            )
        named = get_named_type(info.return_type)
        if not is_composite_type(named):
            return value
        type_name = named.name if isinstance(named, GraphQLObjectType) else value.get("__typename", "")
        return self._completed(type_name, value)

    def _completed(self, type_name: str, value: Json) -> Json:
        """An object with all that is known of it as an entity."""
        found = next(self._matching(type_name, value), None)
        return value if found is None else {**found, **value}

    def _matching(self, type_name: str, given: Json, *, resolvable: bool = False) -> Iterator[Json]:
        type_ = self.sdl.types.get(type_name)
        for key in () if type_ is None else type_.keys:
            if (resolvable and not key.is_resolvable) or not _holds(given, key.fields):
                continue
            for name in dict.fromkeys([type_name, *self.sdl.possible(type_name)]):
                for entity in self.data.get(name, ()):
                    if _agrees(entity, given, key.fields):
                        yield {"__typename": name, **entity}

    def _entity(self, representation: Json) -> Any:
        type_ = self.sdl.types.get(representation.get("__typename", ""))
        if type_ is None:
            self._fault(f"was sent a type it does not have: {json.dumps(representation)}")
            return None
        if not any(key.is_resolvable and _holds(representation, key.fields) for key in type_.keys):
            self._fault(f"was sent no complete resolvable key: {json.dumps(representation)}")
            raise ValueError("a representation without a key")
        found = next(self._matching(type_.name, representation, resolvable=True), None)
        if found is None or found in self._gone:
            return None
        if "__once" in found:
            self._gone.append(found)
        if "__error" in found:
            return ValueError(found["__error"])
        return {**found, REPRESENTATION: representation}

    def _read(self, source: Json, path: str, info: GraphQLResolveInfo) -> Any:
        steps = path.removeprefix("?").split(".")
        try:
            return _walk(source[REPRESENTATION], steps)
        except KeyError:
            if not path.startswith("?"):
                self._fault(
                    f"was asked {info.parent_type.name}.{info.field_name} without the required {path}: "
                    + json.dumps(source.get(REPRESENTATION))
                )
            return None


def _walk(value: Any, steps: list[str]) -> Any:
    if not steps or value is None:
        return value
    if isinstance(value, list):
        return [_walk(one, steps) for one in value]
    return _walk(value[steps[0]], steps[1:])


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _flat(one)
    elif value is not None:
        yield value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _key_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _fields(selections: SelectionSetNode) -> Iterator[FieldNode]:
    for selection in selections.selections:
        if isinstance(selection, FieldNode) and selection.name.value != "__typename":
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from _fields(selection.selection_set)


def _holds(given: Any, key: SelectionSetNode) -> bool:
    """Whether every field of a key is there, and none is null."""
    if isinstance(given, list):
        return all(_holds(one, key) for one in given)
    return isinstance(given, dict) and all(
        given.get(field.name.value) is not None
        and (field.selection_set is None or _holds(given[field.name.value], field.selection_set))
        for field in _fields(key)
    )


def _agrees(entity: Any, given: Any, key: SelectionSetNode) -> bool:
    if isinstance(entity, list):
        return (
            isinstance(given, list)
            and len(given) == len(entity)
            and all(_agrees(one, other, key) for one, other in zip(entity, given, strict=True))
        )
    return isinstance(entity, dict) and all(
        _agrees(entity.get(field.name.value), given[field.name.value], field.selection_set)
        if field.selection_set is not None
        else entity.get(field.name.value) == given[field.name.value]
        for field in _fields(key)
    )
