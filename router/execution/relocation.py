"""Moves subgraph errors to where the client sees them.

An error under ``_entities`` goes to every response path that waited for its representation; one of a root
fetch keeps its path in the client's words.  What has no path of its own, and what failed as a whole, goes to
the first place the fetch was for.  A place the client did not ask for gives the nearest one above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from router.errors import SubgraphError
from router.execution.context import ExecutionContext
from router.execution.errors import ErrorPath, ExecutionError, Failure, Reported
from router.execution.keys import key_of_object
from router.execution.objects import Spot, Walk, entity_source
from router.execution.places import Place, Variant
from router.execution.sources import Source

MAX_MESSAGE_LENGTH = 4000


class Relocation:
    """Relocates the errors of one request."""

    def __init__(self, root: Place, ctx: ExecutionContext) -> None:
        self._root = root
        self._layout = root.layout
        self._fetches = root.layout.plan.fetches
        self._ctx = ctx
        self._waiting: dict[tuple[int, int], dict[int, list[Spot]]] = {}
        """By `_entities` selection and index, each selection walked once."""

    def errors(self) -> list[tuple[int, ExecutionError]]:
        """Give every error with its fetch, by fetch: the order does not show which answer came first."""
        relocated = [(failure.fetch, self._failure(failure)) for failure in self._ctx.failures]
        for reported in self._ctx.reported:
            relocated.extend((reported.fetch, error) for error in self._reported(reported))
        return sorted(relocated, key=lambda pair: pair[0])

    def _failure(self, failure: Failure) -> ExecutionError:
        path = self._first_path(failure.fetch, failure.entity, failure.index)
        return ExecutionError(str(failure.error), path, failure.error.code, failure.error.subgraph)

    def _reported(self, reported: Reported) -> Iterator[ExecutionError]:
        raw = reported.error
        message, extensions, path = raw.get("message"), raw.get("extensions"), raw.get("path")
        extensions = extensions if isinstance(extensions, dict) else {}
        code = extensions.get("code")
        subgraph = self._fetches[reported.fetch].subgraph
        text = message if isinstance(message, str) else f"The subgraph {subgraph} reported an error"
        for place in self._paths(reported.fetch, path if isinstance(path, list) else []):
            yield ExecutionError(
                text[:MAX_MESSAGE_LENGTH],
                place,
                code if isinstance(code, str) else SubgraphError.code,
                subgraph,
                extensions=extensions,
            )

    def _paths(self, fetch: int, path: list[Any]) -> list[ErrorPath | None]:
        if not self._fetches[fetch].entities:
            moved = self._translate(self._root, fetch, path, ())
            return [moved or self._first_path(fetch)]
        if self._fetches[fetch].entities[0].is_root:
            path = ["", 0, *path]  # as if data were the one entity of a list
        entity = self._entity_of(fetch, path)
        if entity is None:
            return [self._first_path(fetch)]
        index = path[1] if len(path) > 1 and type(path[1]) is int else None
        paths: list[ErrorPath | None] = []
        for spot in self._spots(fetch, entity, index):
            paths.append(self._translate_below(spot, fetch, entity, path[2:]))
            if index is None:
                break
        return list(dict.fromkeys(paths)) or [self._first_path(fetch)]

    def _entity_of(self, fetch: int, path: list[Any]) -> int | None:
        for index, entity in enumerate(self._fetches[fetch].entities):
            if path and path[0] == entity.alias:
                return index
        return None

    def _spots(self, fetch: int, entity: int, index: int | None) -> list[Spot]:
        """Give the objects that waited for one representation (None: for the first one)."""
        if (fetch, entity) not in self._layout.entities:
            return []
        by_index = self._waiting.get((fetch, entity))
        if by_index is None:
            by_index = self._waiting[fetch, entity] = {}
            for spot, waits_for in self._walk(fetch, entity):
                by_index.setdefault(waits_for, []).append(spot)
        if index is None:
            return next(iter(by_index.values()), [])
        return by_index.get(index, [])

    def _walk(self, fetch: int, entity: int) -> Iterator[tuple[Spot, int]]:
        walk = Walk(self._ctx.answers, self._ctx.found, self._layout.ancestors[fetch])
        for spot in walk.waiting(self._root, fetch, entity):
            source = entity_source(spot.variant, fetch, entity)
            if source is not None and source.key is not None:
                waits_for = self._ctx.indices[source.key.slot].get(key_of_object(source.key, spot.objects))
                if waits_for is not None:
                    yield spot, waits_for

    def _first_path(
        self, fetch: int, entity: int | None = None, index: int | None = None
    ) -> ErrorPath | None:
        node = self._fetches[fetch]
        if not node.entities:
            return self._first_root_path(fetch)
        for number in range(len(node.entities)) if entity is None else (entity,):
            for spot in self._spots(fetch, number, index):
                return spot.path or None
        return None

    def _first_root_path(self, fetch: int) -> ErrorPath | None:
        variant = self._root.variants[0]
        for shown in variant.shown:
            if any(read.fetch == fetch for read in shown.reads):
                return (shown.response_key,)
        return None

    def _translate_below(self, spot: Spot, fetch: int, entity: int, rest: Sequence[Any]) -> ErrorPath:
        source = entity_source(spot.variant, fetch, entity)
        if source is None or not rest:
            return spot.path
        # What the fetch knew of the object need not be its type: it may be the one to tell it.
        variants = dict.fromkeys((spot.variant, *spot.variant.place.variants))
        return self._translate_in(tuple(variants), source, rest, spot.path)

    def _translate(self, place: Place, fetch: int, path: Sequence[Any], moved: ErrorPath) -> ErrorPath:
        for step, key in enumerate(path):
            if type(key) is int:
                moved = (*moved, key)
                continue
            for source in place.bases:
                if source.fetch == fetch:
                    return self._translate_in(place.variants, source, path[step:], moved)
            break
        return moved

    def _translate_in(
        self, variants: Sequence[Variant], source: Source, path: Sequence[Any], moved: ErrorPath
    ) -> ErrorPath:
        """Translate a path that starts with a key in ``source``; it ends where the client sees no further."""
        for variant in variants:
            for shown in variant.shown:
                for read in shown.reads:
                    if read.wire_key != path[0] or not _is_from(variant.sources[read.source], source):
                        continue
                    moved = (*moved, shown.response_key)
                    place = variant.child(shown.data_key) if shown.leaf is None else None
                    if place is not None:
                        return self._translate(place, source.fetch, path[1:], moved)
                    return (*moved, *(key for key in path[1:] if type(key) is int))
        return moved


def _is_from(source: Source, origin: Source) -> bool:
    return source is origin or (source.fetch == origin.fetch and source.waiting == origin.waiting)
