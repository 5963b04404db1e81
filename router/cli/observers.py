"""Who is told of requests, by configuration."""

from __future__ import annotations

from router.config.model import RouterConfig
from router.config.telemetry import log_observers
from router.config.tracing import check_otel, trace_observer
from router.server.metrics import MetricsObserver
from router.server.traffic import Traffic
from router.telemetry.observers import Observers, RequestObserver


def make_observers(config: RouterConfig, traffic: Traffic) -> Observers | None:
    """Make the observers of one generation; None where nobody observes: then nothing is noted."""
    observers: list[RequestObserver] = []
    if config.telemetry.exporters.tracing.is_on:
        # Begins the trace that the others name.
        observers.append(trace_observer(config.telemetry.exporters.tracing))
    check_otel(config.telemetry.exporters.metrics.otlp, "telemetry.exporters.metrics.otlp.enabled")
    if config.telemetry.exporters.metrics.is_on:
        observers.append(MetricsObserver(traffic))
    observers += log_observers(config.telemetry.exporters.logging)
    if not observers:
        return None
    headers = config.usage_reporting
    return Observers(
        observers,
        tuple(name.encode() for name in headers.client_name_headers),
        tuple(name.encode() for name in headers.client_version_headers),
    )
