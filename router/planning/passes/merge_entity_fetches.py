"""Send together what can be sent together: entity fetches to one subgraph that need not wait for each other.

Two fetches become one request when neither waits for the other and the plan's number of sequential steps stays what
it was; the merged fetch then waits for what either waited for.  Fetches of one place come first, since their
representations become one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from router.planning.fetch_graph import BatchBuilder, EntityKey, Fetch, FetchGraph
from router.planning.plan import RepresentationSelection
from router.planning.representations import merge_representations


def merge_entity_fetches(graph: FetchGraph) -> None:
    """Merge entity fetches of one subgraph.

    Cost: linear in the fetches where all that merge are of one step; each merge of different steps is linear again.
    """
    by_graph: dict[tuple[int, str, int], list[Fetch]] = {}
    for fetch in graph.fetches:
        if fetch.root is None:
            # What asks the root again is a query of its own: it can only take in what is for the same objects.
            base = id(fetch.batches[0].base) if fetch.is_reentry else 0
            by_graph.setdefault((fetch.segment, fetch.graph, base), []).append(fetch)
    merger = _Merger(graph)
    for is_same_place in (True, False):
        for fetches in by_graph.values():
            merger.merge_steps(fetches, same_place=is_same_place)
        merger.finish()
        for fetches in by_graph.values():
            merger.merge_across_steps(fetches, same_place=is_same_place)
            merger.finish()


class _Merger:
    """Merges fetches of one graph; who waited for a merged one is told by `finish`."""

    def __init__(self, graph: FetchGraph) -> None:
        self._graph = graph
        self._into: dict[Fetch, Fetch] = {}
        """Merged since dependencies were last put right, and into which."""
        self._heights: dict[Fetch, int] = {}

    def merge_steps(self, fetches: list[Fetch], *, same_place: bool) -> None:
        """Merge what is of one step: whatever a fetch waits for is of an earlier one."""
        kept: dict[int, list[Fetch]] = {}
        for fetch in _latest_first(fetches):
            target = _first(kept.setdefault(fetch.depth, []), fetch, same_place=same_place)
            if target is None:
                kept[fetch.depth].append(fetch)
            else:
                self._merge(target, fetch)
        fetches[:] = [fetch for some in kept.values() for fetch in some]

    def merge_across_steps(self, fetches: list[Fetch], *, same_place: bool) -> None:
        """Merge fetches into later ones where nothing gets longer by that."""
        kept: list[Fetch] = []
        for fetch in _latest_first(fetches):
            targets = [
                target for target in kept if target.depth > fetch.depth and self._can_merge(target, fetch)
            ]
            target = _first(targets, fetch, same_place=same_place)
            if target is None:
                kept.append(fetch)
            else:
                self._merge(target, fetch)
                self.finish()
                depths = _depths(self._graph.fetches)
                for other in self._graph.fetches:
                    other.depth = max(other.depth, depths[other])
        fetches[:] = kept

    def finish(self) -> None:
        """Put dependencies right, and drop merged fetches."""
        merged = self._into
        if not merged:
            return
        self._graph.fetches[:] = [fetch for fetch in self._graph.fetches if fetch not in merged]
        for fetch in self._graph.fetches:
            if not merged.keys().isdisjoint(fetch.dependencies):
                fetch.dependencies = {_found(other, merged) for other in fetch.dependencies}
        merged.clear()
        self._heights.clear()

    def _can_merge(self, target: Fetch, fetch: Fetch) -> bool:
        """Whether a fetch can be made as late as ``target``: what waits for it must still come in time."""
        if not self._heights:
            self._heights = _heights(self._graph.fetches)
        if target.depth + self._heights[fetch] > max(other.depth for other in self._graph.fetches):
            return False
        return not target.waits_for(fetch)

    def _merge(self, target: Fetch, fetch: Fetch) -> None:
        for batch in fetch.batches:
            home = _home(target, batch)
            if home is None:
                target.batches.append(batch)
            else:
                _take_in(home, batch)
        target.dependencies |= fetch.dependencies
        self._into[fetch] = target


def _latest_first(fetches: list[Fetch]) -> list[Fetch]:
    return sorted(fetches, key=lambda fetch: (-fetch.depth, fetch.id))


def _first(targets: list[Fetch], fetch: Fetch, *, same_place: bool) -> Fetch | None:
    """Give the first that can take the fetch in; with ``same_place``, into batches it has already."""
    for target in targets:
        if not same_place or any(_home(target, batch) for batch in fetch.batches):
            return target
    return None


def _found(fetch: Fetch, merged: Mapping[Fetch, Fetch]) -> Fetch:
    while fetch in merged:
        fetch = merged[fetch]
    return fetch


def _home(fetch: Fetch, batch: BatchBuilder) -> BatchBuilder | None:
    """Give the batch of a fetch that can take in another: the same place, and representations that agree."""
    for known in fetch.batches:
        if known.base is batch.base and _merged_representations(known, batch) is not None:
            return known
    return None


def _merged_representations(
    ours: BatchBuilder, theirs: BatchBuilder
) -> dict[EntityKey, tuple[RepresentationSelection, ...]] | None:
    merged: dict[EntityKey, tuple[RepresentationSelection, ...]] = {}
    for key, entity in theirs.entities.items():
        known = ours.entities.get(key)
        both: tuple[RepresentationSelection, ...] | None = entity.representation
        if known is not None:
            both = merge_representations(known.representation, entity.representation)
        if both is None:
            return None
        merged[key] = both
    return merged


def _take_in(home: BatchBuilder, batch: BatchBuilder) -> None:
    representations = _merged_representations(home, batch) or {}
    for key, entity in batch.entities.items():
        ours = home.entities.setdefault(key, entity)
        if ours is not entity:
            ours.selection.merge(entity.selection)
            ours.needed |= entity.needed
            ours.contexts |= entity.contexts
            ours.representation = representations[key]


def _depths(fetches: Iterable[Fetch]) -> dict[Fetch, int]:
    """Give each fetch's first possible step.  Iterative: plans can be deep."""
    depths: dict[Fetch, int] = {}
    stack = list(fetches)
    while stack:
        fetch = stack[-1]
        missing = [other for other in fetch.dependencies if other not in depths]
        if missing and fetch not in depths:
            stack.extend(missing)
            continue
        depths[fetch] = max((depths[other] for other in fetch.dependencies), default=0) + 1
        stack.pop()
    return depths


def _heights(fetches: Iterable[Fetch]) -> dict[Fetch, int]:
    """Give the number of steps that must follow each fetch."""
    heights: dict[Fetch, int] = {}
    for fetch in sorted(fetches, key=lambda fetch: -fetch.depth):
        height = heights.setdefault(fetch, 0)
        for other in fetch.dependencies:
            heights[other] = max(heights.get(other, 0), height + 1)
    return heights
