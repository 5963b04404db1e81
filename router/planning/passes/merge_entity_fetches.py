"""Send together what can be sent together: entity fetches to one subgraph that need not wait for each other.

Two fetches become one request when neither waits for the other and the plan's number of sequential steps stays what
it was; the merged fetch then waits for what either waited for.  Fetches of one place come first, since their
representations become one.
"""

from __future__ import annotations

from collections.abc import Iterable

from router.planning.fetch_graph import BatchBuilder, Fetch, FetchGraph
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
            if same_place and not any(_home(target, batch) for batch in fetch.batches):
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
    if fetch.depth == target.depth:
        return True
    return _depth(graph.fetches, {target: fetch, fetch: target}) <= _depth(graph.fetches, {})


def _home(fetch: Fetch, batch: BatchBuilder) -> BatchBuilder | None:
    """Give the batch of a fetch that can take in another: the same place, and representations that agree."""
    for known in fetch.batches:
        if known.base is batch.base and _merged_representations(known, batch) is not None:
            return known
    return None


def _merged_representations(
    ours: BatchBuilder, theirs: BatchBuilder
) -> dict[tuple[str, tuple[str, ...]], tuple[RepresentationSelection, ...]] | None:
    merged: dict[tuple[str, tuple[str, ...]], tuple[RepresentationSelection, ...]] = {}
    for key, entity in theirs.entities.items():
        known = ours.entities.get(key)
        both: tuple[RepresentationSelection, ...] | None = entity.representation
        if known is not None:
            both = merge_representations(known.representation, entity.representation)
        if both is None:
            return None
        merged[key] = both
    return merged


def _merge(graph: FetchGraph, target: Fetch, fetch: Fetch) -> None:
    for batch in fetch.batches:
        home = _home(target, batch)
        if home is None:
            target.batches.append(batch)
        else:
            _take_in(home, batch)
    target.dependencies |= fetch.dependencies
    graph.fetches.remove(fetch)
    for other in graph.fetches:
        if fetch in other.dependencies:
            other.dependencies.discard(fetch)
            other.dependencies.add(target)
    depths = _depths(graph.fetches, {})
    for other in graph.fetches:
        other.depth = depths[other]


def _take_in(home: BatchBuilder, batch: BatchBuilder) -> None:
    representations = _merged_representations(home, batch) or {}
    for key, entity in batch.entities.items():
        ours = home.entities.setdefault(key, entity)
        if ours is not entity:
            ours.selection.merge(entity.selection)
            ours.needed |= entity.needed
            ours.representation = representations[key]


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
