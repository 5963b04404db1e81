"""Whether every path a client can take through the API schema can be answered by the subgraphs.

Walks the API schema from its roots, breadth first, so that the first way found to a failing field is a shortest
one.  What matters of a way is only in which states it stands (`router.querygraph.paths`), and more states never
hurt, so a type is walked again only when it is reached in states that no earlier visit was contained in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from router.federation.supergraph_types import SupergraphField, SupergraphType
from router.language.operation import OperationKind
from router.querygraph.graph import ContextInput, Key, Node, QueryGraph
from router.querygraph.paths import Paths, State

MAX_VISITS: Final = 200_000

MAX_LABELS: Final = 5
"""Of so many progressive overrides every combination is walked; of more, each label alone, all but each, and all."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a way: a field, or (without a name) a narrower type."""

    field: str
    type_name: str
    """Of the field, or narrowed to."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a subgraph cannot go on to the field."""

    graph: str
    """Its ``join__Graph`` value."""
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """A field that some way through the API schema reaches but no subgraph can then answer."""

    kind: OperationKind
    way: tuple[Step, ...]
    type_name: str
    field: str
    blocked: tuple[Blocked, ...]
    labels: frozenset[str] = frozenset()
    """Of progressive overrides, that were on."""
    runs_in: str = ""
    """For what is below a mutation that several subgraphs have: the ``join__Graph`` value of the one that runs it."""

    @property
    def coordinate(self) -> str:
        """The schema coordinate of the field."""
        return f"{self.type_name}.{self.field}"

    def operation(self) -> str:
        """Give a shortest operation that fails, laid out for reading."""
        lines = ["{" if self.kind is OperationKind.QUERY else f"{self.kind.value} {{"]
        for step in self.way:
            name = step.field or f"... on {step.type_name}"
            lines.append("  " * len(lines) + f"{name} {{")
        lines.append("  " * len(lines) + self.field)
        lines += ["  " * depth + "}" for depth in range(len(lines) - 2, -1, -1)]
        return "\n".join(lines)


class TooManyWaysError(Exception):
    """The walk was given up; the message says after how much."""


@dataclass(slots=True)
class _Budget:
    """Visits of one walk, with those of the walks inside it."""

    visits: int
    taken: int = 0

    def take(self) -> None:
        self.taken += 1
        if self.taken > self.visits:
            raise TooManyWaysError(f"gave up after {self.visits} steps")


@dataclass(frozen=True, slots=True)
class _Visit:
    type_name: str
    states: tuple[State, ...]
    kind: OperationKind
    way: tuple[Step, ...]
    contexts: frozenset[ContextInput] = frozenset()
    """What fields here may take from the objects around them."""


def _label_sets(graph: QueryGraph) -> Iterator[frozenset[str]]:
    """Give sets of labels that may be on together, none of them first."""
    edges = (edge for node in graph.nodes.values() for edge in node.fields.values())
    labels = sorted({edge.override_label for edge in edges if edge.override_label is not None})
    if len(labels) <= MAX_LABELS:
        for count in range(len(labels) + 1):
            yield from map(frozenset, combinations(labels, count))
        return
    every = frozenset(labels)
    yield frozenset()
    yield every
    for label in labels:
        yield frozenset((label,))
        yield every - {label}


