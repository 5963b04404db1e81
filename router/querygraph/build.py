"""From a supergraph to its query graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from router.federation.supergraph import Supergraph
from router.federation.supergraph_types import (
    ContextArgument,
    JoinField,
    JoinType,
    SupergraphField,
    SupergraphType,
    TypeKind,
)
from router.language.field_set import FieldSetField, FieldSetFragment, FieldSetSelection, parse_field_set
from router.language.operation import TypeRef
from router.querygraph.graph import ContextInput, FieldEdge, Key, KeyEdge, Node, QueryGraph

JoinedField: TypeAlias = tuple[SupergraphField, JoinField | None]
"""A field and its join to one subgraph; None where it needs no saying."""

Implementing: TypeAlias = Mapping[tuple[str, str], Sequence[str]]
"""Graph and interface → object types."""

Setters: TypeAlias = Mapping[tuple[str, str], frozenset[str]]
"""Graph and context → object types."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What nodes are built from, beside their own type."""

    supergraph: Supergraph
    implementing: Implementing
    setters: Setters


def build_query_graph(supergraph: Supergraph) -> QueryGraph:
    """Build every node and entry.  Cost: linear in types times the subgraphs that share them."""
    nodes: dict[tuple[str, str], Node] = {}
    implementing = _implementing(supergraph)
    known = _Known(supergraph, implementing, _setters(supergraph, implementing))
    for type_ in supergraph.types.values():
        if type_.is_composite:
            by_graph = _fields_by_graph(type_)
            for graph in type_.graphs():
                nodes[graph, type_.name] = _node(known, type_, graph, by_graph[graph])
    return QueryGraph(supergraph, nodes, _entries(supergraph, nodes))


def _fields_by_graph(type_: SupergraphType) -> dict[str, list[JoinedField]]:
    """Give what each subgraph has of the type, in the type's order.

    Cost: one step per join, so that a query root of many subgraphs with fields of their own stays linear.
    """
    found: dict[str, list[JoinedField]] = {graph: [] for graph in type_.graphs()}
    for field in type_.fields.values():
        if not field.joins:
            for fields in found.values():
                fields.append((field, None))
            continue
        seen: set[str] = set()
        for join in field.joins:
            if join.graph is not None and join.graph in found and join.graph not in seen:
                seen.add(join.graph)
                found[join.graph].append((field, join))
    return found


