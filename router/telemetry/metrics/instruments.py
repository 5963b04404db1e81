"""What is counted and measured of requests: one table of names, labels and buckets."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SHORT_SECONDS: Final = (
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    5.0,
)
BYTES: Final = (256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216)
COSTS: Final = (1, 5, 10, 25, 50, 100, 250, 500, 1000, 5000, 10_000, 100_000)


class Instruments:
    """Of one process."""

    def __init__(self, registry: CollectorRegistry, seconds: tuple[float, ...] = SECONDS) -> None:
        """``seconds``: the buckets of requests' and subgraphs' latencies."""

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"olympus_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"olympus_{name}", text, labels, buckets=buckets, registry=registry)

        self.http_requests = counter(
            "http_requests", "HTTP requests that are over.", "method", "status", "protocol"
        )
        self.http_seconds = histogram(
            "http_request_duration_seconds",
            "From request to answer; without subscriptions.",
            seconds,
            "status",
        )
        self.http_request_bytes = histogram("http_request_body_bytes", "Body of a request.", BYTES)
        self.http_response_bytes = histogram("http_response_body_bytes", "Body of an answer, as sent.", BYTES)
        self.router_seconds = histogram(
            "router_duration_seconds", "A request's time in which no subgraph was waited for.", SHORT_SECONDS
        )
        self.operations = counter("operations", "Operations.", "operation", "kind", "outcome")
        self.operation_seconds = histogram(
            "operation_duration_seconds", "Queries and mutations, from text to answer.", seconds, "kind"
        )
        self.phase_seconds = histogram(
            "operation_phase_duration_seconds", "A part of an operation's time.", SHORT_SECONDS, "phase"
        )
        self.client_operations = counter(
            "client_operations", "Operations by who sent them.", "client_name", "client_version"
        )
        self.errors = counter("graphql_errors", "Errors in answers with data.", "code")
        self.refusals = counter("refused_requests", "Operations and requests that did not run.", "code")
        self.costs = histogram("operation_cost", "Cost of operations, where it is weighed.", COSTS, "kind")
        self.plan_lookups = counter(
            "plan_cache_lookups", "Whether operations were prepared already.", "result"
        )
        self.subscriptions = counter("subscriptions", "Subscriptions that began.", "protocol")
        self.subgraph_requests = counter(
            "subgraph_requests", "Fetches by what came back: HTTP status or error code.", "subgraph", "status"
        )
        self.subgraph_seconds = histogram(
            "subgraph_request_duration_seconds",
            "From fetch to answer, retries included.",
            seconds,
            "subgraph",
        )
        self.subgraph_errors = counter(
            "subgraph_errors", "Fetches without an answer, and errors in answers.", "subgraph", "code"
        )
        self.subgraph_request_bytes = counter("subgraph_request_bytes", "Sent.", "subgraph")
        self.subgraph_response_bytes = counter(
            "subgraph_response_bytes", "Received, decompressed.", "subgraph"
        )
        self.entity_requests = counter("entity_requests", "Fetches of entities.", "subgraph")
        self.representations = counter("entity_representations", "Entities asked for.", "subgraph")
        self.loop_lag_seconds = histogram(
            "event_loop_lag_seconds", "How much later than due the event loop came to a timer.", SHORT_SECONDS
        )
        self.build = Gauge(
            "olympus_build_info", "Always 1.", ["version"], registry=registry, multiprocess_mode="max"
        )
