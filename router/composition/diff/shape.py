"""A schema as it is compared: its definitions by name, extensions folded in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, TypeAlias, TypeVar

from router.language.sdl_nodes import (
    SdlDirective,
    SdlDirectiveDefinition,
    SdlDocument,
    SdlEnumValue,
    SdlField,
    SdlInput,
    SdlSchemaBlock,
    SdlType,
    SdlTypeBlock,
)

ROOTS: Final = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}
EXECUTABLE: Final = frozenset(
    {
        "QUERY",
        "MUTATION",
        "SUBSCRIPTION",
        "FIELD",
        "FRAGMENT_DEFINITION",
        "FRAGMENT_SPREAD",
        "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION",
    }
)
KIND_NAMES: Final = {
    "type": "object type",
    "interface": "interface",
    "union": "union",
    "enum": "enum",
    "input": "input type",
    "scalar": "scalar",
}

Applied: TypeAlias = tuple[SdlDirective, ...]

T = TypeVar("T")


@dataclass(frozen=True)
class TypeShape:
    """One type; what its kind does not have is empty."""

    name: str
    keyword: str
    description: str | None
    directives: Applied
    interfaces: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    fields: Mapping[str, SdlField] = field(default_factory=dict)
    inputs: Mapping[str, SdlInput] = field(default_factory=dict)
    values: Mapping[str, SdlEnumValue] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return KIND_NAMES[self.keyword]


@dataclass(frozen=True)
class Shape:
    """A schema."""

    types: Mapping[str, TypeShape]
    directives: Mapping[str, SdlDirectiveDefinition]
    roots: Mapping[str, str]
    """``query``, ``mutation``, ``subscription``: the type's name."""
    applied: Applied = ()
    """The directives of the schema itself."""

    @cached_property
    def _objects(self) -> Mapping[str, frozenset[str]]:
        objects: dict[str, set[str]] = {}
        for type_ in self.types.values():
            if type_.keyword == "union":
                objects.setdefault(type_.name, set()).update(type_.members)
            elif type_.keyword == "type":
                for interface in type_.interfaces:
                    objects.setdefault(interface, set()).add(type_.name)
        return {name: frozenset(found) for name, found in objects.items()}

    def objects_of(self, name: str) -> frozenset[str]:
        """Give the object types that a value of this union or interface may have."""
        return self._objects.get(name, frozenset())

    def abstracts_of(self, object_name: str) -> list[str]:
        """Give the unions and interfaces that an object type belongs to, sorted."""
        return sorted(name for name, objects in self._objects.items() if object_name in objects)

    @cached_property
    def in_answers(self) -> frozenset[str]:
        """Names of the types that fields have."""
        return frozenset(f.type[0] for type_ in self.types.values() for f in type_.fields.values())


def shape_of(document: SdlDocument) -> Shape:
    """Fold the definitions together; of what is said twice the first counts."""
    types: dict[str, TypeShape] = {}
    directives: dict[str, SdlDirectiveDefinition] = {}
    roots: dict[str, str] = {}
    applied: list[SdlDirective] = []
    has_schema = False
    for node in document.definitions:
        if isinstance(node, SdlTypeBlock):
            known = types.get(node.name)
            types[node.name] = _type(node) if known is None else _extended(known, _type(node))
        elif isinstance(node, SdlDirectiveDefinition):
            directives.setdefault(node.name, node)
        elif isinstance(node, SdlSchemaBlock):
            has_schema = has_schema or bool(node.roots)
            roots.update((operation, root.name) for operation, root in node.roots)
            applied.extend(node.directives)
    if not has_schema:
        roots = {operation: name for operation, name in ROOTS.items() if name in types}
    return Shape(types, directives, roots, tuple(applied))


def _type(node: SdlTypeBlock) -> TypeShape:
    return TypeShape(
        node.name,
        node.keyword,
        node.description,
        node.directives,
        tuple(one.name for one in node.interfaces),
        tuple(one.name for one in node.members),
        {one.name: one for one in node.fields},
        {one.name: one for one in node.inputs},
        {one.name: one for one in node.values},
    )


def _extended(known: TypeShape, more: TypeShape) -> TypeShape:
    return replace(
        known,
        description=known.description or more.description,
        directives=known.directives + more.directives,
        interfaces=tuple(dict.fromkeys(known.interfaces + more.interfaces)),
        members=tuple(dict.fromkeys(known.members + more.members)),
        fields={**more.fields, **known.fields},
        inputs={**more.inputs, **known.inputs},
        values={**more.values, **known.values},
    )


def is_required(value: SdlInput) -> bool:
    """Whether it must be given."""
    return value.type[1][0] and value.default is None


def promises_no_less(before: SdlType, after: SdlType) -> bool:
    """Whether a field's new type gives nothing that its old one did not."""
    return _same_lists(before, after) and all(map(int.__le__, before[1], after[1]))


def accepts_no_less(before: SdlType, after: SdlType) -> bool:
    """Whether an input's new type takes all that its old one did."""
    return _same_lists(before, after) and all(map(int.__ge__, before[1], after[1]))


def _same_lists(before: SdlType, after: SdlType) -> bool:
    return before[0] == after[0] and len(before[1]) == len(after[1])


def pairs(before: Mapping[str, T], after: Mapping[str, T]) -> Iterator[tuple[str, T | None, T | None]]:
    """Give every name of either by name, with what it is in each."""
    for name in sorted(before.keys() | after.keys()):
        yield name, before.get(name), after.get(name)


def gone_and_new(before: Iterable[str], after: Iterable[str]) -> tuple[list[str], list[str]]:
    """Give the names that are only before, and those that are only after, sorted."""
    old, new = set(before), set(after)
    return sorted(old - new), sorted(new - old)