class SatisfiabilityCheck:
    """Walks over one query graph: one, and with progressive overrides one for each of many sets of labels.

    Cost of a walk: (types) times (distinct sets of states they are reached in), each with its fields; bounded by
    ``max_visits``.
    """

    def __init__(self, graph: QueryGraph) -> None:
        self._graph = graph
        self._paths = Paths(graph)
        self._types = graph.supergraph.types
        self._contexts = tuple(
            dict.fromkeys(
                context
                for node in graph.nodes.values()
                for edge in node.fields.values()
                for context in edge.contexts
            )
        )
        self._seen: dict[str, set[frozenset[State | ContextInput]]] = {}
        self._failed: set[tuple[str, str]] = set()
        self._queue: deque[_Visit] = deque()
        self._budget = _Budget(MAX_VISITS)

    def run(self, max_visits: int = MAX_VISITS) -> Iterator[Unsatisfiable]:
        """Give each failing field once, with a shortest way to it.

        Raises: TooManyWaysError.
        """
        for labels in _label_sets(self._graph):
            self._paths = Paths(self._graph, labels)
            self._seen.clear()
            self._budget = _Budget(max_visits)
            for kind, root in self._graph.supergraph.roots.items():
                self._enqueue(_Visit(root, self._root_states(root), kind, ()))
            yield from self._drain()

    def _drain(self) -> Iterator[Unsatisfiable]:
        while self._queue:
            visit = self._queue.popleft()
            self._budget.take()
            type_ = self._types[visit.type_name]
            if type_.is_abstract:
                yield from self._narrow(visit)
            else:
                yield from self._object(visit, type_)

    def _root_states(self, root: str) -> tuple[State, ...]:
        nodes = (self._graph.node(graph, root) for graph in self._types[root].graphs())
        return tuple((node, ()) for node in nodes if node is not None)

    def _enqueue(self, visit: _Visit) -> None:
        if visit.type_name == self._graph.supergraph.roots[OperationKind.QUERY]:
            # A field that returns Query starts anew.
            visit = replace(visit, states=self._root_states(visit.type_name))
        key: frozenset[State | ContextInput] = frozenset((*visit.states, *visit.contexts))
        seen = self._seen.setdefault(visit.type_name, set())
        if key not in seen and not any(earlier <= key for earlier in seen):
            seen.add(key)
            self._queue.append(visit)

    def _narrow(self, visit: _Visit) -> Iterator[Unsatisfiable]:
        reached = self._paths.reached(visit.type_name, visit.states)
        if all(node.is_interface_object for node, _ in reached):
            if self._graph.supergraph.possible_types(visit.type_name):
                yield from self._untold(visit, reached)
            return
        possible = dict.fromkeys(name for node, _ in visit.states for name in node.possible_types)
        for name in possible:
            if self._types[name].is_inaccessible:
                continue
            cast = (self._paths.downcast(state, name) for state in reached)
            states = tuple(dict.fromkeys(state for state in cast if state is not None))
            if states:
                way = (*visit.way, Step("", name))
                self._enqueue(_Visit(name, states, visit.kind, way, visit.contexts))

    def _untold(self, visit: _Visit, reached: tuple[State, ...]) -> Iterator[Unsatisfiable]:
        """Only interface objects know the object, and none of them knows its type."""
        if (visit.type_name, "__typename") in self._failed:
            return
        self._failed.add((visit.type_name, "__typename"))
        reason = (
            f'"{visit.type_name}" is an @interfaceObject there, and no subgraph can be reached that has the interface '
            "with a resolvable @key and so can tell the type of an object"
        )
        blocked = tuple(Blocked(node.graph, (reason,)) for node in dict.fromkeys(node for node, _ in reached))
        yield Unsatisfiable(visit.kind, visit.way, visit.type_name, "__typename", blocked, self._paths.labels)

    def _object(self, visit: _Visit, type_: SupergraphType) -> Iterator[Unsatisfiable]:
        reached = self._paths.reached(type_.name, visit.states)
        having = _having(reached)
        contexts = self._contexts_below(visit, reached) if self._contexts else visit.contexts
        for field in type_.fields.values():
            if field.is_inaccessible or (type_.name, field.name) in self._failed:
                continue
            asked_at = having.get(field.name, ())
            edges = [
                (state, edge)
                for state, edge in self._paths.edges(type_.name, reached, field.name, among=asked_at)
                if visit.contexts.issuperset(edge.contexts)
            ]
            if not edges:
                self._failed.add((type_.name, field.name))
                yield self._explain(visit, field, reached)
                continue
            child_type = self._types.get(field.type.name)
            if child_type is None or not child_type.is_composite or child_type.is_inaccessible:
                continue
            children = (self._paths.child(state, edge) for state, edge in edges)
            states = tuple(dict.fromkeys(state for state in children if state is not None))
            step = Step(field.name, field.type.name)
            below = _Visit(field.type.name, states, visit.kind, (*visit.way, step), contexts)
            if visit.kind is OperationKind.MUTATION and not visit.way and len(states) > 1:
                yield from self._runs_once(below)
            else:
                self._enqueue(below)

    def _runs_once(self, below: _Visit) -> Iterator[Unsatisfiable]:
        """A mutation runs in one of the subgraphs that have it, so one alone must lead to all that is below."""
        failed = []
        for state in below.states:
            alone = SatisfiabilityCheck(self._graph)
            alone._paths, alone._failed, alone._budget = self._paths, set(self._failed), self._budget
            alone._seen = {name: set(keys) for name, keys in self._seen.items()}
            alone._enqueue(replace(below, states=(state,)))
            gap = next(alone._drain(), None)
            if gap is None:
                self._seen = alone._seen
                return
            failed.append(replace(gap, runs_in=state[0].graph))
        self._failed.update((gap.type_name, gap.field) for gap in failed)
        yield from failed

    def _contexts_below(self, visit: _Visit, reached: tuple[State, ...]) -> frozenset[ContextInput]:
        """Give what fields below an object can take from contexts: the nearest that sets one must have its value."""
        return frozenset(
            context
            for context in self._contexts
            if (
                self._paths.can_resolve(visit.type_name, reached, context.selection.selections)
                if visit.type_name in context.setters
                else context in visit.contexts
            )
        )

    def _explain(self, visit: _Visit, field: SupergraphField, reached: tuple[State, ...]) -> Unsatisfiable:
        moves = [
            self._why_no_move(visit.type_name, node, field.name, reached)
            for node in self._offering(visit.type_name, field)
            if all(node is not known for known, _ in reached)
        ]
        blocked = [
            Blocked(node.graph, (self._why_not_here(node, visit, field.name, reached), *moves))
            for node in dict.fromkeys(node for node, _ in reached)
        ]
        return Unsatisfiable(
            visit.kind, visit.way, visit.type_name, field.name, tuple(blocked), self._paths.labels
        )

    def _offering(self, type_name: str, field: SupergraphField) -> Iterator[Node]:
        """Give the nodes whose subgraph resolves the field, could one but get there."""
        names = (type_name, *self._types[type_name].interfaces)
        for graph in self._types[type_name].graphs():
            node = self._graph.node(graph, type_name)
            if node is not None and self._paths.edge((node, ()), type_name, field.name) is not None:
                yield node
        for edge in self._graph.entries.get(type_name, ()):
            node = edge.target
            if node.type_name in names[1:] and self._paths.edge((node, ()), type_name, field.name):
                yield node

    def _why_not_here(self, node: Node, visit: _Visit, name: str, reached: tuple[State, ...]) -> str:
        edge, type_name = node.fields.get(name), visit.type_name
        if edge is None:
            return f'it has no field "{type_name}.{name}"'
        if edge.requires is not None and not edge.is_external:
            return (
                f'"{type_name}.{name}" requires "{edge.requires}", which cannot be gathered and sent: '
                + self._why_not_sent(type_name, node, edge.requires.selections, reached)
            )
        missing = [context.name for context in edge.contexts if context not in visit.contexts]
        if missing and not edge.is_external:
            return (
                f'"{type_name}.{name}({missing[0]}:)" takes its value from a context that nothing around sets'
            )
        if edge.override_label is not None and not edge.is_external:
            return f'"{type_name}.{name}" is overridden there by its label "{edge.override_label}"'
        return f'"{type_name}.{name}" is external there'

    def _why_not_sent(
        self, type_name: str, node: Node, selections: tuple[object, ...], reached: tuple[State, ...]
    ) -> str:
        missing = [
            str(selection)
            for selection in selections
            if not self._paths.can_resolve(type_name, reached, (selection,))  # type: ignore[arg-type]  # a field set's own
        ]
        if missing:
            return "no subgraph reached so far gives " + ", ".join(f'"{m}"' for m in missing)
        if not any(key.is_resolvable for key in node.keys):
            return f'"{type_name}" has no resolvable key in that subgraph'
        return "no key of it can be gathered"

    def _why_no_move(self, type_name: str, node: Node, name: str, reached: tuple[State, ...]) -> str:
        where = f'cannot move to subgraph "{self._name(node.graph)}", which has "{type_name}.{name}"'
        keys = [key for key in node.keys if key.is_resolvable]
        if not keys:
            kind = "resolvable @key" if node.keys else "@key"
            return f'{where}: "{node.type_name}" has no {kind} there'
        return f"{where}: " + "; ".join(self._why_no_key(type_name, key, reached) for key in keys)

    def _why_no_key(self, type_name: str, key: Key, reached: tuple[State, ...]) -> str:
        missing = [
            str(selection)
            for selection in key.field_set.selections
            if not self._paths.can_resolve(type_name, reached, (selection,))
        ]
        return f'its @key "{key.field_set}" needs ' + ", ".join(f'"{type_name}.{m}"' for m in missing)

    def _name(self, graph: str) -> str:
        return self._graph.supergraph.subgraphs[graph].name


def _having(states: tuple[State, ...]) -> dict[str, list[State]]:
    """The states whose node has each field: of a root, most have few of all the fields."""
    found: dict[str, list[State]] = {}
    for state in states:
        for name in state[0].fields:
            found.setdefault(name, []).append(state)
    return found
