"""Send together what can be sent together: entity fetches to one subgraph that need not wait for each other.

Two fetches become one request when neither waits for the other and the plan's number of sequential steps stays what
it was; the merged fetch then waits for what either waited for.  Fetches of one place come first, since their
representations become one.
"""

from __future__ import annotations

from collections.abc import Iterable

from router.planning.fetch_graph import BatchBuilder, EntityBuilder, Fetch, FetchGraph
from router.planning.plan import RepresentationSelection
from router.planning.representations import merge_representations


def merge_entity_fetches(graph: FetchGraph) -> None:
    """Merge entity fetches of one subgraph.  Cost: quadratic in the entity fetches of one subgraph."""
    by_graph: dict[tuple[int, str], list[Fetch]] = {}
    for fetch in graph.fetches:
        if fetch.root is None:
            by_graph.setdefault((fetch.segment, fetch.graph), []).append(fetch)
    for fetches in by_graph.values():
        _merge_all(graph, fetches, same_place=True)
    for fetches in by_graph.values():
        _merge_all(graph, fetches, same_place=False)


def _merge_all(graph: FetchGraph, fetches: list[Fetch], *, same_place: bool) -> None:
    fetches.sort(key=lambda fetch: (-fetch.depth, fetch.id))
    kept: list[Fetch] = []
    for fetch in fetches:
        for target in kept:
            if same_place and not target.batches.keys() & fetch.batches.keys():
                continue
            if _can_merge(graph, target, fetch):
                _merge(graph, target, fetch)
                break
        else:
            kept.append(fetch)
    fetches[:] = kept


def _can_merge(graph: FetchGraph, target: Fetch, fetch: Fetch) -> bool:
    if target.waits_for(fetch) or fetch.waits_for(target):
        return False
    for place, batch in fetch.batches.items():
        known = target.batches.get(place)
        if known is not None and _merged_representations(known, batch) is None:
            return False
    if fetch.depth == target.depth:
        return True
    return _depth(graph.fetches, {target: fetch, fetch: target}) <= _depth(graph.fetches, {})


def _merged_representations(
    ours: BatchBuilder, theirs: BatchBuilder
) -> dict[tuple[str, tuple[str, ...]], tuple[RepresentationSelection, ...]] | None:
    merged: dict[tuple[str, tuple[str, ...]], tuple[RepresentationSelection, ...]] = {}
    for key, entity in theirs.entities.items():
        known = ours.entities.get(key)
        if known is None:
            if any(
                set(key[1]) & set(other.types) and other.typename != entity.typename
                for other in ours.entities.values()
            ):
                return None  # one object cannot be sent under two type names at once
            merged[key] = entity.representation
            continue
        both = merge_representations(known.representation, entity.representation)
        if both is None:
            return None
        merged[key] = both
    return merged


def _merge(graph: FetchGraph, target: Fetch, fetch: Fetch) -> None:
    for place, batch in fetch.batches.items():
        known = target.batches.setdefault(place, batch)
        if known is batch:
            continue
        representations = _merged_representations(known, batch) or {}
        for key, entity in batch.entities.items():
            ours = known.entities.get(key)
            if ours is None:
                known.entities[key] = entity
            else:
                ours.selection.merge(entity.selection)
                ours.needed |= entity.needed
                _set_representation(ours, representations[key])
    target.dependencies |= fetch.dependencies
    graph.fetches.remove(fetch)
    for other in graph.fetches:
        if fetch in other.dependencies:
            other.dependencies.discard(fetch)
            other.dependencies.add(target)
    depths = _depths(graph.fetches, {})
    for other in graph.fetches:
        other.depth = depths[other]


def _set_representation(entity: EntityBuilder, representation: tuple[RepresentationSelection, ...]) -> None:
    entity.representation = representation


def _depth(fetches: Iterable[Fetch], twins: dict[Fetch, Fetch]) -> int:
    return max(_depths(fetches, twins).values(), default=0)


def _depths(fetches: Iterable[Fetch], twins: dict[Fetch, Fetch]) -> dict[Fetch, int]:
    """Give each fetch's step, taking twins for one fetch.  Iterative: plans can be deep."""
    depths: dict[Fetch, int] = {}
    stack = list(fetches)
    while stack:
        fetch = stack[-1]
        if fetch in depths:
            stack.pop()
            continue
        twin = twins.get(fetch)
        waits = set(fetch.dependencies)
        if twin is not None:
            waits |= twin.dependencies
        waits -= {fetch, twin} if twin is not None else {fetch}
        missing = [other for other in waits if other not in depths]
        if missing:
            stack.extend(missing)
            continue
        depths[fetch] = max((depths[other] for other in waits), default=0) + 1
        stack.pop()
    return depths
