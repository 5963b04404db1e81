"""The operation laid out over the query graph: places, and the positions that can supply them.

A *place* is a spot of the response tree: the root, a composite field, or one of these seen as a narrower type.
A *position* is one way to stand at a place: a node of the query graph, with the origins through which fetches can
get there (a root field, the parent's position, a downcast, ``_entities``).  Positions are possibilities; what is
fetched is decided in `router.planning.choose` and built in `router.planning.build`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from router.federation.supergraph_types import TypeKind
from router.language.operation import RESERVED_PREFIX, TYPENAME, Conditions, OperationKind
from router.planning.fetch_graph import Built
from router.planning.plan import ResponsePath
from router.planning.unplannable import PlaceBudget
from router.querygraph.graph import ContextInput, FieldEdge, Key, Node, Provided
from router.querygraph.paths import Paths, State


@dataclass(frozen=True, slots=True)
class Selected:
    """A field as it is asked for at a place: by the client, or by a key or ``@requires``."""

    name: str
    data_key: str
    arguments: str = ""
    variables: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class RootOrigin:
    """The root type of a subgraph: the start of a root fetch."""


@dataclass(slots=True, eq=False)
class FieldOrigin:
    """A composite field asked at ``parent``; with ``edge.requires``, in an entity fetch of its own."""

    parent: Position
    edge: FieldEdge
    selected: Selected


@dataclass(slots=True, eq=False)
class DowncastOrigin:
    """The same object, seen as a narrower type; ``is_fragment`` when the subgraph must be told."""

    parent: Position
    is_fragment: bool


@dataclass(slots=True, eq=False)
class EntityOrigin:
    """Entered through ``_entities`` by one of these keys."""

    keys: tuple[Key, ...]


@dataclass(slots=True, eq=False)
class ReentryOrigin:
    """The query's root type, met again below a field: a root fetch of its own, behind what tells that it is there."""


Origin: TypeAlias = RootOrigin | FieldOrigin | DowncastOrigin | EntityOrigin | ReentryOrigin


@dataclass(frozen=True, slots=True, eq=False)
class Setter:
    """Objects around a place that set a context for it."""

    place: Place
    """As narrow as it is known where it goes on to the place below."""
    levels: int
    """How many fields it stands above."""
    types: tuple[str, ...]
    """Object types that set the context; when others may stand there too, it is looked for further up for them."""
    is_whole: bool
    """Whether all objects there set it."""

    def narrowed(self) -> Iterator[Place]:
        """Give the place, or one for each type that sets the context where not all do."""
        if self.is_whole:
            yield self.place
        else:
            for name in self.types:
                yield self.place.refine(name)


@dataclass(slots=True, eq=False)
class Position:
    """One way to stand at a place."""

    place: Place
    node: Node
    provided: Provided
    origins: list[Origin] = field(default_factory=list)
    built: list[Built] = field(default_factory=list)
    """What fetches already stand here, and under which conditions."""

    @property
    def is_reentry(self) -> bool:
        """Whether it is the query's root met again: it says nothing of whether there is an object at the place."""
        return any(isinstance(origin, ReentryOrigin) for origin in self.origins)

    @property
    def state(self) -> State:
        """The position as the query graph's paths know it."""
        return self.node, self.provided

    def __repr__(self) -> str:
        return f"{'.'.join(map(str, self.place.path()))}@{self.node!r}"


