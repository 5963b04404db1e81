"""What a program is laid out from: the active fetches, the schema's types, and the slots of entities."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
)

from router.execution.conditions import fold, holds
from router.execution.leaves import Leaf, leaf_of
from router.execution.positional import find_positional
from router.federation.supergraph import Supergraph
from router.language.operation import Field, SelectionSet, TypeRef
from router.planning.plan import EntityFetch, FetchNode, QueryPlan, Representation


@dataclass(frozen=True, slots=True)
class SlotOwner:
    """The entities one slot finds."""

    fetch: int
    entity: int


@dataclass
class Layout:
    """One plan under given values of its condition variables.  Grows slots while places are laid out."""

    supergraph: Supergraph
    plan: QueryPlan
    client: SelectionSet
    """The operation's selections, conditions folded."""
    active: tuple[FetchNode, ...]
    """Fetches whose requirement holds."""
    entities: Mapping[tuple[int, int], EntityFetch]
    """By fetch id and index: `_entities` selections whose requirement holds."""
    ancestors: Mapping[int, frozenset[int]]
    """What a fetch may read: all it depends on, directly or not."""
    has_conditions: bool
    """Whether a fetch may have left out a key, because of a condition in its text."""
    positional: frozenset[tuple[int, int]] = frozenset()
    """`_entities` selections whose objects are known by their place, not by what they are (see `positional`)."""
    slots: list[SlotOwner] = field(default_factory=list)
    _slot_of: dict[Hashable, int] = field(default_factory=dict)
    introspected: dict[tuple[int, ...], tuple[str, tuple[Field, ...]]] = field(default_factory=dict)
    """What the router itself answers, at any depth: a key for it, and the merged fields; by their identities."""
    _leaves: dict[str, Leaf | None] = field(default_factory=dict)

    def slot(self, signature: Hashable, owner: SlotOwner) -> int:
        """Give the slot of this signature, a new one for a new signature."""
        slot = self._slot_of.get(signature)
        if slot is None:
            slot = self._slot_of[signature] = len(self.slots)
            self.slots.append(owner)
        return slot

    def introspect(self, fields: Iterable[Field]) -> str:
        """Give the key under which the answer to ``__schema`` or ``__type`` will stand."""
        merged = tuple(fields)
        own = tuple(map(id, merged))
        return self.introspected.setdefault(own, (f"i{len(self.introspected)}", merged))[0]

    def leaf(self, name: str) -> Leaf | None:
        """Give the leaf type of this name; None for a composite one."""
        if name not in self._leaves:
            self._leaves[name] = leaf_of(self.supergraph, name)
        return self._leaves[name]

    def field_type(self, type_name: str, field_name: str) -> str | None:
        """Give the named type of a field in the supergraph, hidden fields too."""
        type_ = self.supergraph.types.get(type_name)
        field_ = None if type_ is None else type_.fields.get(field_name)
        return None if field_ is None else field_.type.name

    def api_type(self, type_name: str, field_name: str) -> TypeRef | None:
        """Give a field's type as clients see it on this object type."""
        type_ = self.supergraph.api_schema.type_map.get(type_name)
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            return None
        field_ = type_.fields.get(field_name)
        return None if field_ is None else output_type_ref(field_.type)

    def is_shown(self, type_name: str) -> bool:
        """Say whether the API schema has the type."""
        return type_name in self.supergraph.api_schema.type_map

    def is_of(self, type_name: str, condition: str | None) -> bool:
        """Say whether objects of this type answer a fragment with this type condition."""
        return (
            condition is None
            or condition == type_name
            or type_name in self.supergraph.possible_types(condition)
        )

    def representation(self, fetch: int, entity: int, type_name: str) -> Representation | None:
        """Give how objects of this type are represented; None: they are left out."""
        for representation in self.entities[fetch, entity].representations:
            if type_name in representation.types:
                return representation
        return None


def output_type_ref(type_: GraphQLOutputType) -> TypeRef:
    """Turn graphql-core's type into a type reference."""
    if isinstance(type_, GraphQLNonNull):
        inner = output_type_ref(type_.of_type)
        return TypeRef(inner.name, True, inner.of)
    if isinstance(type_, GraphQLList):
        item = output_type_ref(type_.of_type)
        return TypeRef(item.name, False, item)
    return TypeRef(type_.name)


def _with_active(entity: EntityFetch, values: Mapping[str, bool]) -> EntityFetch:
    """Give the selection with the representations whose requirement holds."""
    active = tuple(how for how in entity.representations if holds(how.requirement, values))
    return entity if len(active) == len(entity.representations) else replace(entity, representations=active)


def lay_out(plan: QueryPlan, supergraph: Supergraph, values: Mapping[str, bool]) -> Layout:
    """Fold the plan's conditions and requirements."""
    active = tuple(fetch for fetch in plan.fetches if holds(fetch.requirement, values))
    entities = {
        (fetch.id, index): _with_active(entity, values)
        for fetch in active
        for index, entity in enumerate(fetch.entities)
        if holds(entity.requirement, values)
    }
    ancestors: dict[int, frozenset[int]] = {}
    for fetch in plan.fetches:
        above = frozenset(fetch.depends_on)
        ancestors[fetch.id] = above.union(*(ancestors[id_] for id_ in fetch.depends_on))
    client = fold(plan.operation.selection_set, values)
    positional = find_positional(plan)
    return Layout(supergraph, plan, client, active, entities, ancestors, bool(values), positional)
