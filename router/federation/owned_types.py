"""Supergraphs of federation 1, completed to what join v0.3 says outright.

Join v0.1 names an owner per entity and says of a field only who resolves it.  That the other subgraphs have the key
fields, and @external what they require or provide, goes without saying there; here it is said.
Spec: https://specs.apollo.dev/join/v0.1
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from router.federation.supergraph_types import JoinField, SupergraphField, SupergraphType
from router.language.field_set import FieldSetField, FieldSetSelection, parse_field_set


def complete_owned_types(
    types: Mapping[str, SupergraphType], owners: Mapping[str, str]
) -> dict[str, SupergraphType]:
    """Add the joins that follow from ``owners`` (type name → graph), keys, @requires and @provides.

    Raises: FieldSetSyntaxError.
    """
    completed = {name: _owned(type_, owners.get(name)) for name, type_ in types.items()}
    said = _Additions(completed)
    for type_ in types.values():
        for join in type_.joins:
            if join.key is not None:
                said.select(type_.name, join.graph, parse_field_set(join.key).selections, is_external=False)
    for type_ in types.values():
        for field in type_.fields.values():
            for fields in field.joins:
                said.follow(type_, field, fields)
    return {name: said.apply(type_) for name, type_ in completed.items()}


def _owned(type_: SupergraphType, owner: str | None) -> SupergraphType:
    """The owner resolves what nobody else is said to."""
    if owner is None:
        return type_
    fields = {
        name: field if field.joins else replace(field, joins=(JoinField(owner),))
        for name, field in type_.fields.items()
    }
    return replace(type_, fields=fields)


class _Additions:
    def __init__(self, types: Mapping[str, SupergraphType]) -> None:
        self._types = types
        self._added: dict[tuple[str, str], dict[str, JoinField]] = {}

    def follow(self, type_: SupergraphType, field: SupergraphField, join: JoinField) -> None:
        """What @requires and @provides of one join select is external in its subgraph."""
        if join.graph is None:
            return
        if join.requires is not None:
            selections = parse_field_set(join.requires).selections
            self.select(type_.name, join.graph, selections, is_external=True)
        if join.provides is not None:
            selections = parse_field_set(join.provides).selections
            self.select(field.type.name, join.graph, selections, is_external=True)

    def select(
        self, type_name: str, graph: str, selections: Iterable[FieldSetSelection], *, is_external: bool
    ) -> None:
        """The subgraph has the selected fields, where they are not joined to it already."""
        for selection in selections:
            if not isinstance(selection, FieldSetField):
                inner = selection.type_condition or type_name
                self.select(inner, graph, selection.selections, is_external=is_external)
                continue
            for name in self._concrete(type_name):
                field = self._types[name].fields.get(selection.name)
                if field is None:
                    continue
                if field.joins and all(join.graph != graph for join in field.joins):
                    known = self._added.setdefault((name, field.name), {})
                    known.setdefault(graph, JoinField(graph, is_external=is_external))
                self.select(field.type.name, graph, selection.selections, is_external=is_external)

    def _concrete(self, type_name: str) -> Iterator[str]:
        """The type, and of an abstract one the object types too."""
        type_ = self._types.get(type_name)
        if type_ is None:
            return
        yield type_name
        if type_.is_abstract:
            yield from type_.members
            yield from (t.name for t in self._types.values() if type_name in t.interfaces)

    def apply(self, type_: SupergraphType) -> SupergraphType:
        fields = {
            name: replace(field, joins=(*field.joins, *added.values()))
            if (added := self._added.get((type_.name, name)))
            else field
            for name, field in type_.fields.items()
        }
        return replace(type_, fields=fields)
