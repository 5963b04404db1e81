"""What is read of the router's parts as somebody asks: a table of names, and readings that fill it.

A part counts for itself, whether anybody looks or not; here its counters become the process's, over all
configurations it has had.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge

from router.telemetry.metrics.base import Source


@dataclass(frozen=True, slots=True)
class Vital:
    """What a reading is."""

    kind: Literal["gauge", "counter"]
    text: str
    labels: tuple[str, ...] = ()


def _gauge(text: str, *labels: str) -> Vital:
    return Vital("gauge", text, labels)


def _counter(text: str, *labels: str) -> Vital:
    return Vital("counter", text, labels)


VITALS: Final[Mapping[str, Vital]] = {
    "http_requests_in_flight": _gauge("HTTP requests being answered."),
    "requests_queued": _gauge("Requests that wait for their turn."),
    "requests_shed": _counter("Requests refused for want of room."),
    "plan_cache_operations": _gauge("Operations that are prepared."),
    "plan_cache_bytes": _gauge("What they take, as estimated."),
    "plan_cache_evictions": _counter("Prepared operations that made room for others."),
    "planning_under_way": _gauge("Operations being prepared."),
    "planning_failures": _counter("Operations that could not be prepared."),
    "planning_joins": _counter("Requests that waited for an operation which another had under way."),
    "plans_cut_short": _counter("Plans whose search ended at a bound."),
    "shareable_subgraph_requests": _counter("Queries to subgraphs that may share one that is under way."),
    "sent_subgraph_requests": _counter("Of these, those that were sent."),
    "joinable_entity_requests": _counter("Entity requests that may be joined with others of their tick."),
    "sent_entity_requests": _counter("What they became."),
    "active_subscriptions": _gauge("Clients' subscriptions."),
    "subscription_sources": _gauge("Streams from subgraphs that feed them."),
    "subscription_events": _counter("Events from subgraphs."),
    "subscription_deliveries": _counter("Results queued for clients."),
    "subscription_drops": _counter("Results a full queue had no room for."),
    "subscription_gaps": _counter("Times that clients were told that events may be missing."),
    "websockets": _gauge("WebSockets and event streams open."),
    "hub_members": _gauge("Members connected."),
    "hub_rooms": _gauge("Rooms with members."),
    "hub_broadcasts": _counter("Broadcasts heard."),
    "hub_deliveries": _counter("Frames queued for members."),
    "hub_dropped_members": _counter("Members that did not keep up."),
    "circuit_breaker_state": _gauge("0 closed, 1 half open, 2 open; the worst of all workers.", "subgraph"),
    "circuit_breaker_openings": _counter("Times a circuit opened.", "subgraph"),
    "circuit_breaker_refusals": _counter("Requests an open circuit kept back.", "subgraph"),
    "subgraph_retries": _counter("Second and further attempts.", "subgraph"),
    "subgraph_retries_unaffordable": _counter("Retries the budget did not allow.", "subgraph"),
    "subgraph_hedges": _counter("Second requests beside a slow first.", "subgraph"),
    "subgraph_requests_in_turn": _gauge("Requests under way within a concurrency limit.", "subgraph"),
    "reloads": _counter("Reloads of the supergraph and the configuration.", "of", "result"),
    "supergraph_loaded_timestamp_seconds": _gauge("When the supergraph that answers became live."),
    "resident_memory_bytes": _gauge("Memory of the process; of all workers together."),
    "cpu_seconds": _counter("Processor time of the process; of all workers together."),
    "workers": _gauge("Processes that answer."),
}

# The others are summed over workers.
WORST_OF_WORKERS: Final = frozenset({"circuit_breaker_state"})
LATEST_OF_WORKERS: Final = frozenset({"supergraph_loaded_timestamp_seconds"})

FOLLOWED: Final = frozenset({"reloads"})
"""Counters that a new configuration's engine takes over from the one before: the highest reading counts."""


class VitalSigns:
    """Takes readings into metrics: a gauge is what all sources say together, a counter what they add."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._metrics: dict[str, Counter | Gauge] = {
            name: _metric(name, vital, registry) for name, vital in VITALS.items()
        }
        self._sources: dict[Hashable, Source] = {}
        self._seen: dict[tuple[Hashable, str, tuple[str, ...]], float] = {}
        self._gauges: set[tuple[str, tuple[str, ...]]] = set()

    def add(self, key: Hashable, source: Source) -> None:
        """Read a source from now on."""
        self._sources[key] = source

    def remove(self, key: Hashable) -> None:
        """Read a source for the last time; what it counted stays counted."""
        self.take()
        self._sources.pop(key, None)
        self._seen = {of: value for of, value in self._seen.items() if of[0] != key}

    def take(self) -> None:
        """Read all sources."""
        gauges = dict.fromkeys(self._gauges, 0.0)
        for key, source in list(self._sources.items()):
            for name, value, labels in source():
                if VITALS[name].kind == "counter":
                    self._count(key, name, value, labels)
                    continue
                before = gauges.get((name, labels), 0.0)
                is_most = name in WORST_OF_WORKERS or name in LATEST_OF_WORKERS
                gauges[name, labels] = max(before, value) if is_most else before + value
        for (name, labels), value in gauges.items():
            self._child(name, labels).set(value)
        self._gauges = set(gauges)

    def _count(self, key: Hashable, name: str, value: float, labels: tuple[str, ...]) -> None:
        of = ("" if name in FOLLOWED else key, name, labels)
        more = value - self._seen.get(of, 0.0)
        if more > 0 or of not in self._seen:
            self._child(name, labels).inc(max(0.0, more))
            self._seen[of] = value

    def _child(self, name: str, labels: tuple[str, ...]) -> Any:
        metric = self._metrics[name]
        return metric.labels(*labels) if labels else metric


def _metric(name: str, vital: Vital, registry: CollectorRegistry) -> Counter | Gauge:
    full = f"olympus_{name}"
    if vital.kind == "counter":
        return Counter(full, vital.text, vital.labels, registry=registry)
    mode: Literal["max", "sum"] = "max" if name in WORST_OF_WORKERS | LATEST_OF_WORKERS else "sum"
    return Gauge(full, vital.text, vital.labels, registry=registry, multiprocess_mode=mode)
