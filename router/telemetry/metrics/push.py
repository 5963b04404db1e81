"""The same metrics to a collector, by OTLP over HTTP; with the extra ``otel``."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.samples import Sample

from router.telemetry.logs import get_log
from router.telemetry.metrics.base import PushOptions
from router.telemetry.resource import resource_of_process

_log = get_log("telemetry")

LAST_S: Final = 3.0
"""For what is sent last: a collector that is gone must not hold up the end."""

_CUMULATIVE: Final = AggregationTemporality.CUMULATIVE


class MetricsPush:
    """Sends the metrics of one process, again and again; each worker its own."""

    def __init__(self, options: PushOptions, registry: CollectorRegistry, version: str) -> None:
        self._options = options
        self._registry = registry
        self._resource = Resource.create(resource_of_process(options.resource, version))
        self._scope = InstrumentationScope("olympus-router", version)
        self._exporter = OTLPMetricExporter(
            options.endpoint, headers=dict(options.headers), timeout=options.timeout_s
        )
        self._started_ns = time.time_ns()

    async def run(self) -> None:
        """Send, until cancelled; then once more."""
        try:
            while True:
                await asyncio.sleep(self._options.interval_s)
                await asyncio.to_thread(self.send)
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_S):
                    await asyncio.to_thread(self.send)
            self._exporter.shutdown()

    def send(self) -> None:
        """Send what is counted now.  Blocks; what goes wrong is logged."""
        data = self.data()
        if self._exporter.export(data) is not MetricExportResult.SUCCESS:
            _log.warning("metrics could not be sent", endpoint=self._options.endpoint)

    def data(self) -> MetricsData:
        """Give what is counted now, as OTLP has it."""
        now_ns = time.time_ns()
        metrics = [
            Metric(family.name, family.documentation, _unit(family.name), self._points(family, now_ns))
            for family in self._registry.collect()
        ]
        scope = ScopeMetrics(self._scope, metrics, "")
        return MetricsData([ResourceMetrics(self._resource, [scope], "")])

    def _points(self, family: Family, now_ns: int) -> Sum | Gauge | Histogram:
        if family.type == "histogram":
            return Histogram(list(self._histograms(family.samples, now_ns)), _CUMULATIVE)
        points = [
            NumberDataPoint(sample.labels, self._started_ns, now_ns, sample.value)
            for sample in family.samples
            if not sample.name.endswith("_created")
        ]
        return Sum(points, _CUMULATIVE, True) if family.type == "counter" else Gauge(points)

    def _histograms(self, samples: Iterable[Sample], now_ns: int) -> Iterator[HistogramDataPoint]:
        def labels(sample: Sample) -> dict[str, str]:
            return {name: value for name, value in sample.labels.items() if name != "le"}

        for attributes, group in groupby(samples, labels):
            bounds: list[float] = []
            below: list[float] = []
            found: dict[str, Any] = {}
            for sample in group:
                if sample.name.endswith("_bucket"):
                    below.append(sample.value)
                    bounds.append(float(sample.labels["le"]))
                else:
                    found[sample.name.rpartition("_")[2]] = sample.value
            counts = [int(high - low) for low, high in zip([0.0, *below], below, strict=False)]
            yield HistogramDataPoint(
                attributes,
                self._started_ns,
                now_ns,
                int(found["count"]),
                found["sum"],
                counts,
                bounds[:-1],
                None,  # type: ignore[arg-type]  # the least and the most are not known
                None,  # type: ignore[arg-type]
            )


def _unit(name: str) -> str:
    if name.endswith("_seconds"):
        return "s"
    return "By" if name.endswith("_bytes") else "1"