@dataclass(slots=True, eq=False)
class Place:
    """A spot of the response tree."""

    paths: Paths
    type_name: str
    types: tuple[str, ...]
    """Object types of the supergraph that the object may be here; sorted."""
    parent: Place | None = None
    """The place around (for a refinement: the same spot, wider)."""
    data_key: str = ""
    list_depth: int = 0
    is_refinement: bool = False
    is_narrowed: bool = False
    """A union whose members differ between the subgraphs that could be asked: only common ones are shown."""
    children: dict[str, Place] = field(default_factory=dict)
    refinements: dict[str, Place] = field(default_factory=dict)
    taken: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    """On a base: for each data key at this spot the (name, arguments) that use it."""
    direct: list[Position] = field(default_factory=list)
    budget: PlaceBudget = field(default_factory=PlaceBudget)
    """Shared by all places of an operation."""
    _positions: list[Position] | None = None
    _edges: dict[str, tuple[tuple[Position, FieldEdge], ...]] = field(default_factory=dict)

    @property
    def base(self) -> Place:
        """The same spot, not narrowed."""
        place = self
        while place.is_refinement and place.parent is not None:
            place = place.parent
        return place

    @property
    def is_abstract(self) -> bool:
        """Whether the objects' type must be asked for."""
        type_ = self.paths.graph.supergraph.types[self.type_name]
        return type_.is_abstract

    @property
    def may_stay_untyped(self) -> bool:
        """Whether nothing tells an object's type until somebody asks: it comes from interface objects alone.

        An entity that the interface's owner does not know is then no error unless its type matters.
        """
        is_own = self.is_abstract and not self.is_refinement
        return is_own and all(position.node.is_interface_object for position in self.direct)

    def path(self) -> ResponsePath:
        """Give the response path; types stand in it where a refinement narrows what goes on."""
        if self.parent is None:
            return ()
        if self.is_refinement:
            return self.parent.path()
        before = self.parent.path()
        if self.parent.is_refinement:
            before += (self.parent.types,)
        return (*before, self.data_key, *("@",) * self.list_depth)

    def positions(self) -> list[Position]:
        """Give every position: the direct ones, then those that can be entered, in rounds."""
        if self._positions is None:
            states = tuple(dict.fromkeys(position.state for position in self.direct))
            entered = [
                Position(self, entry.node, (), [EntityOrigin(entry.keys)])
                for entry in self.paths.entries(self.type_name, states)
            ]
            self._positions = [*self.direct, *entered, *self._reentries()]
            if len(self.direct) > 1:
                self._offer_entry_to_direct(states)
        return self._positions

    def _reentries(self) -> Iterator[Position]:
        """Give the query's root in every other subgraph, where it is met again below a field."""
        graph = self.paths.graph
        if self.parent is None or self.type_name != graph.supergraph.roots[OperationKind.QUERY]:
            return
        direct = {position.node for position in self.direct}
        for name in graph.supergraph.types[self.type_name].graphs() if direct else ():
            node = graph.node(name, self.type_name)
            if node is not None and node not in direct:
                yield Position(self, node, (), [ReentryOrigin()])

    def _offer_entry_to_direct(self, states: tuple[State, ...]) -> None:
        """Let a direct position also be entered by a key: its parent may be dearer to reach than the object."""
        keys: dict[Node, list[Key]] = {}
        for edge in self.paths.graph.entries.get(self.type_name, ()):
            keys.setdefault(edge.target, []).append(edge.key)
        for position in self.direct:
            others = tuple(state for state in states if state[0] is not position.node)
            usable = tuple(
                key
                for key in keys.get(position.node, ())
                if others and self.paths.can_resolve(self.type_name, others, key.field_set.selections)
            )
            if usable and not position.provided:
                position.origins.append(EntityOrigin(usable))

    def runtime_types(self) -> tuple[str, ...]:
        """Give the object types that the positions that are there first can return here."""
        possible = {name for position in self.direct for name in position.node.possible_types}
        return tuple(name for name in self.types if name in possible)

    def edges(self, field_name: str) -> tuple[tuple[Position, FieldEdge], ...]:
        """Give each position where the field can be asked; for one with ``@requires``, where it can be met."""
        known = self._edges.get(field_name)
        if known is None:
            known = self._edges[field_name] = tuple(self._find_edges(field_name))
        return known

    def _find_edges(self, field_name: str) -> Iterator[tuple[Position, FieldEdge]]:
        states: tuple[State, ...] | None = None
        for position in self.positions():
            edge = self.paths.edge(position.state, self.type_name, field_name)
            if edge is None:
                continue
            if edge.has_inputs:
                if states is None:
                    states = tuple(p.state for p in self.positions())
                if not self.paths.can_require(self.type_name, states, position.node, edge):
                    continue
            if all(map(self._can_take, edge.contexts)):
                yield position, edge

    def _can_take(self, context: ContextInput) -> bool:
        """Whether something around sets the context, and its value can be fetched there."""
        setters = self.setters(context)
        return bool(setters) and all(
            place.paths.can_resolve(
                place.type_name, tuple(p.state for p in place.positions()), context.selection.selections
            )
            for setter in setters
            for place in setter.narrowed()
        )

    def setters(self, context: ContextInput) -> tuple[Setter, ...]:
        """Give the objects around that may set a context, the nearest first; never the object itself."""
        found: list[Setter] = []
        levels = 0
        around = self.base.parent
        while around is not None:
            levels += 1
            possible = around.runtime_types()
            types = tuple(name for name in possible if name in context.setters)
            if types:
                found.append(Setter(around, levels, types, len(types) == len(possible)))
                if found[-1].is_whole:
                    break
            around = around.base.parent
        return tuple(found)

    def child(self, selected: Selected) -> Place:
        """Give the place of a composite field; made on first use, with a position for each way to ask it."""
        known = self.children.get(selected.data_key)
        if known is not None:
            return known
        definition = self.paths.graph.supergraph.types[self.type_name].fields[selected.name]
        name = definition.type.name
        place = Place(
            self.paths,
            name,
            self.paths.graph.supergraph.possible_types(name),
            self,
            selected.data_key,
            definition.type.list_depth,
            budget=self.budget,
        )
        self.budget.spend()
        by_state: dict[State, Position] = {}
        for position, edge in self.edges(selected.name):
            state = self.paths.child(position.state, edge)
            if state is None:
                continue
            target = by_state.get(state)
            if target is None:
                target = by_state[state] = Position(place, *state)
                place.direct.append(target)
            target.origins.append(FieldOrigin(position, edge, selected))
        place._keep_common_members()
        self.children[selected.data_key] = place
        return place

    def _keep_common_members(self) -> None:
        """Let a union have only the members that all subgraphs that could be asked for it have.

        Which of them is asked is the planner's business and must not show.
        """
        if self.paths.graph.supergraph.types[self.type_name].kind is not TypeKind.UNION:
            return
        common = set(self.types)
        for position in self.direct:
            common &= set(position.node.possible_types)
        offered = set(self.runtime_types())
        if common != offered:
            self.types = tuple(name for name in self.types if name in common)
            self.is_narrowed = True

    def refine(self, type_name: str) -> Place:
        """Give this place narrowed to ``type_name``; itself when that narrows nothing."""
        supergraph = self.paths.graph.supergraph
        possible = set(supergraph.possible_types(type_name))
        types = tuple(name for name in self.types if name in possible)
        if type_name == self.type_name:
            return self
        known = self.refinements.get(type_name)
        if known is not None:
            return known
        place = Place(
            self.paths,
            type_name,
            types,
            self,
            self.data_key,
            self.list_depth,
            is_refinement=True,
            budget=self.budget,
        )
        self.budget.spend()
        by_state: dict[State, Position] = {}
        entered = set(self.positions()) - set(self.direct)
        for position in self.positions() if types else ():
            if position.node.is_interface_object and position in entered:
                continue  # entered again at the narrower place, with the objects meant alone
            state = self.paths.downcast(position.state, type_name)
            if state is None or not self._translates(position, state, types):
                continue
            target = by_state.get(state)
            if target is None:
                target = by_state[state] = Position(place, *state)
                place.direct.append(target)
            target.origins.append(DowncastOrigin(position, state[0] is not position.node))
        self.refinements[type_name] = place
        return place

    def _translates(self, position: Position, state: State, types: tuple[str, ...]) -> bool:
        """Whether the subgraph's own type of that name covers all objects meant."""
        if position.node.is_interface_object or not state[0].is_abstract:
            return True
        meant = set(types) & set(position.node.possible_types)
        return meant <= set(state[0].possible_types)

    def can_refine_as_one(self, type_name: str) -> bool:
        """Whether every position here can ask ``... on type_name`` as such, so that no type need be spelled out."""
        if not self.paths.graph.supergraph.types[type_name].is_abstract:
            return True
        covered = {
            origin.parent
            for position in self.refine(type_name).direct
            for origin in position.origins
            if isinstance(origin, DowncastOrigin)
        }
        meant = set(self.refine(type_name).types)
        return all(
            position in covered or not meant & set(position.node.possible_types)
            for position in self.positions()
        )

    def take(self, data_key: str, name: str, arguments: str) -> None:
        """Note that the client's operation uses a data key at this spot."""
        self.base.taken.setdefault(data_key, set()).add((name, arguments))

    def allocate(self, name: str, arguments: str) -> str:
        """Give the data key under which a key or ``@requires`` input is fetched here.

        The client's own, when it asks the very same field; else the field's name when that is free; else a
        reserved one.
        """
        if name == TYPENAME:
            return TYPENAME
        taken = self.base.taken
        wanted = {(name, arguments)}
        for data_key, users in taken.items():
            if users == wanted:
                return data_key
        data_key = name if not arguments and name not in taken else f"{RESERVED_PREFIX}{name}"
        number = 1
        while data_key in taken:
            number += 1
            data_key = f"{RESERVED_PREFIX}{name}_{number}"
        taken[data_key] = wanted
        return data_key


@dataclass(frozen=True, slots=True, eq=False)
class Occurrence:
    """A place as the operation comes by it once: under which conditions, and through which occurrence around."""

    place: Place
    conditions: Conditions
    parent: Occurrence | None = None
