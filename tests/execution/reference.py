"""A slow and obvious executor: what the compiled one must agree with.

Nothing is compiled and nothing is remembered but one table: which entity belongs to which object, the object
named by its path with data keys and indices.  An object is the list of all (fetch, dictionary, selections) that
stand at its path; every question walks down from the root again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
)

from router.execution.leaves import supergraph_enum_values
from router.federation.supergraph import Supergraph
from router.language.operation import Field, SelectionSet
from router.planning.plan import (
    EntityFetch,
    FetchField,
    FetchNode,
    QueryPlan,
    RepresentationField,
)

Path = tuple[str | int, ...]
Ask = Callable[[FetchNode, list[list[dict[str, Any]]]], Any]
"""Takes a fetch and its representations, one list per `_entities` selection; gives the GraphQL result."""

MISSING = object()


class Nulls(dict[str, Any]):
    """An entity the subgraph does not know: its values are null."""

    def get(self, key: str, default: Any = None) -> Any:
        """Null, whatever is asked for."""
        return None


@dataclass
class Object:
    """One object: its path, its possible types, and everything known of it."""

    path: Path
    types: tuple[str, ...]
    sources: list[tuple[int, dict[str, Any], tuple[Any, ...]]]


@dataclass
class Reference:
    """One execution."""

    plan: QueryPlan
    supergraph: Supergraph
    ask: Ask
    answers: dict[int, dict[str, Any]] = field(default_factory=dict)
    entities: dict[Path, list[tuple[int, EntityFetch, dict[str, Any]]]] = field(default_factory=dict)
    waited: dict[tuple[int, int], list[tuple[Path, int]]] = field(default_factory=dict)
    upstream: set[tuple[int, Path, str]] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    failures: list[int] = field(default_factory=list)
    errors: set[tuple[Path, str]] = field(default_factory=set)
    nulled: set[tuple[int, str]] = field(default_factory=set)

    def execute(self) -> Any:
        """Give the data; `errors` has (path, code) of what completion found, `upstream` of what was reported."""
        for fetch in self.plan.fetches:
            self.run(fetch)
        root_type = self.supergraph.roots[self.plan.operation.kind]
        root = self.root(None)
        data = self.complete_object(root, root_type, [self.plan.operation.selection_set], ())
        return None if data is MISSING else data

    # -- fetches ----------------------------------------------------------------------------------

    def run(self, fetch: FetchNode) -> None:
        visible = self.ancestors(fetch)
        batches: list[list[dict[str, Any]]] = []
        for number, entity in enumerate(fetch.entities):
            batch: list[bytes] = []
            waited = self.waited[fetch.id, number] = []
            for path in entity.paths:
                for found in self.objects_at(self.root(visible), path, visible):
                    representation = self.represent(found, entity, visible)
                    if representation is not None:
                        text = orjson.dumps(representation)
                        if text not in batch:
                            batch.append(text)
                        waited.append((found.path, batch.index(text)))
            batches.append([orjson.loads(text) for text in batch])
        if fetch.entities and not any(batches):
            return
        self.read(fetch, batches, self.ask(fetch, batches))

    def ancestors(self, fetch: FetchNode) -> frozenset[int]:
        above = set(fetch.depends_on)
        for id_ in fetch.depends_on:
            above |= self.ancestors(self.plan.fetches[id_])
        return frozenset(above)

    def read(self, fetch: FetchNode, batches: list[list[dict[str, Any]]], result: Any) -> None:
        if not isinstance(result, dict) or not ("data" in result or "errors" in result):
            self.fail(fetch)
            return
        for error in result.get("errors") or []:
            self.report(fetch, error)
        data = result.get("data")
        is_silent = data is None and not result.get("errors")
        if is_silent or not isinstance(data, dict | None):
            self.fail(fetch)
        elif data is not None:
            self.answers[fetch.id] = data
            for error in result.get("errors") or []:
                self.note_null(data, error.get("path") or [])
            for number, entity in enumerate(fetch.entities):
                self.read_entities(fetch, number, entity, data, len(batches[number]), result)

    def read_entities(
        self, fetch: FetchNode, number: int, entity: EntityFetch, data: Any, count: int, result: Any
    ) -> None:
        if count == 0:
            return
        items = [data] if entity.is_root else data.get(entity.alias)
        if items is None and result.get("errors"):
            return
        if not isinstance(items, list) or len(items) != count:
            self.fail(fetch)
            return
        if any(item is not None and not isinstance(item, dict) for item in items):
            self.fail(fetch)
        for path, index in self.waited[fetch.id, number]:
            known = self.entities.setdefault(path, [])
            item = items[index]
            if item is None and not self.has_error(entity.alias, index, result):
                item = Nulls()
            if isinstance(item, dict) and not any(f == fetch.id and e is entity for f, e, _ in known):
                known.append((fetch.id, entity, item))

    def note_null(self, value: Any, path: list[Any]) -> None:
        """A null with an error is no value: remember the field that it, or the list it is in, stands under."""
        under: tuple[int, str] | None = None
        for key in path:
            if isinstance(value, dict) and isinstance(key, str):
                under, value = (id(value), key), value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                return
            if value is None:
                self.nulled.update([under] if under else [])
                return

    def has_error(self, alias: str, index: int, result: Any) -> bool:
        paths = [error.get("path") or [] for error in result.get("errors") or []]
        return any(len(path) < 2 or path[:2] == [alias, index] for path in paths)

    def fail(self, fetch: FetchNode) -> None:
        self.failed.add(fetch.id)
        self.failures.append(fetch.id)

    def report(self, fetch: FetchNode, error: dict[str, Any]) -> None:
        path, code = error.get("path"), error.get("extensions", {}).get("code", "SUBGRAPH_ERROR")
        if not path:
            self.failed.add(fetch.id)
            return
        if not fetch.entities:
            self.upstream.add((fetch.id, self.client_path((), tuple(path), fetch.selections), code))
            return
        if fetch.entities[0].is_root:
            path = ["", 0, *path]
        number = [entity.alias for entity in fetch.entities].index(path[0])
        for place, index in self.waited[fetch.id, number]:
            if index == path[1]:
                below = fetch.entities[number].selections
                self.upstream.add((fetch.id, self.client_path(place, tuple(path[2:]), below), code))

    def client_path(self, place: Path, rest: Path, selections: tuple[Any, ...]) -> Path:
        """The path to a place, by data keys, and on by wire keys of ``selections``: as the client sees it."""
        data_path = place
        for step in rest:
            data_key = step
            if isinstance(step, str):
                fields = [f for f in flatten(selections, None) if f.wire_key == step]
                if not fields:
                    break
                data_key = fields[0].data_key
                selections = tuple(s for f in fields for s in f.selections)
            data_path = (*data_path, data_key)
        shown: Path = ()
        sets = [self.plan.operation.selection_set]
        for step in data_path:
            response_key = step
            if isinstance(step, str):
                fields_shown = [f for s in sets for f in s.fields() if f.data_key == step]
                if not fields_shown:
                    break
                response_key = fields_shown[0].response_key
                sets = [f.selection_set for f in fields_shown if f.selection_set is not None]
            shown = (*shown, response_key)
        return shown

    # -- objects ----------------------------------------------------------------------------------

    def root(self, visible: frozenset[int] | None) -> Object:
        sources = [
            (fetch.id, self.answers[fetch.id], fetch.selections)
            for fetch in self.plan.fetches
            if not fetch.entities and fetch.id in self.answers and (visible is None or fetch.id in visible)
        ]
        return Object((), (self.supergraph.roots[self.plan.operation.kind],), sources)

    def object(
        self, path: Path, types: tuple[str, ...], sources: list[Any], visible: frozenset[int] | None
    ) -> Object:
        for fetch, entity, value in self.entities.get(path, []):
            if visible is None or fetch in visible:
                sources = [*sources, (fetch, value, entity.selections)]
        return Object(path, types, sources)

    def runtime_type(self, found: Object) -> str | None:
        if len(found.types) == 1:
            return found.types[0]
        for _, value, selections in found.sources:
            for f in flatten(selections, None):
                if f.data_key == "__typename" and isinstance(value.get(f.wire_key), str):
                    return value[f.wire_key]
        return None

    def values(self, found: Object, type_name: str, data_key: str) -> list[tuple[int, FetchField, Any]]:
        """What each source has under a data key, MISSING where the key is not there."""
        values: list[tuple[int, FetchField, Any]] = []
        for fetch, value, selections in found.sources:
            seen: dict[str, list[FetchField]] = {}
            for f in flatten(selections, type_name):
                if f.data_key == data_key:
                    seen.setdefault(f.wire_key, []).append(f)
            for wire_key, fields in seen.items():
                below = tuple(s for f in fields for s in f.selections)
                merged = FetchField(fields[0].name, data_key, wire_key, below, fields[0].list_depth)
                values.append((fetch, merged, value.get(wire_key, MISSING)))
        return values

    def children(
        self, found: Object, type_name: str, data_key: str, visible: frozenset[int] | None
    ) -> Iterator[Object]:
        values = [
            v for v in self.values(found, type_name, data_key) if v[2] is not MISSING and v[2] is not None
        ]
        if values:
            named = self.supergraph.types[type_name].fields[values[0][1].name].type.name
            types = self.supergraph.possible_types(named)
            yield from self.spread((*found.path, data_key), types, values, visible)

    def spread(
        self, path: Path, types: tuple[str, ...], values: list[Any], visible: frozenset[int] | None
    ) -> Iterator[Object]:
        values = [v for v in values if v[2] is not None]
        if values and all(isinstance(v[2], list) for v in values):
            for index in range(max(len(v[2]) for v in values)):
                items = [(f, s, v[index]) for f, s, v in values if index < len(v)]
                yield from self.spread((*path, index), types, items, visible)
        elif values and all(isinstance(v[2], dict) for v in values):
            yield self.object(path, types, [(f, v, s.selections) for f, s, v in values], visible)

    def objects_at(self, found: Object, path: Any, visible: frozenset[int]) -> Iterator[Object]:
        while path and path[0] == "@":
            path = path[1:]
        if not path:
            yield found
            return
        type_name = self.runtime_type(found)
        if isinstance(path[0], tuple):
            if type_name in path[0]:
                yield from self.objects_at(found, path[1:], visible)
            return
        if type_name is None and self.is_typed(found.path, found.types, visible):
            return
        if type_name is not None and type_name not in found.types:
            return
        for child in self.children(found, type_name or found.types[0], path[0], visible):
            yield from self.objects_at(child, path[1:], visible)

    # -- representations --------------------------------------------------------------------------

    def represent(self, found: Object, entity: EntityFetch, visible: frozenset[int]) -> Any:
        type_name = self.runtime_type(found)
        if type_name is None:
            if self.is_typed(found.path, found.types, visible):
                return None
            type_name = found.types[0]
        for how in entity.representations:
            if type_name in how.types:
                members = self.members(found, type_name, how.selections, visible)
                return None if members is MISSING else {"__typename": how.typename or type_name, **members}
        return None

    def members(self, found: Object, type_name: str, selections: Any, visible: frozenset[int]) -> Any:
        members: dict[str, Any] = {}
        for selection in selections:
            if not isinstance(selection, RepresentationField):
                if type_name in selection.types:
                    inner = self.members(found, type_name, selection.selections, visible)
                    if inner is MISSING:
                        return MISSING
                    members.update(inner)
                continue
            if selection.name == "__typename":
                members["__typename"] = type_name
                continue
            held = self.values(found, type_name, selection.data_key)
            values = [v for v in held if v[2] is not MISSING]
            there = [v for v in values if v[2] is not None]
            if not there and selection.is_key:
                return MISSING
            if not values:
                wanted = self.holders(found.path, type_name, selection.data_key) & visible
                if wanted - {fetch for fetch, _, _ in held}:
                    return MISSING
                continue
            if not there and self.is_nulled(found, type_name, selection.data_key):
                return MISSING
            if not there:
                members[selection.name] = None
            elif not selection.selections:
                members[selection.name] = there[0][2]
            else:
                named = self.supergraph.types[type_name].fields[there[0][1].name].type.name
                types = self.supergraph.possible_types(named)
                path = (*found.path, selection.data_key)
                value = self.nested(path, types, there, selection, visible)
                if value is MISSING:
                    return MISSING
                members[selection.name] = value
        return members

    def is_nulled(self, found: Object, type_name: str, data_key: str) -> bool:
        return any(
            (id(value), f.wire_key) in self.nulled
            for _, value, selections in found.sources
            for f in flatten(selections, type_name)
            if f.data_key == data_key
        )

    def nested(
        self, path: Path, types: Any, values: list[Any], selection: Any, visible: frozenset[int]
    ) -> Any:
        values = [v for v in values if v[2] is not None]
        if not values:
            return None
        if all(isinstance(v[2], list) for v in values):
            nested = []
            for index in range(max(len(v[2]) for v in values)):
                items = [(f, s, v[index]) for f, s, v in values if index < len(v)]
                value = self.nested((*path, index), types, items, selection, visible)
                if value is MISSING:
                    return MISSING
                nested.append(value)
            return nested
        if not all(isinstance(v[2], dict) for v in values):
            return MISSING
        found = self.object(path, types, [(f, v, s.selections) for f, s, v in values], visible)
        type_name = self.runtime_type(found)
        if type_name is None or type_name not in types:
            return MISSING
        return self.members(found, type_name, selection.selections, visible)

    # -- completion -------------------------------------------------------------------------------

    def complete_object(self, found: Object, type_name: str, sets: list[SelectionSet], path: Path) -> Any:
        grouped: dict[str, list[Field]] = {}
        for selection_set in sets:
            self.collect(selection_set, type_name, grouped)
        completed: dict[str, Any] = {}
        for key, fields in grouped.items():
            value = self.complete_field(found, type_name, fields, (*path, key))
            if value is MISSING:
                return MISSING
            completed[key] = value
        return completed

    def collect(self, selection_set: SelectionSet, type_name: str, grouped: dict[str, list[Field]]) -> None:
        for selection in selection_set.selections:
            if isinstance(selection, Field):
                grouped.setdefault(selection.response_key, []).append(selection)
            elif selection.type_condition is None or type_name in self.supergraph.possible_types(
                selection.type_condition
            ):
                self.collect(selection.selection_set, type_name, grouped)

    def complete_field(self, found: Object, type_name: str, fields: list[Field], path: Path) -> Any:
        first = fields[0]
        if first.name == "__typename":
            return type_name
        is_typed = len(found.types) == 1 or self.is_typed(found.path, found.types)
        owner = self.supergraph.api_schema.type_map[type_name if is_typed else first.parent_type]
        assert isinstance(owner, GraphQLObjectType | GraphQLInterfaceType)
        held = self.values(found, type_name, first.data_key)
        values = [(f, s, None if v is MISSING else v) for f, s, v in held]
        fetches = self.holders(found.path, type_name, first.data_key)
        lost = fetches - {fetch for fetch, _, _ in found.sources}
        context = (path, fields, (fetches, lost), (*found.path, first.data_key))
        return self.complete(owner.fields[first.name].type, values, context)

    def complete(self, type_: Any, values: list[Any], context: Any) -> Any:
        path, _, fetches, _ = context
        if not isinstance(type_, GraphQLNonNull):
            value = self.complete_nullable(type_, values, context)
            return None if value is MISSING else value
        value = self.complete_nullable(type_.of_type, values, context)
        if value is None:
            if not self.is_excused(path, *fetches):
                self.errors.add((path, "SUBGRAPH_NULL_VALUE"))
            return MISSING
        return value

    def complete_nullable(self, type_: Any, values: list[Any], context: Any) -> Any:
        """MISSING: a null below must rise."""
        path, fields, fetches, place = context
        values = [v for v in values if v[2] is not None]
        if not values:
            return None
        if isinstance(type_, GraphQLList):
            if not all(isinstance(v[2], list) for v in values):
                return self.invalid(path)
            completed = []
            for index in range(max(len(v[2]) for v in values)):
                items = [(f, s, v[index]) for f, s, v in values if index < len(v)]
                value = self.complete(
                    type_.of_type, items, ((*path, index), fields, fetches, (*place, index))
                )
                if value is MISSING:
                    return MISSING
                completed.append(value)
            return completed
        if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
            return self.leaf(type_, values[0][2], path)
        if not all(isinstance(v[2], dict) for v in values):
            return self.invalid(path)
        sources = [(f, v, s.selections) for f, s, v in values]
        found = self.object(place, self.supergraph.possible_types(type_.name), sources, None)
        type_name = self.runtime_type(found)
        if type_name is None and not self.is_typed(place, found.types):
            type_name = next(name for name in found.types if name in self.supergraph.api_schema.type_map)
        if type_name is None or type_name not in found.types:
            return self.invalid(path)
        if type_name not in self.supergraph.api_schema.type_map or not self.is_shown(place, type_name):
            return None
        sets = [f.selection_set for f in fields if f.selection_set is not None]
        return self.complete_object(found, type_name, sets, path)

    def is_shown(self, place: Path, type_name: str) -> bool:
        """Say whether objects of the type may stand at a place of a union that subgraphs declare differently."""
        keys = tuple(step for step in place if isinstance(step, str))
        return all(type_name in types for path, types in self.plan.shown_types if keys_of(path) == keys)

    def is_typed(self, path: Path, types: tuple[str, ...], visible: frozenset[int] | None = None) -> bool:
        """Say whether any fetch asks for the runtime type at a place; where none does, nobody needs it."""
        held = set[int]().union(*(self.holders(path, name, "__typename") for name in types))
        return bool(held if visible is None else held & visible)

    def holders(self, path: Path, type_name: str, data_key: str) -> set[int]:
        """Give the fetches that ask for a data key at a place, whatever came of them."""
        keys = tuple(step for step in path if isinstance(step, str))
        sources = [(f.id, f.selections) for f in self.plan.fetches if not f.entities]
        for end in range(len(keys) + 1):
            if end:
                sources = [
                    (id_, f.selections)
                    for id_, s in sources
                    for f in flatten(s, None)
                    if f.data_key == keys[end - 1]
                ]
            sources += [
                (fetch.id, entity.selections)
                for fetch in self.plan.fetches
                for entity in fetch.entities
                if any(keys[:end] == keys_of(p) for p in entity.paths)
            ]
        return {id_ for id_, s in sources if any(f.data_key == data_key for f in flatten(s, type_name))}

    def is_excused(self, path: Path, fetches: set[int], lost: set[int]) -> bool:
        """Whether an error was reported that explains a null; ``lost`` fetches gave nothing of the object."""
        if fetches & self.failed or any(p[: len(path)] == path for p, _ in self.errors):
            return True
        upstream = [(f, p) for f, p, _ in self.upstream if p and f not in self.failed]
        for fetch, p in upstream:
            if p[: len(path)] == path or (fetch in fetches and path[: len(p)] == p):
                return True
        for fetch in lost:
            needed = self.ancestors(self.plan.fetches[fetch])
            if needed & self.failed:
                return True
            for f, p in upstream:
                if (f == fetch and p[: len(path) - 1] == path[:-1]) or (
                    f in needed and path[: len(p)] == p and len(p) < len(path)
                ):
                    return True
        return False

    def invalid(self, path: Path) -> None:
        self.errors.add((path, "SUBGRAPH_INVALID_VALUE"))

    def hidden_values(self, name: str) -> frozenset[str]:
        shown = self.supergraph.api_schema.type_map[name]
        assert isinstance(shown, GraphQLEnumType)
        return supergraph_enum_values(self.supergraph, name) - set(shown.values)

    def leaf(self, type_: Any, value: Any, path: Path) -> Any:
        if isinstance(type_, GraphQLEnumType):
            if isinstance(value, str) and value in self.hidden_values(type_.name):
                return None
            if isinstance(value, str) and value in type_.values:
                return value
            return self.invalid(path)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        match type_.name:
            case "String" if isinstance(value, str):
                return value
            case "ID" if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
                return str(value)
            case "Boolean" if isinstance(value, bool):
                return value
            case "Float" if is_number:
                return value
            case "Int" if is_number and value == int(value) and -(2**31) <= value < 2**31:
                return int(value)
            case "String" | "ID" | "Boolean" | "Float" | "Int":
                return self.invalid(path)
        return value


def keys_of(path: Any) -> tuple[str, ...]:
    """The data keys of a path of a plan."""
    return tuple(step for step in path if isinstance(step, str) and step != "@")


def flatten(selections: tuple[Any, ...], type_name: str | None) -> Iterator[FetchField]:
    for selection in selections:
        if isinstance(selection, FetchField):
            yield selection
        elif type_name is None or type_name in selection.types:
            yield from flatten(selection.selections, type_name)
