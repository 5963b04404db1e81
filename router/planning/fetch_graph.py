"""The planner's workbench: fetches being built, and what each needs before it.

Mutable, private to the room.  A `Fetch` ends as one request.  A root fetch has one `SelectionBuilder`; an entity
fetch has, for each place it serves, `EntityBuilder`s: a representation and the selections on one type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from router.language.operation import Conditions, TypeRef
from router.planning.plan import ContextOrigin, RepresentationSelection, ResponsePath
from router.querygraph.graph import Node


class Spot(Protocol):
    """A place of the response tree, as far as fetches care; compared by identity."""

    def path(self) -> ResponsePath:
        """Give its response path."""
        ...


FragmentKey: TypeAlias = tuple[str | None, Conditions, int]
"""Type condition, conditions, and the turn of a mutation's root field (0 for everything else)."""


EntityKey: TypeAlias = tuple[str, tuple[str, ...], bool]
"""Node type, object types, and whether they come with values from contexts."""


@dataclass(frozen=True, slots=True)
class ContextBuilder:
    """A value from a context, as an entity fetch needs it; equal ones share a variable."""

    type: str
    origins: tuple[ContextOrigin, ...]


ContextArguments: TypeAlias = tuple[tuple[str, ContextBuilder], ...]
"""Arguments of a field that take their values from contexts, by name."""


@dataclass(slots=True, eq=False)
class FieldBuilder:
    """A field of a fetch's selections."""

    name: str
    data_key: str
    arguments: str
    variables: tuple[str, ...]
    type: TypeRef
    """In the subgraph."""
    selection: SelectionBuilder | None = None
    wire_key: str = ""
    contexts: ContextArguments = ()


@dataclass(slots=True, eq=False)
class SelectionBuilder:
    """Selections on one type of one subgraph; conditional and narrower ones stand in fragments."""

    node: Node | None
    types: tuple[str, ...]
    """Object types of the supergraph the selections are meant for."""
    fields: dict[str, FieldBuilder] = field(default_factory=dict)
    fragments: dict[FragmentKey, SelectionBuilder] = field(default_factory=dict)

    def under(self, conditions: Conditions) -> SelectionBuilder:
        """Give the part of these selections that holds under further conditions."""
        if not conditions:
            return self
        return self._fragment((None, conditions, 0), self.node, self.types)

    def at_turn(self, turn: int) -> SelectionBuilder:
        """Give the part of these selections printed behind all earlier turns; the whole for turn 0."""
        return self._fragment((None, frozenset(), turn), self.node, self.types) if turn else self

    def on(self, node: Node, types: tuple[str, ...]) -> SelectionBuilder:
        """Give the part of these selections on a narrower type."""
        return self._fragment((node.type_name, frozenset(), 0), node, types)

    def _fragment(self, key: FragmentKey, node: Node | None, types: tuple[str, ...]) -> SelectionBuilder:
        found = self.fragments.get(key)
        if found is None:
            found = self.fragments[key] = SelectionBuilder(node, types)
        return found

    def add(self, builder: FieldBuilder) -> FieldBuilder:
        """Add a field, or give the one already there under its data key."""
        return self.fields.setdefault(builder.data_key, builder)

    def merge(self, other: SelectionBuilder) -> None:
        """Add all of ``other``'s selections, which are on the same type."""
        for data_key, theirs in other.fields.items():
            ours = self.fields.setdefault(data_key, theirs)
            if ours is not theirs and ours.selection is not None and theirs.selection is not None:
                ours.selection.merge(theirs.selection)
        for key, fragment in other.fragments.items():
            known = self.fragments.setdefault(key, fragment)
            if known is not fragment:
                known.merge(fragment)


@dataclass(slots=True, eq=False)
class EntityBuilder:
    """What one entity fetch asks about the objects of some types at one place."""

    types: tuple[str, ...]
    typename: str | None
    representation: tuple[RepresentationSelection, ...]
    selection: SelectionBuilder
    needed: set[Conditions] = field(default_factory=set)
    """The conditions under which something of it is wanted."""
    contexts: dict[ContextBuilder, None] = field(default_factory=dict)
    """In the order they were needed."""


@dataclass(slots=True, eq=False)
class BatchBuilder:
    """The objects of one place that an entity fetch serves."""

    base: Spot
    entities: dict[EntityKey, EntityBuilder] = field(default_factory=dict)

    @property
    def contexts(self) -> tuple[ContextBuilder, ...]:
        """The values from contexts that any of its objects comes with."""
        return tuple({context: None for entity in self.entities.values() for context in entity.contexts})

    @property
    def needed(self) -> set[Conditions]:
        """The conditions under which something of any of its objects is wanted."""
        return {conditions for entity in self.entities.values() for conditions in entity.needed}


