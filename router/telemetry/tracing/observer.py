"""Begins the trace of each request, and hands the spans of those that are sampled over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from router.telemetry.observers import RequestObserver
from router.telemetry.record import RequestRecord
from router.telemetry.trace_context import (
    FORMATS,
    Pairs,
    RemoteParent,
    TraceContext,
    Writer,
    new_trace_id,
)

_LOW: Final = 2**64 - 1


@dataclass(frozen=True, slots=True)
class TraceOptions:
    """Of one engine; ``config`` fills these."""

    share: float = 1.0
    """Of the traces that begin here, and of those whose caller leaves it to us."""
    is_parent_based: bool = True
    """Whether the caller's decision counts, where it made one."""
    formats: tuple[str, ...] = ("trace_context",)
    """Of `FORMATS`: what is understood, the first that a caller sent counting, and what is sent to subgraphs."""
    request_header: bytes | None = None
    """A header whose 32 hexadecimal digits, or UUID, are the trace's id where the caller sent no trace."""


class SpanTaker(Protocol):
    """Where spans go; `router.telemetry.tracing.export.SpanExport` is one."""

    def start(self) -> None:
        """Begin, in the process that serves."""
        ...

    def take(self, record: RequestRecord) -> None:
        """Take a request whose trace is sampled.  Must not block."""
        ...

    async def close(self) -> None:
        """Send what is left."""
        ...


class TraceObserver(RequestObserver):
    """Of one engine."""

    def __init__(self, options: TraceOptions, taker: SpanTaker | None = None) -> None:
        """Without ``taker`` traces are passed on, and nothing of them is kept."""
        self._options = options
        self._taker = taker
        self._below = int(options.share * (_LOW + 1))
        self._readers = tuple(FORMATS[name][0] for name in options.formats)
        self._write = _writer(tuple(FORMATS[name][1] for name in options.formats))

    def start(self) -> None:
        """See `RequestObserver`."""
        if self._taker is not None:
            self._taker.start()

    async def close(self) -> None:
        """See `RequestObserver`."""
        if self._taker is not None:
            await self._taker.close()

    def begun(self, record: RequestRecord) -> None:
        """See `RequestObserver`."""
        parent = self._parent(record)
        trace_id = new_trace_id() if parent is None else parent.trace_id
        decided = None if parent is None or not self._options.is_parent_based else parent.is_sampled
        # As OpenTelemetry's TraceIdRatioBased: whoever has the same share decides the same.
        is_sampled = (trace_id & _LOW) < self._below if decided is None else decided
        record.trace = TraceContext(trace_id, parent, is_sampled=is_sampled, write=self._write)

    def ended(self, record: RequestRecord) -> None:
        """See `RequestObserver`."""
        if self._taker is not None and record.trace is not None and record.trace.is_sampled:
            self._taker.take(record)

    def _parent(self, record: RequestRecord) -> RemoteParent | None:
        for read in self._readers:
            parent = read(record.headers)
            if parent is not None:
                return parent
        header = self._options.request_header
        if header is None:
            return None
        try:
            trace_id = int(record.headers.get(header, b"").replace(b"-", b""), 16)
        except ValueError:
            return None
        return RemoteParent(trace_id, 0, None) if 0 < trace_id < 2**128 else None


def _writer(writers: tuple[Writer, ...]) -> Callable[[TraceContext, int], Pairs]:
    if len(writers) == 1:
        return writers[0]

    def write(context: TraceContext, span_id: int) -> Pairs:
        return tuple(pair for one in writers for pair in one(context, span_id))

    return write
