"""``telemetry``: metrics, logs and traces; all off unless they are switched on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from router.config.values import Section, UrlPath

ListenAddress = Annotated[str, Field(pattern=r"^(\[[0-9A-Fa-f:]+\]|[^:/\s]+):\d{1,5}$")]
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class MetricsCommonSection(Section):
    """``telemetry.exporters.metrics.common``: of Prometheus and OTLP alike."""

    buckets: tuple[Annotated[float, Field(gt=0)], ...] = BUCKETS_S
    """Of the histograms of latencies, in seconds, rising."""
    max_label_values: Annotated[int, Field(gt=0, le=100_000)] = 200
    """Of each label whose values clients choose (operation and client names, error codes); what is beyond counts as
    ``other``."""

    @field_validator("buckets")
    @classmethod
    def _rises(cls, buckets: tuple[float, ...]) -> tuple[float, ...]:
        if not buckets or list(buckets) != sorted(set(buckets)):
            raise ValueError("buckets must rise, and be one at least")
        return buckets


class PrometheusSection(Section):
    """``telemetry.exporters.metrics.prometheus``: metrics for who scrapes them."""

    enabled: bool = False
    listen: ListenAddress = "127.0.0.1:9090"
    """``host:port``.  A listener of its own, unless it is that of ``supergraph.listen``: then everyone who reaches the
    router may read the metrics."""
    path: UrlPath = "/metrics"
    """Where they are."""


class MetricsSection(Section):
    """``telemetry.exporters.metrics``."""

    common: MetricsCommonSection = MetricsCommonSection()
    prometheus: PrometheusSection = PrometheusSection()

    @property
    def is_on(self) -> bool:
        """Whether anything is counted."""
        return self.prometheus.enabled


class ExportersSection(Section):
    """``telemetry.exporters``."""

    metrics: MetricsSection = MetricsSection()


class TelemetrySection(Section):
    """``telemetry``."""

    exporters: ExportersSection = ExportersSection()

    @property
    def is_on(self) -> bool:
        """Whether requests are observed."""
        return self.exporters.metrics.is_on


def metrics_path_beside(section: TelemetrySection, listen: str) -> str | None:
    """Give the path of metrics that are told where GraphQL is; None where they are not."""
    prometheus = section.exporters.metrics.prometheus
    return prometheus.path if prometheus.enabled and prometheus.listen == listen else None
