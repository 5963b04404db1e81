"""Plans by hand, from GraphQL text: what a test means, without the planner's opinion.

Selections: an alias is the wire key, ``@data(key: "k")`` names a data key that differs from it.
Representations: ``@key`` marks the key fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import FieldNode, InlineFragmentNode, OperationDefinitionNode, SelectionSetNode, parse

from router.federation.supergraph import Supergraph, read_supergraph
from router.language.operation import Operation, OperationKind
from router.planning.normalize.normalize import normalize
from router.planning.plan import (
    EntityFetch,
    FetchField,
    FetchFragment,
    FetchNode,
    FetchSelection,
    QueryPlan,
    Representation,
    RepresentationField,
    RepresentationFragment,
    RepresentationSelection,
    Requirement,
    ResponsePath,
)

HEAD = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION) { %s }
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @inaccessible on FIELD_DEFINITION | OBJECT | ENUM_VALUE | INPUT_FIELD_DEFINITION
enum join__Graph { %s }
"""


def supergraph_of(sdl: str, subgraphs: Sequence[str] = ("a", "b", "c", "d")) -> Supergraph:
    """A supergraph with these types; execution reads no join data."""
    roots = " ".join(
        f"{kind}: {kind.capitalize()}"
        for kind in ("query", "mutation", "subscription")
        if f"type {kind.capitalize()} " in sdl
    )
    graphs = " ".join(
        f'{name.upper()} @join__graph(name: "{name}", url: "http://{name}/")' for name in subgraphs
    )
    return read_supergraph(HEAD % (roots, graphs) + sdl)


class PlanBuilder:
    """Collects the fetches of one plan."""

    def __init__(self, supergraph: Supergraph, operation: str) -> None:
        self.supergraph = supergraph
        self.operation: Operation = normalize(parse(operation), None, supergraph)
        self.fetches: list[FetchNode] = []

    def root(
        self,
        subgraph: str,
        text: str,
        *,
        after: tuple[int, ...] = (),
        variables: tuple[str, ...] = (),
        requirement: Requirement = (),
    ) -> int:
        kind = self.operation.kind
        self.fetches.append(
            FetchNode(
                id=len(self.fetches),
                subgraph=subgraph,
                kind=kind,
                operation=kind.value + text,
                operation_name=None,
                variables=variables,
                depends_on=after,
                selections=self.selections(text, self.supergraph.roots[kind]),
                requirement=requirement,
            )
        )
        return self.fetches[-1].id

    def entities(
        self,
        subgraph: str,
        *entities: EntityFetch,
        after: tuple[int, ...],
        variables: tuple[str, ...] = (),
        requirement: Requirement = (),
    ) -> int:
        self.fetches.append(
            FetchNode(
                id=len(self.fetches),
                subgraph=subgraph,
                kind=OperationKind.QUERY,
                operation=f"query{len(self.fetches)}",
                operation_name=None,
                variables=variables,
                depends_on=after,
                entities=entities,
                requirement=requirement,
            )
        )
        return self.fetches[-1].id

    def entity(
        self,
        type_name: str,
        representation: str,
        text: str,
        *paths: ResponsePath,
        alias: str = "_entities",
        variable: str = "representations",
        typename: str | None = None,
        requirement: Requirement = (),
    ) -> EntityFetch:
        types = self.supergraph.possible_types(type_name)
        if typename is None and len(types) == 1:
            typename = types[0]
        how = Representation(types, typename, self.represented(_parse(representation)))
        return EntityFetch(alias, variable, paths, (how,), self.selections(text, type_name), requirement)

    def plan(self) -> QueryPlan:
        return QueryPlan(self.operation, tuple(self.fetches), None)

    def selections(self, text: str, type_name: str) -> tuple[FetchSelection, ...]:
        return self._selections(_parse(text), type_name)

    def _selections(self, node: SelectionSetNode | None, type_name: str) -> tuple[FetchSelection, ...]:
        return tuple(self._selection(child, type_name) for child in (node.selections if node else ()))

    def _selection(self, node: Any, type_name: str) -> FetchSelection:
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition.name.value
            return FetchFragment(
                self.supergraph.possible_types(condition),
                condition,
                self._selections(node.selection_set, condition),
            )
        assert isinstance(node, FieldNode)
        name = node.name.value
        wire_key = node.alias.value if node.alias else name
        if name == "__typename":
            return FetchField(name, _data_key(node, wire_key), wire_key)
        type_ = self.supergraph.types[type_name].fields[name].type
        below = self._selections(node.selection_set, type_.name)
        return FetchField(name, _data_key(node, wire_key), wire_key, below, type_.list_depth)

    def represented(self, node: SelectionSetNode | None) -> tuple[RepresentationSelection, ...]:
        return tuple(self._represented(child) for child in (node.selections if node else ()))

    def _represented(self, node: Any) -> RepresentationSelection:
        if isinstance(node, InlineFragmentNode):
            types = self.supergraph.possible_types(node.type_condition.name.value)
            return RepresentationFragment(types, self.represented(node.selection_set))
        is_key = any(directive.name.value == "key" for directive in node.directives or ())
        name = node.name.value
        return RepresentationField(name, _data_key(node, name), is_key, self.represented(node.selection_set))


def _parse(text: str) -> SelectionSetNode:
    start = text.index("{")
    definition = parse("query " + text[start:]).definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    return definition.selection_set


def _data_key(node: FieldNode, default: str) -> str:
    for directive in node.directives or ():
        if directive.name.value == "data":
            return directive.arguments[0].value.value  # type: ignore[union-attr]
    return default
