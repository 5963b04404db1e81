"""Which nodes an object can be reached in: the closure of moves between subgraphs.

An object is first reached in some *states* (nodes, with what is provided there): those of the fields that return
it.  From these, ``_entities`` enters further nodes, when a key of theirs can be gathered from the states reached
so far: directly, by a nested selection, or from fields that themselves need ``@requires``.  `Paths.entries` gives
them in rounds: whatever a key needs stands in the states given or in an earlier round, so that a plan made by
following the order cannot go in circles.  (Resolving a key may not pass through the subgraph being entered.)

Everything here is memoised per type and set of states, never per operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from threading import local
from typing import TypeAlias

from router.language.field_set import FieldSetField, FieldSetSelection
from router.querygraph.graph import (
    FieldEdge,
    Key,
    Node,
    Provided,
    QueryGraph,
    provided_field,
    provided_for,
)

State: TypeAlias = tuple[Node, Provided]
Labels: TypeAlias = frozenset[str]
"""The progressive override labels that are on."""
MayAsk: TypeAlias = Callable[[str, str], bool]
"""Of a type and a field of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A node that can be entered, and the keys that the states before it can supply."""

    node: Node
    keys: tuple[Key, ...]


class _UnderWay(local):
    """What this thread is finding out: of another thread's questions it cannot be a circle."""

    def __init__(self) -> None:
        self.memos: set[tuple[str, tuple[State, ...]]] = set()


