"""A slow interpreter of query plans, written from the docstrings of `router.planning.plan` and nothing else.

One tree in the shape of the response takes in every answer; then the operation is completed over it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from router.federation.supergraph import Supergraph
from router.federation.supergraph_types import TypeKind
from router.language.operation import TYPENAME, Condition, Field, InlineFragment, SelectionSet, TypeRef
from router.planning.plan import (
    ContextVariable,
    EntityFetch,
    FetchField,
    FetchNode,
    FetchSelection,
    PathStep,
    QueryPlan,
    Representation,
    RepresentationField,
    RepresentationSelection,
    Requirement,
)

Ask: TypeAlias = Callable[[str, str, dict[str, Any]], dict[str, Any]]
MISSING = object()


@dataclass
class TreeObject:
    """An object of the response; ``type`` once it is known."""

    possible: tuple[str, ...]
    fields: dict[str, Any] = field(default_factory=dict)
    around: TreeObject | None = None
    is_hidden: bool = False
    """Of a type that not all subgraphs have here: it completes as null."""

    @property
    def type(self) -> str | None:
        """The runtime type."""
        told = self.fields.get(TYPENAME)
        if told in self.possible:
            return str(told)
        return self.possible[0] if len(self.possible) == 1 else None


class _LeftOutError(Exception):
    """A representation cannot be built: a key is null."""


class _NullError(Exception):
    """A null stands where none may."""


class Interpreter:
    """Runs plans over one supergraph."""

    def __init__(self, supergraph: Supergraph, ask: Ask) -> None:
        self.supergraph, self.ask = supergraph, ask
        self.faults: list[str] = []
        self.errors: list[str] = []

    def run(self, plan: QueryPlan, variables: Mapping[str, Any]) -> dict[str, Any] | None:
        """Give the response's data; what went wrong stands in ``faults`` (plans) and ``errors`` (answers)."""
        if plan.unplannable:
            self.errors += plan.unplannable
            return None
        kind = plan.operation.kind
        root_type = self.supergraph.roots[kind]
        values = {
            v.name: {"true": True, "false": False}.get(v.default)
            for v in plan.operation.variables
            if v.default is not None
        } | dict(variables)
        root = TreeObject((root_type,))
        for fetch in plan.fetches:
            if holds(fetch.requirement, values):
                sent = {name: variables[name] for name in fetch.variables if name in variables}
                self._fetch(fetch, root, sent, values)
        for path, types in plan.shown_types:
            for obj in _at(root, path):
                obj.is_hidden = obj.type not in types
        try:
            return self._object([plan.operation.selection_set], root, values)
        except _NullError:
            return None

    def _fetch(
        self, fetch: FetchNode, root: TreeObject, sent: dict[str, Any], values: Mapping[str, Any]
    ) -> None:
        if any(entity.contexts for entity in fetch.entities):
            self._fetch_in_lists(fetch, root, sent, values)
            return
        batches: list[tuple[EntityFetch, list[tuple[TreeObject, int]]]] = []
        for entity in fetch.entities:
            distinct: dict[str, int] = {}
            found: list[tuple[TreeObject, int]] = []
            if holds(entity.requirement, values):
                for obj, representation in self._representations(entity, root, values):
                    text = json.dumps(representation, sort_keys=True)
                    found.append((obj, distinct.setdefault(text, len(distinct))))
            if not entity.is_root:
                sent[entity.variable] = [json.loads(text) for text in distinct]
            batches.append((entity, found))
        if fetch.entities and not any(found for _, found in batches):
            return
        answer = self.ask(fetch.subgraph, fetch.operation, sent)
        self.errors += [error["message"] for error in answer.get("errors") or ()]
        data = answer.get("data")
        if data is None:
            return
        if not fetch.entities:
            self._merge(fetch.selections, data, root)
        for entity, found in batches:
            entities = [data] if entity.is_root else data.get(entity.alias) or []
            for obj, index in found:
                if index < len(entities) and entities[index] is not None:
                    self._merge(entity.selections, entities[index], obj)

    def _fetch_in_lists(
        self, fetch: FetchNode, root: TreeObject, sent: dict[str, Any], values: Mapping[str, Any]
    ) -> None:
        """Ask each `_entities` selection once for each set of values from contexts."""
        declared, lists = "", []
        merging: list[tuple[str, EntityFetch, list[tuple[TreeObject, int]]]] = []
        for entity in fetch.entities:
            by_values: dict[str, tuple[dict[str, int], list[tuple[TreeObject, int]]]] = {}
            if holds(entity.requirement, values):
                for obj, representation in self._representations(entity, root, values):
                    given = json.dumps([self._from_context(context, obj) for context in entity.contexts])
                    distinct, found = by_values.setdefault(given, ({}, []))
                    text = json.dumps(representation, sort_keys=True)
                    found.append((obj, distinct.setdefault(text, len(distinct))))
            if not by_values:
                by_values["[]"] = {}, []
            for number, (given, (distinct, found)) in enumerate(by_values.items()):
                suffix = f"_{number}" if number else ""
                names = [entity.variable, *(context.variable for context in entity.contexts)]
                taken = [[json.loads(text) for text in distinct], *json.loads(given)]
                sent |= {name + suffix: value for name, value in zip(names, taken, strict=False)}
                text = re.sub(rf"\$({'|'.join(names)})\b", rf"$\g<1>{suffix}", entity.text)
                alias = entity.alias + suffix
                lists.append(text if not number else f"{alias}:{text.removeprefix(f'{entity.alias}:')}")
                declared += f"{',' if declared else ''}${entity.variable}{suffix}:[_Any!]!"
                for context in entity.contexts:
                    declared += f",${context.variable}{suffix}:{context.type}"
                merging.append((alias, entity, found))
        if not any(found for _, _, found in merging):
            return
        client = fetch.operation.partition("{_e")[0].removeprefix("query(").removesuffix(")")
        own = ",".join(entity.declarations for entity in fetch.entities)
        text = f"query({declared}{client.removeprefix(own)}){{{' '.join(lists)}}}"
        answer = self.ask(fetch.subgraph, text, sent)
        self.errors += [error["message"] for error in answer.get("errors") or ()]
        for alias, entity, found in merging:
            entities = (answer.get("data") or {}).get(alias) or []
            for obj, index in found:
                if index < len(entities) and entities[index] is not None:
                    self._merge(entity.selections, entities[index], obj)

    def _from_context(self, context: ContextVariable, obj: TreeObject) -> Any:
        for origin in context.origins:
            around: TreeObject | None = obj
            for _ in range(origin.levels):
                around = None if around is None else around.around
            if around is None:
                self.faults.append("a context is set beyond the root")
                return None
            if around.type is None and set(around.possible) != set(origin.types):
                self.faults.append("the type of an object that may set a context is not known")
            if (around.type or around.possible[0]) in origin.types:
                return _only(dict(self._read(origin.selections, around)))
        return None

    def _representations(
        self, entity: EntityFetch, root: TreeObject, values: Mapping[str, Any]
    ) -> Iterator[tuple[TreeObject, dict[str, Any]]]:
        seen: set[int] = set()
        for path in entity.paths:
            for obj in _at(root, path):
                if id(obj) in seen:
                    continue
                seen.add(id(obj))
                fitting = [
                    r
                    for r in entity.representations
                    if self._fits(r, obj, path) and holds(r.requirement, values)
                ]
                if fitting:
                    with suppress(_LeftOutError):
                        yield obj, self._representation(fitting[0], obj)

    def _fits(self, representation: Representation, obj: TreeObject, path: Sequence[PathStep]) -> bool:
        if obj.type is not None:
            return obj.type in representation.types
        meant = set(obj.possible) & set(representation.types)
        if meant and (meant != set(obj.possible) or representation.typename is None):
            self.faults.append(f"the type of an object at {path} is not known when it is needed")
        return bool(meant)

    def _representation(self, representation: Representation, obj: TreeObject) -> dict[str, Any]:
        read = dict(self._read(representation.selections, obj))
        return {TYPENAME: representation.typename or obj.type, **read}

    def _read(
        self, selections: Sequence[RepresentationSelection], obj: TreeObject
    ) -> Iterator[tuple[str, Any]]:
        for selection in selections:
            if not isinstance(selection, RepresentationField):
                if obj.type in selection.types:
                    yield from self._read(selection.selections, obj)
                continue
            if selection.name == TYPENAME:
                yield TYPENAME, obj.type
                continue
            value = obj.fields.get(selection.data_key)
            if value is None and selection.is_key:
                raise _LeftOutError
            yield selection.name, self._read_below(selection, value)

    def _read_below(self, selection: RepresentationField, value: Any) -> Any:
        if isinstance(value, list):
            return [self._read_below(selection, item) for item in value]
        if isinstance(value, TreeObject):
            read: dict[str, Any] = {}
            for name, inner in self._read(selection.selections, value):
                if isinstance(inner, dict) and isinstance(read.get(name), dict):
                    read[name] |= inner
                else:
                    read[name] = inner
            return read
        if value is None and selection.is_key:
            raise _LeftOutError
        return value

    def _merge(self, selections: Sequence[FetchSelection], answer: dict[str, Any], obj: TreeObject) -> None:
        typenames = [s for s in selections if isinstance(s, FetchField) and s.name == TYPENAME]
        for selection in (*typenames, *(s for s in selections if s not in typenames)):
            if not isinstance(selection, FetchField):
                self._merge(selection.selections, answer, obj)
            elif selection.wire_key in answer:
                value = answer[selection.wire_key]
                known = obj.fields.get(selection.data_key, MISSING)
                if selection.name == TYPENAME and known not in (MISSING, value):
                    self.faults.append(f"{known} became {value}")
                    continue
                obj.fields[selection.data_key] = self._merged(selection, value, known, obj)

    def _merged(self, selection: FetchField, value: Any, known: Any, around: TreeObject) -> Any:
        if isinstance(value, list) and not selection.selections:
            return value
        if isinstance(value, list):
            if not isinstance(known, list):
                known = [MISSING] * len(value)
            if len(known) != len(value):
                self.faults.append(f"{selection.data_key} has lists of {len(known)} and {len(value)}")
                return known
            return [self._merged(selection, v, k, around) for v, k in zip(value, known, strict=True)]
        if isinstance(value, dict) and selection.selections:
            if not isinstance(known, TreeObject):
                known = TreeObject(self._possible(selection.name, around), around=around)
            self._merge(selection.selections, value, known)
            return known
        if value is None and known is not MISSING and known is not None:
            self.faults.append(f"{selection.data_key} is null in one answer and not in another")
            return known
        if not isinstance(value, dict | list) and known not in (MISSING, None, value):
            self.faults.append(f"{selection.data_key} is {known} in one answer and {value} in another")
        return value

    def _possible(self, name: str, around: TreeObject) -> tuple[str, ...]:
        found: set[str] = set()
        for type_name in [around.type] if around.type else around.possible:
            definition = self.supergraph.types[type_name].fields.get(name)
            if definition is not None:
                found.update(self.supergraph.possible_types(definition.type.name))
        return tuple(sorted(found))

    def _object(
        self, sets: Iterable[SelectionSet], obj: TreeObject, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        grouped: dict[str, list[Field]] = {}
        for selection_set in sets:
            self._collect(selection_set, obj, values, grouped)
        data: dict[str, Any] = {}
        for key, fields in grouped.items():
            first = fields[0]
            if first.name == TYPENAME:
                if obj.type is None:
                    self.faults.append("a type that is asked for is not known")
                data[key] = obj.type
                continue
            value = obj.fields.get(first.data_key)
            type_ = first.type
            if obj.type is not None:
                type_ = self._declared(obj.type, first)
            data[key] = self._complete(type_, fields, value, values)
        return data

    def _declared(self, type_name: str, selected: Field) -> TypeRef:
        definition = self.supergraph.types[type_name].fields.get(selected.name)
        return selected.type if definition is None else definition.type

    def _collect(
        self,
        selection_set: SelectionSet,
        obj: TreeObject,
        values: Mapping[str, Any],
        grouped: dict[str, list[Field]],
    ) -> None:
        for selection in selection_set.selections:
            if not all(_is_met(condition, values) for condition in selection.conditions):
                continue
            if isinstance(selection, Field):
                grouped.setdefault(selection.response_key, []).append(selection)
            elif isinstance(selection, InlineFragment):
                on = selection.type_condition
                if on is None or self._is_of(obj, on):
                    self._collect(selection.selection_set, obj, values, grouped)

    def _is_of(self, obj: TreeObject, on: str) -> bool:
        possible = set(self.supergraph.possible_types(on))
        if (
            obj.type is None
            and not possible.isdisjoint(obj.possible)
            and not possible.issuperset(obj.possible)
        ):
            self.faults.append(f"whether an object is of {on} is not known")
        return (obj.type or obj.possible[0]) in possible

    def _complete(self, type_: TypeRef, fields: list[Field], value: Any, values: Mapping[str, Any]) -> Any:
        completed = self._nullable(type_, fields, value, values)
        if completed is None and type_.is_non_null:
            if not self.errors:
                self.errors.append(f"null for {fields[0].name}")
            raise _NullError
        return completed

    def _nullable(self, type_: TypeRef, fields: list[Field], value: Any, values: Mapping[str, Any]) -> Any:
        if value is None:
            return None
        try:
            if type_.of is not None:
                item = type_.of
                return [self._complete(item, fields, one, values) for one in value]
            if isinstance(value, TreeObject):
                return self._composite(fields, value, values)
        except _NullError:
            return None
        definition = self.supergraph.types.get(type_.name)
        if definition is not None and definition.kind is TypeKind.ENUM:
            known = self.supergraph.api_schema.type_map[type_.name].values  # type: ignore[attr-defined]  # an enum
            if value not in known:
                self.errors.append(f"{value} is not of the API")
                return None
        return value

    def _composite(self, fields: list[Field], value: TreeObject, values: Mapping[str, Any]) -> Any:
        if value.is_hidden:
            return None
        if value.type is not None and value.type not in self.supergraph.api_schema.type_map:
            self.errors.append(f"{value.type} is not of the API")
            return None
        return self._object([f.selection_set for f in fields if f.selection_set is not None], value, values)


def _only(value: Any) -> Any:
    if isinstance(value, list):
        return [_only(item) for item in value]
    if isinstance(value, dict):
        return next((_only(inner) for name, inner in value.items() if name != TYPENAME), None)
    return value


def holds(requirement: Requirement, values: Mapping[str, Any]) -> bool:
    """Whether any conjunction holds."""
    return not requirement or any(all(_is_met(c, values) for c in conjunction) for conjunction in requirement)


def _is_met(condition: Condition, values: Mapping[str, Any]) -> bool:
    return bool(values.get(condition.variable)) == condition.is_include


def _at(value: Any, path: tuple[PathStep, ...]) -> Iterator[TreeObject]:
    if value is None:
        return
    if not path:
        yield value
        return
    step, rest = path[0], path[1:]
    if isinstance(step, tuple):
        if value.type in step:
            yield from _at(value, rest)
    elif step == "@":
        for item in value:
            yield from _at(item, rest)
    else:
        yield from _at(value.fields.get(step), rest)
