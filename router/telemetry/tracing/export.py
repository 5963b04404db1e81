"""Spans to a collector, by OTLP over HTTP; with the extra ``otel``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from router.telemetry.record import RequestRecord
from router.telemetry.resource import resource_of_process
from router.telemetry.tracing.spans import Span, spans_of

_KINDS: Final = {"server": SpanKind.SERVER, "client": SpanKind.CLIENT, "internal": SpanKind.INTERNAL}
LAST_S: Final = 3.0
"""For what is sent last: a collector that is gone must not hold up the end."""

_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_WELL: Final = Status(StatusCode.UNSET)


@dataclass(frozen=True, slots=True)
class SpanExportOptions:
    """Of one process; ``config`` fills these."""

    endpoint: str
    headers: Mapping[str, str] = field(default_factory=dict)
    resource: Mapping[str, str] = field(default_factory=dict)
    """``service.name`` and what else tells this router from others."""
    delay_s: float = 5.0
    """How long spans are gathered."""
    max_batch: int = 512
    max_queue: int = 2048
    """Spans that wait to be sent; further ones are dropped."""
    timeout_s: float = 30.0


class SpanExport:
    """A `router.telemetry.tracing.observer.SpanTaker` with a thread that sends."""

    def __init__(self, options: SpanExportOptions, version: str) -> None:
        self._options = options
        self._scope = InstrumentationScope("olympus-router", version)
        self._version = version
        self._resource: Resource | None = None
        self._exporter: OTLPSpanExporter | None = None
        self._processor: BatchSpanProcessor | None = None

    def start(self) -> None:
        """See `SpanTaker`."""
        options = self._options
        self._resource = Resource.create(resource_of_process(options.resource, self._version))
        exporter = self._exporter = OTLPSpanExporter(
            options.endpoint, headers=dict(options.headers), timeout=options.timeout_s
        )
        self._processor = BatchSpanProcessor(
            exporter,
            max_queue_size=options.max_queue,
            schedule_delay_millis=options.delay_s * 1000,
            max_export_batch_size=min(options.max_batch, options.max_queue),
            export_timeout_millis=options.timeout_s * 1000,
        )

    def take(self, record: RequestRecord) -> None:
        """See `SpanTaker`."""
        if self._processor is None or record.trace is None:
            return
        trace_id = record.trace.trace_id
        # The record's clock never goes back; the collector wants the world's.
        zero_ns = record.started_ns - round(record.started_s * 1e9)
        remote = None if record.trace.parent is None else record.trace.parent.span_id
        for span in spans_of(record):
            self._processor.on_end(self._readable(span, trace_id, zero_ns, remote))

    async def close(self) -> None:
        """See `SpanTaker`."""
        processor, self._processor = self._processor, None
        if processor is not None:
            try:
                async with asyncio.timeout(LAST_S):
                    await asyncio.to_thread(processor.shutdown)
            except TimeoutError:
                if self._exporter is not None:
                    self._exporter.shutdown()  # type: ignore[no-untyped-call]  # its thread waits to try again: it need not

    def _readable(self, span: Span, trace_id: int, zero_ns: int, remote: int | None) -> ReadableSpan:
        parent = None
        if span.parent:
            parent = SpanContext(trace_id, span.parent, span.parent == remote, _SAMPLED)
        attributes, status = span.attributes, _WELL
        if span.error is not None:
            attributes = {**attributes, "error.type": span.error}
            status = Status(StatusCode.ERROR, span.error)
        return ReadableSpan(
            span.name,
            SpanContext(trace_id, span.id, False, _SAMPLED),
            parent,
            self._resource,
            attributes,
            kind=_KINDS[span.kind],
            instrumentation_scope=self._scope,
            status=status,
            start_time=zero_ns + round(span.started_s * 1e9),
            end_time=zero_ns + round(span.ended_s * 1e9),
        )