def _setters(supergraph: Supergraph, implementing: Implementing) -> Setters:
    """Give the object types that set each context: of an interface or a union, all it stands for there."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for type_ in supergraph.types.values():
        for context in type_.contexts:
            for join in type_.joins:
                own = (join.graph, context)
                names = _possible_types(supergraph, type_, join.graph, join.is_interface_object, implementing)
                found[own] = found.get(own, frozenset()).union(names)
    return found


def _node(known: _Known, type_: SupergraphType, graph: str, joined: list[JoinedField]) -> Node:
    joins = [join for join in type_.joins if join.graph == graph]
    is_interface_object = any(join.is_interface_object for join in joins)
    keys = tuple(Key(parse_field_set(join.key), join.is_resolvable) for join in joins if join.key is not None)
    extension_key_fields = {
        selection.name
        for join in joins
        if join.is_extension and join.key is not None
        for selection in parse_field_set(join.key).walk()
        if isinstance(selection, FieldSetField)
    }
    key_fields = {
        selection.name
        for key in keys
        for selection in key.field_set.selections
        if isinstance(selection, FieldSetField)
    }
    inputs = _required_fields(known.supergraph, type_, graph, joined) - key_fields
    fields: dict[str, FieldEdge] = {}
    for field, join in joined:
        edge = FieldEdge(field.name, field.type) if join is None else _edge(field, join, extension_key_fields)
        if join is None and field.name in inputs:
            edge = replace(edge, is_external=True)
        elif join is not None and join.context_arguments:
            contexts = tuple(_context(argument, graph, known.setters) for argument in join.context_arguments)
            edge = replace(edge, contexts=contexts)
        fields[field.name] = edge
    return Node(
        graph,
        type_.name,
        type_.is_abstract and not is_interface_object,
        is_interface_object,
        fields,
        keys,
        _possible_types(known.supergraph, type_, graph, is_interface_object, known.implementing),
        tuple(interface for joined, interface in type_.implements if joined == graph)
        or (type_.interfaces if not type_.implements else ()),
        frozenset(key_fields),
    )


def _required_fields(
    supergraph: Supergraph, type_: SupergraphType, graph: str, joined: list[JoinedField]
) -> set[str]:
    """Give the fields that a subgraph requires on its own type and that nothing below them explains.

    They are external there by the rules of composition, even where the supergraph does not say so (some composers
    leave the join data out when all subgraphs have the field).  A type of one subgraph has nothing of others, and
    a field that leads to an external one may well be the subgraph's own.
    """
    if len(type_.graphs()) == 1:
        return set()
    return {
        selection.name
        for _, join in joined
        if join is not None and join.requires is not None
        for selection in parse_field_set(join.requires).selections
        if isinstance(selection, FieldSetField)
        and selection.name in type_.fields
        and not _leads_to_external(supergraph, type_.fields[selection.name].type.name, graph, selection)
    }


def _leads_to_external(
    supergraph: Supergraph, type_name: str, graph: str, selection: FieldSetSelection
) -> bool:
    """Whether a field below the selection is said to be external in the subgraph, on whichever type."""
    for below in selection.selections:
        if isinstance(below, FieldSetFragment):
            if _leads_to_external(supergraph, below.type_condition or type_name, graph, below):
                return True
            continue
        for name in dict.fromkeys((type_name, *supergraph.possible_types(type_name))):
            field = supergraph.types[name].fields.get(below.name)
            if field is not None and (
                any(join.graph == graph and join.is_external for join in field.joins)
                or _leads_to_external(supergraph, field.type.name, graph, below)
            ):
                return True
    return False


def _edge(field: SupergraphField, join: JoinField, extension_key_fields: set[str]) -> FieldEdge:
    is_external = join.is_external and field.name not in extension_key_fields
    label, is_target = _override(field, join)
    return FieldEdge(
        field.name,
        field.type if join.type is None else parse_type(join.type),
        is_external or (join.is_used_overridden and label is None),
        None if join.requires is None else parse_field_set(join.requires),
        None if join.provides is None else parse_field_set(join.provides),
        label,
        is_target,
    )


def _context(argument: ContextArgument, graph: str, setters: Setters) -> ContextInput:
    types = setters.get((graph, argument.context), frozenset())
    return ContextInput(argument.name, argument.type, types, parse_field_set(argument.selection))


def _override(field: SupergraphField, join: JoinField) -> tuple[str | None, bool]:
    """Give the label that decides between this join and another, and whether this one wins when it is on."""
    if join.override_label is not None:
        return join.override_label, join.override is not None
    for other in field.joins:
        if other.override_label is not None and other.override is not None and other.graph != join.graph:
            source = other.override
            if join.graph is not None and source.upper().replace("-", "_") == join.graph.upper():
                return other.override_label, False
    return None, False


def _possible_types(
    supergraph: Supergraph,
    type_: SupergraphType,
    graph: str,
    is_interface_object: bool,
    implementing: Implementing,
) -> tuple[str, ...]:
    if is_interface_object:
        return supergraph.possible_types(type_.name)
    if type_.kind is TypeKind.OBJECT:
        return (type_.name,)
    if type_.kind is TypeKind.UNION:
        if type_.member_joins:
            return tuple(sorted(member for joined, member in type_.member_joins if joined == graph))
        members = type_.members
    else:
        members = tuple(implementing.get((graph, type_.name), ()))
    return tuple(sorted(name for name in members if graph in supergraph.types[name].graphs()))


def _implementing(supergraph: Supergraph) -> Implementing:
    """Give the object types that implement each interface in each subgraph."""
    found: dict[tuple[str, str], list[str]] = {}
    for type_ in supergraph.types.values():
        if type_.kind is TypeKind.OBJECT and type_.interfaces:
            # Before join v0.3 a type implements its interfaces wherever it is.
            everywhere = ((graph, name) for graph in type_.graphs() for name in type_.interfaces)
            for key in dict.fromkeys(type_.implements or everywhere):
                found.setdefault(key, []).append(type_.name)
    return found


def _entries(supergraph: Supergraph, nodes: dict[tuple[str, str], Node]) -> dict[str, tuple[KeyEdge, ...]]:
    entries: dict[str, tuple[KeyEdge, ...]] = {}
    objects = {
        type_.name: tuple(join for join in type_.joins if join.is_interface_object)
        for type_ in supergraph.types.values()
    }
    for type_ in supergraph.types.values():
        if type_.is_composite:
            found = tuple(_entries_of(type_, objects, nodes))
            if found:
                entries[type_.name] = found
    return entries


def _entries_of(
    type_: SupergraphType, objects: Mapping[str, tuple[JoinType, ...]], nodes: dict[tuple[str, str], Node]
) -> Iterator[KeyEdge]:
    names = (type_.name, *type_.interfaces)
    for name in names:
        for join in type_.joins if name == type_.name else objects.get(name, ()):
            if not _is_entry(join):
                continue
            node = nodes[join.graph, name]
            for key in node.keys:
                if key.is_resolvable and key.field_set.text == join.key:
                    yield KeyEdge(node, key)


def _is_entry(join: JoinType) -> bool:
    return join.key is not None and join.is_resolvable


def parse_type(text: str) -> TypeRef:
    """Read a printed type reference such as ``[Product!]!``.

    Shapes: the join specification's ``type`` argument; always well formed in a composed supergraph.
    """
    text = text.strip()
    is_non_null = text.endswith("!")
    if is_non_null:
        text = text[:-1].rstrip()
    if text.startswith("["):
        item = parse_type(text[1:-1])
        return TypeRef(item.name, is_non_null, item)
    return TypeRef(text, is_non_null)
