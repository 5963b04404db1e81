"""``telemetry.exporters.tracing``, and what OTLP is told with."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field

from router.config.problem import ConfigError, Problem
from router.config.values import HeaderName, HttpUrl, Seconds, Secret, Section
from router.telemetry.observers import RequestObserver
from router.telemetry.tracing.observer import SpanTaker, TraceObserver, TraceOptions

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class OtlpSection(Section):
    """What traces and metrics have alike: OTLP over HTTP, with the extra ``otel``."""

    enabled: bool = False
    endpoint: HttpUrl = "http://127.0.0.1:4318"
    """Of the collector; without a path, `/v1/traces` or `/v1/metrics` is asked."""
    headers: dict[HeaderName, Secret] = Field(default_factory=dict)
    """Sent along: a collector's key."""


class BatchProcessorSection(Section):
    """``telemetry.exporters.tracing.otlp.batch_processor``."""

    scheduled_delay: Seconds = 5.0
    """How long spans are gathered."""
    max_export_batch_size: Annotated[int, Field(gt=0)] = 512
    """Spans sent at once."""
    max_queue_size: Annotated[int, Field(gt=0)] = 2048
    """Spans that wait; further ones are dropped."""
    max_export_timeout: Seconds = 30.0
    """For one batch."""


class TracingOtlpSection(OtlpSection):
    """``telemetry.exporters.tracing.otlp``: OTLP over HTTP, with the extra ``otel``."""

    batch_processor: BatchProcessorSection = BatchProcessorSection()


class TracingCommonSection(Section):
    """``telemetry.exporters.tracing.common``."""

    service_name: Annotated[str, Field(min_length=1)] = "olympus-router"
    """``service.name``."""
    resource: dict[str, str] = Field(default_factory=dict)
    """Further attributes of the resource, such as ``deployment.environment.name``."""
    sampler: Share = 1.0
    """Share of the traces that are kept."""
    parent_based_sampler: bool = True
    """Whether the caller's decision counts, where it made one."""


class PropagationRequestSection(Section):
    """``telemetry.exporters.tracing.propagation.request``: a trace's id from any header."""

    header_name: HeaderName | None = None
    """32 hexadecimal digits or a UUID; where the caller sent no trace."""


class PropagationSection(Section):
    """``telemetry.exporters.tracing.propagation``: how traces come in and go out; W3C where none is chosen."""

    trace_context: bool = False
    """W3C: ``traceparent`` and ``tracestate``."""
    zipkin: bool = False
    """``b3`` and ``x-b3-*`` are read, ``x-b3-*`` sent."""
    jaeger: bool = False
    """``uber-trace-id``."""
    datadog: bool = False
    """``x-datadog-*``."""
    request: PropagationRequestSection = PropagationRequestSection()

    @property
    def formats(self) -> tuple[str, ...]:
        """Those chosen, in the order they are looked for."""
        return tuple(name for name in ("trace_context", "zipkin", "jaeger", "datadog") if getattr(self, name))


class ResponseTraceIdSection(Section):
    """``telemetry.exporters.tracing.response_trace_id``: the trace's id in a header of each answer over HTTP."""

    enabled: bool = False
    header_name: HeaderName = "x-trace-id"
    """Which header."""
    format: Literal["hexadecimal", "decimal"] = "hexadecimal"
    """How the id is written: 32 digits, or one number."""


class TracingSection(Section):
    """``telemetry.exporters.tracing``: on with ``otlp``, any of ``propagation``, or ``response_trace_id``."""

    common: TracingCommonSection = TracingCommonSection()
    propagation: PropagationSection = PropagationSection()
    otlp: TracingOtlpSection = TracingOtlpSection()
    response_trace_id: ResponseTraceIdSection = ResponseTraceIdSection()

    @property
    def is_on(self) -> bool:
        """Whether requests have traces."""
        return self.otlp.enabled or self.response_trace_id.enabled or bool(self.propagation.formats)

    @property
    def header(self) -> tuple[bytes, str] | None:
        """The header that answers have, and the form of the id."""
        section = self.response_trace_id
        return (section.header_name.encode(), section.format) if section.enabled else None


def endpoint_of(section: OtlpSection, path: str) -> str:
    """Give the URL to send to."""
    has_path = urlsplit(section.endpoint).path.strip("/")
    return section.endpoint if has_path else section.endpoint.rstrip("/") + path


def check_otel(section: OtlpSection, key: str) -> None:
    """Raises: ConfigError where the extra is missing."""
    if section.enabled and find_spec("opentelemetry") is None:
        raise ConfigError(Problem("needs the extra otel: pip install 'olympus-router[otel]'", key=key))


def trace_observer(section: TracingSection) -> RequestObserver:
    """Give the observer that begins traces, and sends them where that is on.  Raises: ConfigError."""
    common = section.common
    options = TraceOptions(
        common.sampler,
        common.parent_based_sampler,
        section.propagation.formats or ("trace_context",),
        None
        if section.propagation.request.header_name is None
        else section.propagation.request.header_name.encode(),
    )
    return TraceObserver(options, _span_export(section))


def _span_export(section: TracingSection) -> SpanTaker | None:
    otlp, batch = section.otlp, section.otlp.batch_processor
    check_otel(otlp, "telemetry.exporters.tracing.otlp.enabled")
    if not otlp.enabled:
        return None
    # Not needed, and perhaps not there, where it is off.
    from router.telemetry.tracing.export import SpanExport, SpanExportOptions  # noqa: PLC0415

    options = SpanExportOptions(
        endpoint_of(otlp, "/v1/traces"),
        {name: value.get_secret_value() for name, value in otlp.headers.items()},
        {"service.name": section.common.service_name, **section.common.resource},
        batch.scheduled_delay,
        batch.max_export_batch_size,
        batch.max_queue_size,
        batch.max_export_timeout,
    )
    return SpanExport(options, version("olympus-router"))
