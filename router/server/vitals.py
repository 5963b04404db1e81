"""What a running app tells of itself when metrics are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from router.engine.engine import Engine
from router.engine.reload_record import ReloadRecord
from router.realtime.hub import HubCounts
from router.server.observed import ObservedEndpoint
from router.server.overload import ConcurrencyLimit
from router.telemetry.metrics.base import Reading


class AppVitals:
    """The readings of one generation."""

    def __init__(
        self,
        engine: Engine,
        endpoint: ObservedEndpoint | None,
        limit: ConcurrencyLimit | None,
        hub: Callable[[], HubCounts | None],
    ) -> None:
        self._engine = engine
        self._endpoint = endpoint
        self._limit = limit
        self._hub = hub

    def __call__(self) -> Iterable[Reading]:
        """Give all readings."""
        if self._endpoint is not None:
            yield Reading("http_requests_in_flight", self._endpoint.under_way)
        if self._limit is not None:
            yield Reading("requests_queued", self._limit.counts[1])
            yield Reading("requests_shed", self._limit.refused)
        yield from self._planning()
        yield from self._sharing()
        yield from self._subscriptions()
        yield from self._resilience()
        hub = self._hub()
        if hub is not None:
            yield from _hub(hub)
        record = self._engine.reloader.record
        yield from reload_readings("supergraph", record)
        if record.taken_at_s is not None:
            yield Reading("supergraph_loaded_timestamp_seconds", record.taken_at_s)

    def _planning(self) -> Iterable[Reading]:
        planning = self._engine.planning
        if planning is None:
            return
        yield Reading("plan_cache_operations", planning.size)
        yield Reading("plan_cache_bytes", planning.bytes)
        yield Reading("planning_under_way", planning.under_way)
        yield Reading("plan_cache_evictions", planning.evictions)
        yield Reading("planning_failures", planning.failures)
        yield Reading("planning_joins", planning.joins)
        yield Reading("plans_cut_short", planning.cut_short)

    def _sharing(self) -> Iterable[Reading]:
        in_flight = self._engine.in_flight
        if in_flight is not None:
            yield Reading("shareable_subgraph_requests", in_flight.asked)
            yield Reading("sent_subgraph_requests", in_flight.sent)
        loader = self._engine.pipeline.runner.loader
        yield Reading("joinable_entity_requests", loader.calls)
        yield Reading("sent_entity_requests", loader.batches)

    def _subscriptions(self) -> Iterable[Reading]:
        counts = self._engine.pipeline.live.counts
        yield Reading("active_subscriptions", counts.subscribers)
        yield Reading("subscription_sources", counts.sources)
        yield Reading("subscription_events", counts.events)
        yield Reading("subscription_deliveries", counts.deliveries)
        yield Reading("subscription_drops", counts.dropped)
        yield Reading("subscription_gaps", counts.gaps)

    def _resilience(self) -> Iterable[Reading]:
        resilient = self._engine.resilient
        for name, subgraph in {} if resilient is None else resilient.subgraphs.items():
            of = (name,)
            counts = subgraph.counts
            yield Reading("subgraph_retries", counts.retries, of)
            yield Reading("subgraph_retries_unaffordable", counts.retries_unaffordable, of)
            yield Reading("subgraph_hedges", counts.hedges, of)
            yield Reading("circuit_breaker_refusals", counts.breaker_refusals, of)
            if subgraph.turns is not None:
                yield Reading("subgraph_requests_in_turn", subgraph.turns.under_way, of)
            if subgraph.breaker is not None:
                yield Reading("circuit_breaker_state", subgraph.breaker.state.value, of)
                yield Reading("circuit_breaker_openings", subgraph.breaker.opened, of)


def reload_readings(what: str, record: ReloadRecord) -> Iterable[Reading]:
    """Give how often something was reloaded: taken, and refused."""
    yield Reading("reloads", record.taken, (what, "taken"))
    yield Reading("reloads", record.refused, (what, "refused"))


def _hub(counts: HubCounts) -> Iterable[Reading]:
    yield Reading("hub_members", counts.members)
    yield Reading("hub_rooms", counts.rooms)
    yield Reading("hub_broadcasts", counts.broadcasts)
    yield Reading("hub_deliveries", counts.deliveries)
    yield Reading("hub_dropped_members", counts.dropped_members)
