"""The query graph: a node is a composite type in one subgraph, its edges are fields, keys and downcasts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from router.federation.supergraph import Supergraph
from router.language.field_set import FieldSet, FieldSetField, FieldSetSelection
from router.language.operation import TypeRef

Provided: TypeAlias = tuple[FieldSetSelection, ...]
"""Selections that ``@provides`` makes resolvable at a node although they are external there."""


@dataclass(frozen=True, slots=True)
class ContextInput:
    """An argument of a field that takes its value from an object further up."""

    name: str
    type: str
    """As the subgraph declares it."""
    setters: frozenset[str]
    """Object types that set the context in this subgraph."""
    selection: FieldSet
    """Selects one value of an object that sets it."""


@dataclass(frozen=True, slots=True)
class FieldEdge:
    """A field of a type in one subgraph."""

    name: str
    type: TypeRef
    """As this subgraph declares it."""
    is_external: bool = False
    """Not resolvable here unless provided (or overridden away and kept for its uses)."""
    requires: FieldSet | None = None
    provides: FieldSet | None = None
    override_label: str | None = None
    """Progressive override: with ``is_override_target`` resolvable here only when the label is on, else when off."""
    is_override_target: bool = False
    contexts: tuple[ContextInput, ...] = ()

    @property
    def has_inputs(self) -> bool:
        """Whether it can be asked only in an entity fetch that brings values along."""
        return self.requires is not None or bool(self.contexts)


@dataclass(frozen=True, slots=True)
class Key:
    """A key by which ``_entities`` of a subgraph finds objects of a type."""

    field_set: FieldSet
    is_resolvable: bool = True


@dataclass(slots=True, eq=False)
class Node:
    """A composite type in one subgraph.  Compared by identity: one object per (graph, type)."""

    graph: str
    type_name: str
    is_abstract: bool
    """Interface or union *here*; an interface object is not."""
    is_interface_object: bool
    fields: dict[str, FieldEdge]
    keys: tuple[Key, ...]
    possible_types: tuple[str, ...]
    """Object types a value here may have at run time; of an interface object: all implementations."""
    interfaces: tuple[str, ...] = ()
    key_fields: frozenset[str] = frozenset()
    """Top-level fields of its keys: for an interface object, what it shares with every implementation."""

    def __repr__(self) -> str:
        return f"{self.graph}/{self.type_name}"


@dataclass(frozen=True, slots=True)
class KeyEdge:
    """A way into ``target`` by one of its resolvable keys."""

    target: Node
    key: Key


@dataclass(slots=True, eq=False)
class QueryGraph:
    """All nodes of a supergraph."""

    supergraph: Supergraph
    nodes: Mapping[tuple[str, str], Node]
    """By (graph, type name)."""
    entries: Mapping[str, tuple[KeyEdge, ...]] = field(default_factory=dict)
    """By type name: every way to enter a subgraph with an object of that type; interface objects included."""

    def node(self, graph: str, type_name: str) -> Node | None:
        """Give the node, or None where the subgraph lacks the type."""
        return self.nodes.get((graph, type_name))


def provided_field(provided: Provided, name: str) -> tuple[bool, Provided]:
    """Whether ``name`` is provided here, and what is provided below it."""
    found = False
    below: list[FieldSetSelection] = []
    for selection in provided:
        if isinstance(selection, FieldSetField) and selection.name == name:
            found = True
            below.extend(selection.selections)
    return found, tuple(below)


def provided_for(provided: Provided, type_names: Iterable[str]) -> Provided:
    """Give what is provided for an object known to be of these types: plain fields and matching fragments."""
    if not provided:
        return ()
    names = frozenset(type_names)
    kept: list[FieldSetSelection] = []
    for selection in provided:
        if isinstance(selection, FieldSetField):
            kept.append(selection)
        elif selection.type_condition is None or selection.type_condition in names:
            kept.extend(provided_for(selection.selections, names))
    return tuple(kept)
