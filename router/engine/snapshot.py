"""One running supergraph: everything a request needs, made before the first request sees it."""

from __future__ import annotations

import hashlib
from concurrent.futures import Executor
from dataclasses import dataclass, field

from router.engine.caches import OperationCache
from router.engine.endpoints import Endpoints
from router.engine.event_feeds import EventFeeds
from router.engine.options import EngineOptions
from router.engine.override_labels import OverrideLabels
from router.engine.planning_record import PlanningRecord
from router.engine.prepare import Preparation, PreparedOperation
from router.federation.event_expression import EventExpressionError
from router.federation.event_graph import with_event_graph
from router.federation.supergraph import InvalidSupergraphError, Supergraph, read_supergraph
from router.planning.planner import Planner


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A supergraph and what was made of it.  The cache within grows; nothing else changes."""

    id: str
    """Hash of the supergraph's SDL."""
    supergraph: Supergraph
    operations: OperationCache[PreparedOperation]
    endpoints: Endpoints
    overrides: OverrideLabels
    feeds: EventFeeds


@dataclass(slots=True)
class Current:
    """The holder whose assignment is the hot swap."""

    snapshot: Snapshot | None = None
    planning: PlanningRecord = field(default_factory=PlanningRecord)
    """Counts over all snapshots."""


def supergraph_id(sdl: str) -> str:
    """Give the id of a snapshot of this SDL."""
    return hashlib.sha256(sdl.encode()).hexdigest()[:12]


def make_snapshot(
    sdl: str, options: EngineOptions, executor: Executor, record: PlanningRecord | None = None
) -> Snapshot:
    """Read a supergraph and get ready to answer; what is planned is counted in ``record``.

    Cost: seconds for a very large supergraph; off the event loop.
    Raises: router.federation.supergraph.InvalidSupergraphError.
    """
    supergraph = read_supergraph(sdl)
    record = record or PlanningRecord()
    feeds = _feeds(supergraph, options)
    planner = Planner(with_event_graph(supergraph, feeds.fields))
    preparation = Preparation(supergraph, planner, options, record)
    return Snapshot(
        supergraph_id(sdl),
        supergraph,
        OperationCache(
            preparation.prepare,
            executor,
            options.plan_cache_capacity,
            lambda prepared: prepared.size,
            options.plan_cache_bytes,
            record,
        ),
        Endpoints(supergraph, options),
        OverrideLabels(supergraph, options.overrides),
        feeds,
    )


def _feeds(supergraph: Supergraph, options: EngineOptions) -> EventFeeds:
    try:
        return EventFeeds(supergraph, options.subscriptions)
    except EventExpressionError as error:
        raise InvalidSupergraphError(
            f"The supergraph has an @eventSource that cannot be read: {error}"
        ) from error
