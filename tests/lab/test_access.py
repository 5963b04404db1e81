"""Random demands on random operations: what a caller may not read is never sent, and what it gets is the truth.

The check knows nothing of the filter: it reads the requests that arrived at the subgraphs, field by field, against
the demands that were drawn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest
from graphql import (
    DirectiveNode,
    FieldDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeDefinitionNode,
    get_named_type,
    parse,
    print_ast,
)
from graphql.language import DocumentNode, FragmentSpreadNode, InlineFragmentNode, parse_const_value
from graphql.language.ast import ConstArgumentNode, NameNode

from router.engine.granted_plan import AccessPlanner
from router.execution.compile import compile_plan
from router.execution.context import ExecutionContext, Response
from router.execution.run import execute
from router.federation.access import AUTHENTICATED, SCOPE, AccessRules
from router.federation.supergraph import read_supergraph
from router.planning.normalize.normalize import normalize
from router.planning.plan import QueryPlan
from router.planning.planner import Planner, never
from tests.lab.domains.all import DOMAINS
from tests.lab.random_operation import RandomOperation
from tests.lab.run import operations
from tests.lab.subgraph import Asked, LabClient, Record
from tests.lab.trial import Trials

SCOPES = ("a", "b", "c")
DEMANDS = 4
"""Drawn for each domain at least, and more until enough was withheld: draws on a small domain often meet nothing."""
MOST_DEMANDS = 40
OPERATIONS = 6
"""Tried for each draw; also how many must have had something withheld."""

Guards = dict[str, str]
"""The scope that a type or field demands, by coordinate."""


def draw_guards(sdl: str, random: Random) -> tuple[str, Guards]:
    """The supergraph with a scope demanded here and there."""
    document = parse(sdl, no_location=True)
    guards: Guards = {}
    definitions = []
    for node in document.definitions:
        machinery = isinstance(node, TypeDefinitionNode) and "__" in node.name.value
        # Interfaces demand nothing of their own (AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE).
        unguarded = node.kind.startswith(("input", "interface")) or machinery
        if not isinstance(node, TypeDefinitionNode) or unguarded:
            definitions.append(node)
            continue
        name = node.name.value
        changed: Any = node
        if (
            random.random() < 0.06
            and node.kind != "union_type_definition"
            and name not in ("Query", "Mutation")
        ):
            changed = _demanding(node, guards, name, random)
        fields = [
            _demanding(field, guards, f"{name}.{field.name.value}", random)
            if random.random() < 0.08
            else field
            for field in getattr(node, "fields", None) or ()
            if isinstance(field, FieldDefinitionNode)
        ]
        definitions.append(replace(changed, fields=tuple(fields)) if fields else changed)
    definition = "directive @requiresScopes(scopes: [[String!]!]!) on OBJECT | FIELD_DEFINITION\n"
    return definition + print_ast(DocumentNode(definitions=tuple(definitions))), guards


def _demanding(node: Any, guards: Guards, coordinate: str, random: Random) -> Any:
    scope = guards[coordinate] = random.choice(SCOPES)
    value = parse_const_value(f'[["{scope}"]]')
    argument = ConstArgumentNode(name=NameNode(value="scopes"), value=value)
    directive = DirectiveNode(name=NameNode(value="requiresScopes"), arguments=(argument,))
    return replace(node, directives=(*(node.directives or ()), directive))


@dataclass
class Check:
    """Reads requests against the demands."""

    supergraph: Any
    guards: Guards
    scopes: frozenset[str]

    def faults(self, schema: GraphQLSchema, asked: Asked) -> Iterator[str]:
        """What one request must not have asked for."""
        document = parse(asked.operation)
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                root = schema.get_root_type(node.operation)
                assert root is not None
                names = {
                    one["__typename"]
                    for value in asked.variables.values()
                    if isinstance(value, list)
                    for one in value
                    if isinstance(one, dict) and "__typename" in one
                }
                yield from self._selections(schema, node.selection_set, root, {root.name}, names)

    def _lacks(self, coordinate: str) -> bool:
        return coordinate in self.guards and self.guards[coordinate] not in self.scopes

    def _possible(self, name: str) -> set[str]:
        return set(self.supergraph.possible_types(name))

    def _selections(
        self,
        schema: GraphQLSchema,
        selection_set: SelectionSetNode,
        parent: GraphQLNamedType,
        possible: set[str],
        represented: set[str],
    ) -> Iterator[str]:
        for selection in selection_set.selections:
            node: Any = selection
            if isinstance(node, FragmentSpreadNode):
                node = self._fragments[node.name.value]
            if isinstance(node, InlineFragmentNode | FragmentDefinitionNode):
                on = (
                    parent if node.type_condition is None else schema.type_map[node.type_condition.name.value]
                )
                below = possible & self._possible(on.name)
                if parent.name == "_Entity":
                    # Only what was represented can be found.
                    below = self._possible(on.name)
                    sent = set().union(*(self._possible(name) for name in represented))
                    below &= sent or below
                yield from self._selections(schema, node.selection_set, on, below, represented)
            elif isinstance(node, FieldNode) and not node.name.value.startswith("__"):
                yield from self._field(schema, node, parent, possible, represented)

    def _field(
        self,
        schema: GraphQLSchema,
        node: FieldNode,
        parent: GraphQLNamedType,
        possible: set[str],
        represented: set[str],
    ) -> Iterator[str]:
        name = node.name.value
        field = parent.fields[name]  # type: ignore[attr-defined]
        type_ = get_named_type(field.type)
        if name != "_entities":
            lacking = [t for t in sorted(possible) if self._lacks(t) or self._lacks(f"{t}.{name}")]
            # An interface object's request does not tell which of the interface's types are meant.
            is_interface_object = isinstance(parent, GraphQLObjectType) and parent.name not in possible
            if lacking and (not is_interface_object or len(lacking) == len(possible)):
                yield f"{parent.name}.{name} of {lacking}"
            if self._lacks(type_.name):
                yield f"{parent.name}.{name} returns {type_.name}"
        if node.selection_set is not None:
            below = self._possible(type_.name)
            yield from self._selections(schema, node.selection_set, type_, below, represented)


def is_within(part: Any, whole: Any) -> bool:
    """Whether one answer is the other with some nulls."""
    if part is None:
        return True
    if isinstance(part, dict) and isinstance(whole, dict):
        return part.keys() == whole.keys() and all(is_within(part[key], whole[key]) for key in part)
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(is_within, part, whole))
    return bool(part == whole)


class Guarded:
    """One domain with demands drawn."""

    def __init__(self, trials: Trials, random: Random) -> None:
        sdl, self.guards = draw_guards(trials.supergraph.sdl, random)
        self.trials = trials
        self.supergraph = read_supergraph(sdl)
        self.planner = AccessPlanner(Planner(self.supergraph), AccessRules(self.supergraph))

    def plan(self, operation: RandomOperation, scopes: frozenset[str] | None) -> QueryPlan:
        normal = normalize(parse(operation.text), None, self.supergraph)
        if scopes is None:
            return self.planner.planner.plan(normal)
        granted = frozenset({AUTHENTICATED, *(SCOPE + scope for scope in scopes)})
        return self.planner.plan(normal, frozenset(), granted, never)

    def answer(self, operation: RandomOperation, plan: QueryPlan) -> tuple[Response, Record]:
        client = LabClient(self.trials.sdls, self.trials.worlds[operation.world])
        compiled = compile_plan(plan, self.supergraph)
        ctx = ExecutionContext(client, self.trials.endpoints, compiled.coerce(operation.variables))
        return asyncio.run(execute(compiled, ctx)), client.record


@pytest.mark.parametrize("name", DOMAINS)
def test_what_a_caller_may_not_read_is_never_sent(name: str) -> None:
    trials, random = Trials(DOMAINS[name], executes=False), Random(name)
    schemas = {sdl.name: sdl.schema for sdl in trials.sdls}
    withheld = 0
    for draw in range(MOST_DEMANDS):
        if draw >= DEMANDS and withheld > OPERATIONS:
            break
        guarded = Guarded(trials, random)
        for seed, operation in operations(trials, f"access {draw}", OPERATIONS):
            scopes = frozenset(scope for scope in SCOPES if random.random() < 0.4)
            plan = guarded.plan(operation, scopes)
            response, record = guarded.answer(operation, plan)
            check = Check(guarded.supergraph, guarded.guards, scopes)
            faults = [
                f"{fault} in {asked.subgraph}: {asked.operation}"
                for asked in record.requests
                for fault in check.faults(schemas[asked.subgraph], asked)
            ]
            told = f"{name} {draw} {seed}\n{operation.text}\n{guarded.guards}\nhas {set(scopes)}\n"
            assert not faults, told + "\n".join(faults)
            codes = {error.code for error in response.errors}
            withheld += "UNAUTHORIZED_FIELD_OR_TYPE" in codes
            if operation.text.lstrip().startswith("mutation"):
                continue
            whole, _ = guarded.answer(operation, guarded.plan(operation, None))
            assert is_within(response.data, whole.data), (
                f"{told}{response.data}\n{whole.data}\n{response.errors}"
            )
            if response.data != whole.data:
                assert "UNAUTHORIZED_FIELD_OR_TYPE" in codes, told
    assert withheld > OPERATIONS, "the demands met nothing"
