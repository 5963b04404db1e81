"""``telemetry``: metrics, logs and traces; all off unless they are switched on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from router.config.tracing import OtlpSection, Share, TracingSection, endpoint_of
from router.config.values import HeaderName, Seconds, Section, UrlPath
from router.telemetry.access_log import AccessLog, AccessLogOptions, AddressShown, SlowOperations
from router.telemetry.metrics.base import PushOptions
from router.telemetry.observers import RequestObserver

ListenAddress = Annotated[str, Field(pattern=r"^(\[[0-9A-Fa-f:]+\]|[^:/\s]+):\d{1,5}$")]
CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class MetricsCommonSection(Section):
    """``telemetry.exporters.metrics.common``: of Prometheus and OTLP alike."""

    service_name: Annotated[str, Field(min_length=1)] = "olympus-router"
    """``service.name``, for OTLP."""
    resource: dict[str, str] = Field(default_factory=dict)
    """Further attributes of the resource, for OTLP."""
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


class MetricsOtlpSection(OtlpSection):
    """``telemetry.exporters.metrics.otlp``: metrics sent to a collector, by OTLP over HTTP; with the extra ``otel``."""

    interval: Seconds = 60.0
    """How often."""
    timeout: Seconds = 30.0
    """For one time."""


class MetricsSection(Section):
    """``telemetry.exporters.metrics``."""

    common: MetricsCommonSection = MetricsCommonSection()
    prometheus: PrometheusSection = PrometheusSection()
    otlp: MetricsOtlpSection = MetricsOtlpSection()

    @property
    def is_on(self) -> bool:
        """Whether anything is counted."""
        return self.prometheus.enabled or self.otlp.enabled


class AccessSection(Section):
    """``telemetry.exporters.logging.access``: a line for each request, to where the log goes."""

    enabled: bool = False
    sampler: Share = 1.0
    """Share of the requests that went well; those with errors are always written."""
    ip: Literal["anonymized", "full", "none"] = "anonymized"
    """How much of a client's address is written: its network (24 bits of IPv4, 48 of IPv6), all, or nothing."""
    headers: tuple[HeaderName, ...] = ()
    """Whose values are written; those that carry credentials may not be."""
    variables: tuple[str, ...] = ()
    """Whose values are written, by the name the operation gives them."""

    @field_validator("headers")
    @classmethod
    def _has_no_credentials(cls, headers: tuple[str, ...]) -> tuple[str, ...]:
        secret = [name for name in headers if name in CREDENTIALS]
        if secret:
            raise ValueError(f"{secret[0]} carries credentials; it is never logged")
        return headers


class SlowOperationsSection(Section):
    """``telemetry.exporters.logging.slow_operations``: a warning for each operation that took long."""

    enabled: bool = False
    threshold: Seconds = 1.0
    """From the operation's text to its answer."""
    plan: bool = True
    """Whether the line has the plan; strings and numbers of the client are left out of it."""


class LoggingSection(Section):
    """``telemetry.exporters.logging``: level and form are those of ``log``."""

    access: AccessSection = AccessSection()
    slow_operations: SlowOperationsSection = SlowOperationsSection()

    @property
    def is_on(self) -> bool:
        """Whether anything of it is."""
        return self.access.enabled or self.slow_operations.enabled


class ExportersSection(Section):
    """``telemetry.exporters``."""

    metrics: MetricsSection = MetricsSection()
    logging: LoggingSection = LoggingSection()
    tracing: TracingSection = TracingSection()


class TelemetrySection(Section):
    """``telemetry``."""

    exporters: ExportersSection = ExportersSection()

    @property
    def is_on(self) -> bool:
        """Whether requests are observed."""
        exporters = self.exporters
        return exporters.metrics.is_on or exporters.logging.is_on or exporters.tracing.is_on


def metrics_path_beside(section: TelemetrySection, listen: str) -> str | None:
    """Give the path of metrics that are told where GraphQL is; None where they are not."""
    prometheus = section.exporters.metrics.prometheus
    return prometheus.path if prometheus.enabled and prometheus.listen == listen else None


def log_observers(section: LoggingSection) -> list[RequestObserver]:
    """Give the observers that write lines."""
    observers: list[RequestObserver] = []
    access, slow = section.access, section.slow_operations
    if access.enabled:
        options = AccessLogOptions(
            access.sampler,
            AddressShown(access.ip),
            tuple(name.encode() for name in access.headers),
            frozenset(access.variables),
        )
        observers.append(AccessLog(options))
    if slow.enabled:
        observers.append(SlowOperations(slow.threshold, has_plan=slow.plan))
    return observers


def push_options(section: MetricsSection) -> PushOptions | None:
    """Where metrics are sent to; None: nowhere."""
    otlp = section.otlp
    if not otlp.enabled:
        return None
    return PushOptions(
        endpoint_of(otlp, "/v1/metrics"),
        {name: value.get_secret_value() for name, value in otlp.headers.items()},
        {"service.name": section.common.service_name, **section.common.resource},
        otlp.interval,
        otlp.timeout,
    )