@dataclass(slots=True, eq=False)
class Fetch:
    """One request to be."""

    id: int
    graph: str
    segment: int
    """Mutations run in segments, one after another; everything else is in segment 0."""
    root: SelectionBuilder | None = None
    batches: list[BatchBuilder] = field(default_factory=list)
    """One when it is made; merging adds others, for other places or with other representations."""
    dependencies: set[Fetch] = field(default_factory=set)
    depth: int = 1
    """The step at which it is made: behind all it waits for, or later, to be one with others to its subgraph."""
    needed: set[Conditions] = field(default_factory=set)
    """Of a root fetch: the conditions under which something of it is wanted."""
    is_reentry: bool = False
    """Whether it asks the query's root again, for objects below a field; then it has one batch, of one type."""

    def __repr__(self) -> str:
        return f"fetch {self.id} {self.graph}"

    def depend(self, on: Fetch) -> None:
        """Let this fetch wait for another."""
        if on is not self:
            self.dependencies.add(on)
            self.depth = max(self.depth, on.depth + 1)

    def ancestors(self) -> set[Fetch]:
        """Give every fetch this one waits for, however indirectly."""
        seen: set[Fetch] = set()
        stack = list(self.dependencies)
        while stack:
            fetch = stack.pop()
            if fetch not in seen:
                seen.add(fetch)
                stack.extend(fetch.dependencies)
        return seen

    def waits_for(self, other: Fetch) -> bool:
        """Whether this fetch waits for ``other``, however indirectly."""
        return other in self.ancestors()


@dataclass(frozen=True, slots=True)
class Built:
    """A fetch that stands at a position.

    ``cover``: it stands there whenever these conditions hold.  ``implied``: what is put into ``selection`` is
    asked only when these hold, so they need not be said again.
    """

    fetch: Fetch
    selection: SelectionBuilder
    entity: EntityBuilder | None
    """The objects the fetch enters by; None for a root fetch."""
    cover: Conditions
    implied: Conditions

    def need(self, conditions: Conditions) -> None:
        """Note that something here is wanted under the conditions."""
        (self.fetch if self.entity is None else self.entity).needed.add(conditions)


@dataclass(slots=True, eq=False)
class FetchGraph:
    """All fetches of one plan."""

    fetches: list[Fetch] = field(default_factory=list)
    segment: int = 0
    turn: int = 0
    """Which root field of a mutation is being built, from 1; 0 in other operations."""
    allowed: Mapping[str, tuple[int, ...]] | None = None
    """By subgraph, the steps at which fetches may be made (those a search found to be enough); None: at any."""
    steps: int = 0
    """The last step of any fetch."""
    _roots: dict[tuple[int, str], Fetch] = field(default_factory=dict)
    _serving: dict[tuple[int, str, int], list[Fetch]] = field(default_factory=dict)
    _steps: set[tuple[int, int, str]] = field(default_factory=set)

    def root_fetch(self, node: Node) -> tuple[Fetch, SelectionBuilder]:
        """Give the segment's root fetch to a subgraph; it waits for all earlier segments."""
        known = self._roots.get((self.segment, node.graph))
        if known is None:
            known = self._new(node.graph)
            known.root = SelectionBuilder(node, (node.type_name,))
            for fetch in self.fetches:
                if fetch.segment < self.segment:
                    known.depend(fetch)
            self.steps = max(self.steps, known.depth)
            self._roots[self.segment, node.graph] = known
            self._steps.add((self.segment, 1, node.graph))
        assert known.root is not None  # noqa: S101 - made so three lines up
        return known, known.root.at_turn(self.turn)

    def first_step(self, graph: str, at_least: int) -> int | None:
        """Give the first step from ``at_least`` on at which a fetch to a subgraph may be made."""
        if self.allowed is None:
            return at_least
        return next((step for step in self.allowed.get(graph, ()) if step >= at_least), None)

    def step_of_fetch(self, graph: str, base: Spot | None, first: int) -> int | None:
        """Give the step at which a subgraph can be asked at no further fetch, from step ``first`` on.

        At that step itself any of its fetches will do, since they will be merged; later ones only if they serve the
        place anyway.
        """
        if (self.segment, first, graph) in self._steps:
            return first
        steps = [fetch.depth for fetch in self.fetches_at(graph, base) if fetch.depth > first]
        return min(steps, default=None)

    def fetches_at(self, graph: str, base: Spot | None) -> list[Fetch]:
        """Give the segment's fetches to a subgraph that serve a place (None: the root), as they were made."""
        return self._serving.get((self.segment, graph, id(base)), [])

    def new_entity_fetch(self, graph: str, base: Spot, before: set[Fetch], step: int) -> Fetch:
        """Make an entity fetch that serves a place, waits for others, and is not made before a step."""
        fetch = self._new(graph)
        fetch.depth = step
        fetch.batches.append(BatchBuilder(base))
        for dependency in before:
            fetch.depend(dependency)
        self.steps = max(self.steps, fetch.depth)
        self._serving.setdefault((self.segment, graph, id(base)), []).append(fetch)
        self._steps.add((self.segment, fetch.depth, graph))
        return fetch

    def _new(self, graph: str) -> Fetch:
        fetch = Fetch(len(self.fetches), graph, self.segment)
        self.fetches.append(fetch)
        return fetch
