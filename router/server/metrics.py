"""``/metrics``: what the process counts, for who asks at the address meant for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from router.server.traffic import Traffic
from router.server.vitals import AppVitals, reload_readings
from router.telemetry.metrics.base import ProcessMetrics, Reading
from router.telemetry.observers import RequestObserver
from router.telemetry.record import OperationRecord, RequestRecord


def metrics_route(traffic: Traffic, path: str) -> Route:
    """Give the route of the metrics of this process, or of all workers."""

    async def metrics(request: Request) -> Response:
        if traffic.metrics is None:
            return PlainTextResponse("Metrics are off.\n", 503)
        body, content_type = await traffic.metrics.scraped(request.headers.get("accept", ""))
        return Response(body, headers={"content-type": content_type, "cache-control": "no-store"})

    return Route(path, metrics, methods=["GET"])


def metrics_app(traffic: Traffic, path: str) -> ASGIApp:
    """Make the app of a listener of its own: it has nothing else."""
    return Starlette(routes=[metrics_route(traffic, path)])


@contextmanager
def reading(traffic: Traffic, vitals: AppVitals) -> Iterator[None]:
    """Let the process's metrics read a generation while it lives."""
    metrics = traffic.metrics
    if metrics is None:
        yield
        return

    def of_process() -> Iterable[Reading]:
        yield Reading("websockets", len(traffic.sockets))
        yield from reload_readings("configuration", traffic.configuration)

    metrics.add("traffic", of_process)
    metrics.add(vitals, vitals)
    try:
        yield
    finally:
        metrics.remove(vitals)


class MetricsObserver(RequestObserver):
    """Counts one engine's requests in the process's metrics: those that there are when it starts."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._metrics: ProcessMetrics | None = None

    def start(self) -> None:
        """See `RequestObserver`."""
        self._metrics = self._traffic.metrics

    def subscribed(self, operation: OperationRecord) -> None:
        """See `RequestObserver`."""
        if self._metrics is not None:
            self._metrics.subscribed(operation)

    def ended(self, record: RequestRecord) -> None:
        """See `RequestObserver`."""
        if self._metrics is not None:
            self._metrics.ended(record)
