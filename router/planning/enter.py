"""Make an entity fetch serve a position, or find one that can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from router.language.operation import TYPENAME, Conditions, TypeRef
from router.planning.fetch_graph import (
    Built,
    EntityBuilder,
    EntityKey,
    Fetch,
    FetchGraph,
    FieldBuilder,
    SelectionBuilder,
)
from router.planning.place import Position
from router.planning.plan import RepresentationSelection
from router.planning.representations import merge_representations

NON_NULL_STRING: Final = TypeRef("String", True)


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent of an object to enter a subgraph by it."""

    representation: tuple[RepresentationSelection, ...]
    has_contexts: bool = False
    """Whether values from contexts go with it."""
    is_reentry: bool = False
    """Whether it is nothing at all: the query's root is asked again."""


def enter(
    graph: FetchGraph, position: Position, sent: Sent, before: set[Fetch], conditions: Conditions
) -> Built:
    """Stand at a position by an entity fetch that waits for the fetches ``before``."""
    place, node = position.place, position.node
    key = (node.type_name, place.types, sent.has_contexts)
    fetch, merged = _entity_fetch(graph, position, key, sent, before)
    entities = fetch.batches[0].entities
    entity = entities.get(key)
    if entity is None:
        selection = SelectionBuilder(node, place.types)
        if place.is_abstract and not node.is_interface_object and not place.may_stay_untyped:
            ask_typename(selection)
        entity = entities[key] = EntityBuilder(place.types, node.type_name, merged, selection)
    entity.representation = merged
    entity.needed.add(conditions)
    return Built(fetch, entity.selection, entity, conditions, frozenset())


def _entity_fetch(
    graph: FetchGraph, position: Position, key: EntityKey, sent: Sent, before: set[Fetch]
) -> tuple[Fetch, tuple[RepresentationSelection, ...]]:
    """Give a fetch that can take the representation without waiting longer, or a new one."""
    base, subgraph = position.place.base, position.node.graph
    depth = max((fetch.depth for fetch in before), default=0) + 1
    step = graph.first_step(subgraph, depth) or depth
    best: tuple[Fetch, tuple[RepresentationSelection, ...]] | None = None
    for fetch in graph.fetches_at(subgraph, base):
        if fetch.depth < depth or (best is not None and best[0].depth <= fetch.depth):
            continue
        if fetch.is_reentry != sent.is_reentry or fetch in before or any(f.waits_for(fetch) for f in before):
            continue
        entity = fetch.batches[0].entities.get(key)
        known = () if entity is None else entity.representation
        merged = merge_representations(known, sent.representation)
        if merged is not None:
            best = fetch, merged
    if best is None or (graph.allowed is not None and best[0].depth > step):
        made = graph.new_entity_fetch(subgraph, base, before, step)
        made.is_reentry = sent.is_reentry
        return made, sent.representation
    for dependency in before:
        best[0].depend(dependency)  # earlier steps only: its own stays the same
    return best


def ask_typename(selection: SelectionBuilder, data_key: str = TYPENAME) -> None:
    """Ask the type of the objects, or whether they are there."""
    selection.add(FieldBuilder(TYPENAME, data_key, "", (), NON_NULL_STRING))