class Paths:
    """Reachability over one query graph, for one set of override labels.  Shared by the threads that plan."""

    def __init__(
        self, graph: QueryGraph, labels: Labels = frozenset(), may_ask: MayAsk | None = None
    ) -> None:
        """``may_ask``: which fields may be asked at all; None: every one."""
        self.graph = graph
        self._may_ask = may_ask
        self.labels = labels
        self._types = graph.supergraph.types
        self._entries: dict[tuple[str, tuple[State, ...]], tuple[Entry, ...]] = {}
        self._under_way = _UnderWay()
        self._safe: dict[tuple[Node, str], bool] = {}
        self._provides: dict[tuple[Node, str], Provided] = {}

    def edge(self, state: State, type_name: str, field_name: str) -> FieldEdge | None:
        """Give the field's edge if it can be asked at this state for an object of ``type_name``, else None.

        Edges with ``requires`` are given too: the caller sees to the requirement.
        """
        node, provided = state
        edge = node.fields.get(field_name)
        if edge is None:
            return None
        if self._may_ask is not None and not self._may_ask(type_name, field_name):
            return None
        if provided and provided_field(provided, field_name)[0]:
            return edge
        if edge.is_external or not self._is_active(edge):
            return None
        if node.is_interface_object and type_name != node.type_name:
            is_shared = field_name in node.key_fields or self._comes_from_interface_object(
                type_name, field_name
            )
            return edge if is_shared else None
        if node.is_abstract and not self._is_safe(node, field_name):
            return None
        return edge

    def _is_active(self, edge: FieldEdge) -> bool:
        return edge.override_label is None or (edge.override_label in self.labels) == edge.is_override_target

    def _comes_from_interface_object(self, type_name: str, field_name: str) -> bool:
        """Whether the field of this object type is one that composition added from an interface object."""
        type_ = self._types.get(type_name)
        field = None if type_ is None else type_.fields.get(field_name)
        if type_ is None or type_.is_abstract or field is None:
            return True
        # Subgraphs that have it @external say no more than that they know of it.
        return bool(field.joins) and all(join.graph is None or join.is_external for join in field.joins)

    def _is_safe(self, node: Node, field_name: str) -> bool:
        """Whether every object that ``node`` may stand for resolves the field in this subgraph by itself."""
        known = self._safe.get((node, field_name))
        if known is None:
            known = all(
                self._resolves_alone(self.graph.node(node.graph, name), field_name)
                for name in node.possible_types
            )
            self._safe[node, field_name] = known
        return known

    def _resolves_alone(self, node: Node | None, field_name: str) -> bool:
        if node is None:
            return False
        edge = node.fields.get(field_name)
        if edge is None or edge.is_external or edge.has_inputs:
            return False
        return self._is_active(edge)

    def child(self, state: State, edge: FieldEdge) -> State | None:
        """Give the state that a composite field leads to in the same subgraph."""
        node, provided = state
        target = self.graph.node(node.graph, edge.type.name)
        if target is None:
            return None
        below = provided_field(provided, edge.name)[1] if provided else ()
        if edge.provides is not None:
            below += edge.provides.selections
        elif node.is_abstract:
            below += self._provided_by_all(node, edge.name)
        return target, below

    def _provided_by_all(self, node: Node, field_name: str) -> Provided:
        """Give what a field of an interface provides because it does so on every object type."""
        known = self._provides.get((node, field_name))
        if known is None:
            nodes = [self.graph.node(node.graph, name) for name in node.possible_types]
            edges = [None if n is None else n.fields.get(field_name) for n in nodes]
            provides = {None if e is None or e.provides is None else e.provides.selections for e in edges}
            known = (provides.pop() or ()) if len(provides) == 1 else ()
            self._provides[node, field_name] = known
        return known

    def downcast(self, state: State, type_name: str) -> State | None:
        """Give the state of the same object seen as ``type_name``, or None if it cannot be one here."""
        node, provided = state
        if node.is_interface_object:
            return state
        target = self.graph.node(node.graph, type_name)
        if target is None or not set(target.possible_types) & set(node.possible_types):
            return None
        if not provided:
            return target, ()
        return target, provided_for(provided, (type_name, *target.interfaces))

    def entries(self, type_name: str, states: tuple[State, ...]) -> tuple[Entry, ...]:
        """Give the nodes that can be entered beyond ``states``, in rounds.

        Cost: memoised; a miss costs about (entries of the type) times (rounds).
        """
        memo = (type_name, states)
        known = self._entries.get(memo)
        if known is not None:
            return known
        under_way = self._under_way.memos
        if memo in under_way:
            return ()  # a key that needs itself
        under_way.add(memo)
        found = self._find_entries(type_name, states)
        under_way.discard(memo)
        if not under_way:
            self._entries[memo] = found
        return found

    def _find_entries(self, type_name: str, states: tuple[State, ...]) -> tuple[Entry, ...]:
        candidates: dict[Node, list[Key]] = {}
        for edge in self.graph.entries.get(type_name, ()):
            candidates.setdefault(edge.target, []).append(edge.key)
        for node in [node for node, provided in states if not provided]:
            candidates.pop(node, None)
        found: list[Entry] = []
        reached = states
        while candidates:
            newly = []
            for node, keys in candidates.items():
                usable = tuple(
                    key for key in keys if self.can_resolve(type_name, reached, key.field_set.selections)
                )
                if usable:
                    newly.append(Entry(node, usable))
            if not newly:
                break
            for entry in newly:
                del candidates[entry.node]
                reached += ((entry.node, ()),)
            found.extend(newly)
        return tuple(found)

    def can_resolve(
        self,
        type_name: str,
        states: tuple[State, ...],
        selections: Iterable[FieldSetSelection],
        asked: frozenset[tuple[str, str, str]] = frozenset(),
    ) -> bool:
        """Whether all the selections can be gathered from the states of an object and what lies below them.

        ``asked`` holds the (type, graph, field) whose ``@requires`` are being answered: no circles.
        """
        return all(self._can_resolve_one(type_name, states, selection, asked) for selection in selections)

    def _can_resolve_one(
        self,
        type_name: str,
        states: tuple[State, ...],
        selection: FieldSetSelection,
        asked: frozenset[tuple[str, str, str]],
    ) -> bool:
        if not isinstance(selection, FieldSetField):
            inner = selection.type_condition or type_name
            cast = tuple(s for s in (self.downcast(state, inner) for state in states) if s is not None)
            return not cast or self.can_resolve(inner, self.reached(inner, cast), selection.selections, asked)
        if selection.name == "__typename":
            return bool(states)
        children: list[State] = []
        for state, edge in self.edges(type_name, states, selection.name, asked):
            if not selection.selections:
                return True
            child = self.child(state, edge)
            if child is not None:
                children.append(child)
        if not children:
            return self._can_explode(type_name, states, selection, asked)
        child_type = self._field_type(type_name, selection.name) or children[0][0].type_name
        direct = tuple(dict.fromkeys(children))
        if self.can_resolve(child_type, direct, selection.selections, asked):
            return True
        return self.can_resolve(child_type, self.reached(child_type, direct), selection.selections, asked)

    def _can_explode(
        self,
        type_name: str,
        states: tuple[State, ...],
        selection: FieldSetField,
        asked: frozenset[tuple[str, str, str]],
    ) -> bool:
        type_ = self._types.get(type_name)
        if type_ is None or not type_.is_abstract:
            return False
        possible = dict.fromkeys(name for node, _ in states for name in node.possible_types)
        for name in possible:
            cast = tuple(s for s in (self.downcast(state, name) for state in states) if s is not None)
            if cast and not self.can_resolve(name, self.reached(name, cast), (selection,), asked):
                return False
        return bool(possible)

    def edges(
        self,
        type_name: str,
        states: tuple[State, ...],
        name: str,
        asked: frozenset[tuple[str, str, str]] = frozenset(),
        among: Iterable[State] | None = None,
    ) -> Iterator[tuple[State, FieldEdge]]:
        """Give each state where the field can be asked, its ``@requires`` met; only those ``among``, if given."""
        for state in states if among is None else among:
            edge = self.edge(state, type_name, name)
            if edge is None:
                continue
            if edge.has_inputs and not self.can_require(type_name, states, state[0], edge, asked):
                continue
            yield state, edge

    def can_require(
        self,
        type_name: str,
        states: tuple[State, ...],
        node: Node,
        edge: FieldEdge,
        asked: frozenset[tuple[str, str, str]] = frozenset(),
    ) -> bool:
        """Whether a field with ``@requires`` can be asked: its inputs, and a key to send them with.

        Of a field that takes values from contexts, the key only: what stands around is not seen from here.
        """
        step = (type_name, node.graph, edge.name)
        if step in asked:
            return False
        asked |= {step}
        inputs = () if edge.requires is None else edge.requires.selections
        if not self.can_resolve(type_name, states, inputs, asked):
            return False
        return any(
            key.is_resolvable and self.can_resolve(type_name, states, key.field_set.selections, asked)
            for key in node.keys
        )

    def reached(self, type_name: str, direct: tuple[State, ...]) -> tuple[State, ...]:
        """Give the states of an object together with every node that can be entered from them."""
        return direct + tuple((entry.node, ()) for entry in self.entries(type_name, direct))

    def _field_type(self, type_name: str, field_name: str) -> str | None:
        type_ = self._types.get(type_name)
        field = None if type_ is None else type_.fields.get(field_name)
        return None if field is None else field.type.name
