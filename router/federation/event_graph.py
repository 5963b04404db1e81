"""A supergraph with one more graph in it: what events carry.

An event is its field's value.  Of an entity it carries the key, and the rest is asked of subgraphs by it; of anything
else it carries all.  Said as joins, that is all that a planner must know: it plans over the events as over a subgraph.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from router.federation.supergraph import Supergraph
from router.federation.supergraph_types import JoinField, JoinGraph, JoinType, SupergraphField, SupergraphType
from router.language.field_set import FieldSetField, FieldSetSelection, parse_field_set
from router.language.operation import OperationKind

EVENT_GRAPH: Final = "@events"
"""Its name, which no subgraph can have."""


def with_event_graph(supergraph: Supergraph, fields: Collection[str]) -> Supergraph:
    """Give the supergraph in which these subscription fields come from events alone.

    Cost: a walk over the types that they lead to; the supergraph itself where there are no fields.
    """
    root = supergraph.roots.get(OperationKind.SUBSCRIPTION)
    if root is None or not fields:
        return supergraph
    carried = _Carried(supergraph)
    for name in fields:
        field = supergraph.types[root].fields[name]
        graphs = _graphs(supergraph.types[root], field)
        carried.add(field.type.name, graphs[0] if graphs else None)
    types = {name: carried.joined(type_) for name, type_ in supergraph.types.items()}
    types[root] = _root(supergraph.types[root], fields)
    graphs_by_name = {**supergraph.subgraphs, EVENT_GRAPH: JoinGraph(EVENT_GRAPH, EVENT_GRAPH, "")}
    return replace(supergraph, types=types, subgraphs=graphs_by_name)


def _graphs(type_: SupergraphType, field: SupergraphField) -> tuple[str, ...]:
    """Give the subgraphs that have a field."""
    return tuple(join.graph for join in field.joins if join.graph is not None) or type_.graphs()


def _said(type_: SupergraphType, field: SupergraphField) -> SupergraphField:
    """Give the field with joins to those that have it, which go without saying until another graph has the type."""
    return field if field.joins else replace(field, joins=tuple(JoinField(graph) for graph in type_.graphs()))


def _root(type_: SupergraphType, fields: Collection[str]) -> SupergraphType:
    return replace(
        type_,
        joins=(*type_.joins, JoinType(EVENT_GRAPH)),
        fields={
            name: replace(field, joins=(JoinField(EVENT_GRAPH),)) if name in fields else _said(type_, field)
            for name, field in type_.fields.items()
        },
    )


class _Carried:
    """The fields that events carry, by type."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._fields: dict[str, set[str]] = {}
        self._keys: dict[str, str] = {}

    def add(self, type_name: str, owner: str | None) -> None:
        """Add a type that a field of the subgraph ``owner`` leads to, and what is below it."""
        type_ = self._supergraph.types.get(type_name)
        if type_ is None or not type_.is_composite or type_name in self._fields:
            return
        self._fields[type_name] = set()
        if type_.is_abstract:
            for name in self._supergraph.possible_types(type_name):
                if owner is None or owner in self._supergraph.types[name].graphs():
                    self.add(name, owner)
            return
        key = _key_of(type_, owner)
        if key is not None:
            self._keys[type_name] = key
            self._add_key(type_name, parse_field_set(key).selections)
            if any(
                join.graph == owner and join.key is not None and join.is_resolvable for join in type_.joins
            ):
                return  # the rest is to be had where the key leads to
        for field in type_.fields.values():
            if owner is None or any(graph == owner for graph in _resolving(type_, field)):
                self._fields[type_name].add(field.name)
                self.add(field.type.name, owner)

    def _add_key(self, type_name: str, selections: tuple[FieldSetSelection, ...]) -> None:
        for selection in selections:
            if not isinstance(selection, FieldSetField):
                self._add_key(selection.type_condition or type_name, selection.selections)
                continue
            self._fields.setdefault(type_name, set()).add(selection.name)
            if selection.selections:
                below = self._supergraph.types[type_name].fields[selection.name].type.name
                self._add_key(below, selection.selections)

    def joined(self, type_: SupergraphType) -> SupergraphType:
        """Give a type with its join to the events, where they carry it."""
        if type_.name not in self._fields:
            return type_
        carried = self._common(type_) if type_.is_abstract else self._fields[type_.name]
        fields: dict[str, SupergraphField] = {}
        for name, field in type_.fields.items():
            if name not in carried:
                fields[name] = _said(type_, field)
            elif field.joins:
                fields[name] = replace(field, joins=(*field.joins, JoinField(EVENT_GRAPH)))
            else:
                fields[name] = field
        key = self._keys.get(type_.name)
        return replace(
            type_,
            joins=(*type_.joins, JoinType(EVENT_GRAPH, key, is_resolvable=False)),
            fields=fields,
            implements=_more(type_.implements, (name for name in type_.interfaces if name in self._fields)),
            member_joins=_more(type_.member_joins, (name for name in type_.members if name in self._fields)),
        )

    def _common(self, type_: SupergraphType) -> set[str]:
        """Give the fields of an interface that events carry of each of its types."""
        types = [name for name in self._supergraph.possible_types(type_.name) if name in self._fields]
        return {field for field in type_.fields if all(field in self._fields[name] for name in types)}


def _more(pairs: tuple[tuple[str, str], ...], names: Iterator[str]) -> tuple[tuple[str, str], ...]:
    return (*pairs, *((EVENT_GRAPH, name) for name in names)) if pairs else pairs


def _resolving(type_: SupergraphType, field: SupergraphField) -> Iterator[str]:
    if not field.joins:
        yield from type_.graphs()
    for join in field.joins:
        if join.graph is not None and not join.is_external and not join.is_used_overridden:
            yield join.graph


def _key_of(type_: SupergraphType, owner: str | None) -> str | None:
    """Give the key that events carry: the first of the subgraph that has the field, else the first of all."""
    keys = [join for join in type_.joins if join.key is not None]
    own = [join for join in keys if join.graph == owner]
    return next((join.key for join in (*own, *keys)), None)
