"""A world of data for a set of subgraphs: every value a pure function of object, field and arguments.

No value depends on the subgraph that answers.  Entities are few and numbered; value types are made from their
owner; a field with ``@requires`` is made from the required values, so that wrong inputs show in the output.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql.language import (
    FieldNode,
    InlineFragmentNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    SelectionSetNode,
    TypeNode,
)
from graphql.utilities import value_from_ast_untyped

from tests.lab.sdl import BUILT_IN, ROOTS, FieldDef, SubgraphSdl

POISON = "NEVER"
COUNTS = (0, 1, 1, 2, 2, 3)
"""How long lists are."""
OBJECTS = 4
"""Of each entity type."""


@dataclass(frozen=True)
class Obj:
    """An object of the world; ``id`` is the number of an entity, a digest of its owner for a value."""

    type: str
    id: str


@dataclass(frozen=True)
class WorldType:
    """A field's type: not null where any subgraph says so; ``names`` as (subgraph, named type)."""

    is_non_null: bool
    item: WorldType | None
    names: tuple[tuple[SubgraphSdl, str], ...]


@dataclass(frozen=True)
class FieldSpec:
    """A field of an object type, as all subgraphs together declare it."""

    type: WorldType
    arguments: tuple[str, ...]
    """Those that every subgraph has and no subgraph hides."""
    defaults: dict[str, Any]
    requires: SelectionSetNode | None
    resolvers: tuple[str, ...]
    """Names of the subgraphs that can resolve it."""
    contexts: dict[str, tuple[SubgraphSdl, str, SelectionSetNode]]
    """By argument that clients do not see: the subgraph's context, and what is selected there."""


class World:
    """The data of one domain."""

    def __init__(
        self, subgraphs: Sequence[SubgraphSdl], missing: Collection[tuple[str, str]] = (), salt: str = ""
    ) -> None:
        """``missing`` holds (type, subgraph): some objects of the type that this subgraph does not know."""
        self.subgraphs = {subgraph.name: subgraph for subgraph in subgraphs}
        self.missing = frozenset(missing)
        self.salt = salt
        self._specs: dict[tuple[str, str], FieldSpec | None] = {}
        self._implementations = self._find_implementations()
        self.entities = {
            name
            for subgraph in subgraphs
            for type_ in subgraph.types.values()
            if type_.keys
            for name in self.concrete(subgraph, type_.name)
        }
        self._key_fields: set[tuple[str, str]] = set()
        for subgraph in subgraphs:
            for type_ in subgraph.types.values():
                for key in type_.keys:
                    for name in self.concrete(subgraph, type_.name):
                        self._note_key(name, key.fields)

    def _find_implementations(self) -> dict[str, list[str]]:
        found: dict[str, set[str]] = {}
        for subgraph in self.subgraphs.values():
            for type_ in subgraph.types.values():
                if type_.kind == "object":
                    for interface in type_.interfaces:
                        found.setdefault(interface, set()).add(type_.name)
        return {name: sorted(types) for name, types in found.items()}

    def concrete(self, subgraph: SubgraphSdl, name: str) -> list[str]:
        """The object types of the world that a type of a subgraph stands for."""
        if subgraph.types[name].is_interface_object:
            return self._implementations.get(name, [])
        return subgraph.possible(name)

    def _note_key(self, type_name: str, selections: SelectionSetNode) -> None:
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                self._key_fields.add((type_name, selection.name.value))
                spec = self.spec(type_name, selection.name.value)
                if selection.selection_set is not None and spec is not None:
                    for name in self.possible(spec.type):
                        self._note_key(name, selection.selection_set)

    def objects(self, type_name: str) -> list[Obj]:
        """Every entity of an object type."""
        return [Obj(type_name, str(number)) for number in range(OBJECTS)]

    def spec(self, type_name: str, field_name: str) -> FieldSpec | None:
        """The field as all subgraphs declare it, interface objects included."""
        known = (type_name, field_name)
        if known not in self._specs:
            self._specs[known] = self._find_spec(type_name, field_name)
        return self._specs[known]

    def _find_spec(self, type_name: str, field_name: str) -> FieldSpec | None:
        found: list[tuple[SubgraphSdl, FieldDef]] = []
        for subgraph in self.subgraphs.values():
            for type_ in subgraph.types.values():
                is_meant = type_.name == type_name or (
                    type_.is_interface_object and type_name in self._implementations.get(type_.name, ())
                )
                if is_meant and type_.kind == "object" and field_name in type_.fields:
                    found.append((subgraph, type_.fields[field_name]))
        if not found:
            return None
        overridden = {definition.override for _, definition in found}
        active = [
            (subgraph, definition)
            for subgraph, definition in found
            if not definition.is_external and subgraph.name not in overridden
        ]
        arguments = set.intersection(
            *(
                {name for name, node in definition.arguments.items() if not node.directives}
                for _, definition in found
            )
        )
        defaults = {
            name: value_from_ast_untyped(node.default_value)
            for _, definition in found
            for name, node in definition.arguments.items()
            if name in arguments and node.default_value is not None
        }
        requires = next((d.requires for _, d in active if d.requires is not None), None)
        return FieldSpec(
            _world_type([(subgraph, definition.type) for subgraph, definition in found]),
            tuple(sorted(arguments)),
            defaults,
            requires,
            tuple(subgraph.name for subgraph, _ in active),
            {name: (s, *taken) for s, d in active for name, taken in d.contexts.items()},
        )

    def possible(self, type_: WorldType) -> list[str]:
        """The object types that every subgraph with the field agrees on."""
        while type_.item is not None:
            type_ = type_.item
        sets = [set(self.concrete(subgraph, name)) for subgraph, name in type_.names]
        return sorted(set.intersection(*sets))

    def is_missing(self, obj: Obj, subgraph: str) -> bool:
        """Whether the subgraph does not know this object."""
        return (obj.type, subgraph) in self.missing and self._number(
            "missing", subgraph, obj.type, obj.id
        ) % 3 == 0

    def value(
        self, obj: Obj, field_name: str, arguments: Mapping[str, Any] | None = None, required: object = None
    ) -> Any:
        """The value of a field: None, a leaf, an `Obj`, or lists of these.

        ``required`` is what ``@requires`` was given; by default what the world says.
        """
        spec = self.spec(obj.type, field_name)
        if spec is None:
            raise LookupError(f"{obj.type}.{field_name} is in no subgraph")
        if len(spec.resolvers) == 1 and self.is_missing(obj, spec.resolvers[0]):
            return None
        seen = {*spec.arguments, *spec.contexts}
        given = {name: value for name, value in (arguments or {}).items() if name in seen}
        seed: tuple[object, ...] = (obj.type, obj.id, field_name, _canonical(given))
        if spec.requires is not None:
            seed += (_canonical(self.required(obj, spec.requires) if required is None else required),)
        is_key = (obj.type, field_name) in self._key_fields
        return self._make(spec.type, seed, obj if is_key else None, field_name)

    def required(self, obj: Obj, selections: SelectionSetNode) -> dict[str, Any]:
        """What a field set selects of an object, as JSON."""
        found: dict[str, Any] = {}
        for selection in selections.selections:
            if isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                if condition is None or self.is_a(obj.type, condition.name.value):
                    found |= self.required(obj, selection.selection_set)
            elif isinstance(selection, FieldNode) and selection.name.value == "__typename":
                found["__typename"] = obj.type
            elif isinstance(selection, FieldNode):
                found[selection.name.value] = self._required_field(obj, selection)
        return found

    def _required_field(self, obj: Obj, node: FieldNode) -> Any:
        spec = self.spec(obj.type, node.name.value)
        if spec is None:
            raise LookupError(f"{obj.type}.{node.name.value} is in no subgraph")
        given = {a.name.value: value_from_ast_untyped(a.value) for a in node.arguments or ()}
        value = self.value(obj, node.name.value, spec.defaults | given)
        return self._below(value, node.selection_set)

    def _below(self, value: Any, selections: SelectionSetNode | None) -> Any:
        if isinstance(value, list):
            return [self._below(item, selections) for item in value]
        if isinstance(value, Obj) and selections is not None:
            return self.required(value, selections)
        return value

    def from_contexts(self, obj: Obj, field_name: str, around: Sequence[Obj]) -> dict[str, Any]:
        """The arguments that a field takes from the objects around its own, the nearest first."""
        spec = self.spec(obj.type, field_name)
        found: dict[str, Any] = {}
        for argument, (subgraph, context, selections) in ({} if spec is None else spec.contexts).items():
            setters = [t.name for t in subgraph.types.values() if context in t.contexts]
            types = {name for setter in setters for name in self.concrete(subgraph, setter)}
            nearest = next((one for one in around if one.type in types), None)
            found[argument] = None if nearest is None else _only(self.required(nearest, selections))
        return found

    def is_a(self, type_name: str, name: str) -> bool:
        """Whether an object type is, implements or is a member of a type, in any subgraph."""
        if type_name == name or type_name in self._implementations.get(name, ()):
            return True
        return any(
            name in s.types and s.types[name].kind == "union" and type_name in s.types[name].members
            for s in self.subgraphs.values()
        )

    def _make(self, type_: WorldType, seed: tuple[object, ...], key_of: Obj | None, field_name: str) -> Any:
        if key_of is None and not type_.is_non_null and self._number("null", *seed) % 9 == 0:
            return None
        if type_.item is not None:
            count = 2 if key_of is not None else COUNTS[self._number("count", *seed) % len(COUNTS)]
            return [self._make(type_.item, (*seed, index), key_of, field_name) for index in range(count)]
        subgraph, name = type_.names[0]
        if name in BUILT_IN or subgraph.types[name].kind in ("scalar", "enum"):
            return self._leaf(type_, seed, key_of, field_name)
        possible = self.possible(type_)
        if not possible:
            return None
        chosen = possible[self._number("type", *seed) % len(possible)]
        if chosen in ROOTS:
            return Obj(chosen, "")
        if chosen not in self.entities:
            return Obj(chosen, self._digest(*seed))
        if key_of is not None and key_of.id.isdigit():
            shift = sum(part for part in seed[4:] if isinstance(part, int))
            return Obj(chosen, str((int(key_of.id) + shift) % OBJECTS))
        return Obj(chosen, str(self._number("which", *seed) % OBJECTS))

    def _leaf(self, type_: WorldType, seed: tuple[object, ...], key_of: Obj | None, field_name: str) -> Any:
        name = type_.names[0][1]
        number = self._number(*seed)
        if key_of is not None and key_of.type in self.entities:
            number = int(hashlib.sha1(key_of.type.encode()).hexdigest()[:4], 16) * 10 + int(key_of.id)
            if name in ("ID", "String"):
                return f"{key_of.type}-{field_name}-{key_of.id}"
        if name == "Int":
            return number % 1000 if key_of is None else number % 2**31
        if name == "Float":
            return number % 1000 / 8
        if name == "Boolean":
            return number % 2 == 0
        if name in BUILT_IN or type_.names[0][0].types[name].kind == "scalar":
            return f"{seed[0]}.{seed[2]}.{self._digest(*seed)[:6]}"
        common = set.intersection(*(set(subgraph.types[n].values) for subgraph, n in type_.names))
        values = [value for value in type_.names[0][0].types[name].values if value in common]
        return sorted(values)[number % len(values)] if values else None

    def _digest(self, *seed: object) -> str:
        return hashlib.sha1(repr((self.salt, seed)).encode()).hexdigest()[:12]

    def _number(self, *seed: object) -> int:
        return int(self._digest(*seed), 16)


def _only(value: Any) -> Any:
    """The one leaf, or the lists of it, that a selection leads to."""
    if isinstance(value, list):
        return [_only(item) for item in value]
    return _only(next(iter(value.values()))) if isinstance(value, dict) else value


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _world_type(given: list[tuple[SubgraphSdl, TypeNode]]) -> WorldType:
    bare = [(s, node.type if isinstance(node, NonNullTypeNode) else node) for s, node in given]
    is_non_null = any(isinstance(node, NonNullTypeNode) for _, node in given)
    if isinstance(bare[0][1], ListTypeNode):
        item = _world_type([(s, node.type) for s, node in bare if isinstance(node, ListTypeNode)])
        return WorldType(is_non_null, item, ())
    names = tuple((s, node.name.value) for s, node in bare if isinstance(node, NamedTypeNode))
    return WorldType(is_non_null, None, names)


__all__ = ["OBJECTS", "POISON", "ROOTS", "FieldSpec", "Obj", "World", "WorldType"]
