"""The trace that a request belongs to: ids, the decision to record, and how both travel in headers.

Spec: W3C Trace Context; B3 propagation (openzipkin); Jaeger's ``uber-trace-id``; Datadog's ``x-datadog-*``.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Headers: TypeAlias = Mapping[bytes, bytes]
Pairs: TypeAlias = tuple[tuple[bytes, bytes], ...]

# Ids are no secrets; the system's source would cost a call into the kernel for each span.
_IDS: Final = random.Random()  # noqa: S311
if hasattr(os, "register_at_fork"):
    # Workers are forked: without this all of them would go on with the same ids.
    os.register_at_fork(after_in_child=_IDS.seed)


def new_trace_id() -> int:
    """Give 128 random bits, never 0."""
    return _IDS.getrandbits(128) or 1


def new_span_id() -> int:
    """Give 64 random bits, never 0."""
    return _IDS.getrandbits(64) or 1


@dataclass(frozen=True, slots=True)
class RemoteParent:
    """The caller's span."""

    trace_id: int
    span_id: int
    """0: the caller named a trace and no span."""
    is_sampled: bool | None
    """None: the caller leaves the decision to us."""
    state: bytes = b""
    """``tracestate``, passed on as it is."""


class TraceContext:
    """The trace of one request, and its root span here."""

    __slots__ = ("_write", "is_sampled", "parent", "span_id", "trace_id")

    def __init__(
        self,
        trace_id: int,
        parent: RemoteParent | None,
        *,
        is_sampled: bool,
        write: Callable[[TraceContext, int], Pairs],
    ) -> None:
        self.trace_id = trace_id
        self.parent = parent
        self.is_sampled = is_sampled
        self.span_id = new_span_id()
        self._write = write

    @property
    def trace_hex(self) -> str:
        """The id as 32 hexadecimal digits."""
        return f"{self.trace_id:032x}"

    def child(self) -> tuple[int, Pairs]:
        """Give the id of a span for a request to a subgraph, and the headers that tell of it."""
        span_id = new_span_id()
        return span_id, self._write(self, span_id)


_TRACE_PARENT: Final = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)
_HEX_TRACE: Final = re.compile(rb"[0-9a-fA-F]{16}(?:[0-9a-fA-F]{16})?")
_HEX_SPAN: Final = re.compile(rb"[0-9a-fA-F]{16}")
_B3: Final = re.compile(rb"([0-9a-f]{16}(?:[0-9a-f]{16})?)-([0-9a-f]{16})(?:-([01d]))?(?:-[0-9a-f]{16})?")
_JAEGER: Final = re.compile(rb"([0-9a-f]{1,32}):([0-9a-f]{1,16}):[0-9a-f]*:([0-9a-f]{1,2})")
_DECIMAL: Final = re.compile(rb"[0-9]{1,20}")
_DATADOG_HIGH: Final = re.compile(rb"(?:^|,)\s*_dd\.p\.tid=([0-9a-f]{16})(?:,|$)")
_MOST_STATE_BYTES: Final = 512


def read_w3c(headers: Headers) -> RemoteParent | None:
    """Read ``traceparent`` and ``tracestate``."""
    match = _TRACE_PARENT.fullmatch(headers.get(b"traceparent", b""))
    if match is None:
        return None
    state = headers.get(b"tracestate", b"")
    return RemoteParent(
        int(match[1], 16),
        int(match[2], 16),
        bool(int(match[3], 16) & 1),
        state if len(state) <= _MOST_STATE_BYTES else b"",
    )


def write_w3c(context: TraceContext, span_id: int) -> Pairs:
    """Write ``traceparent``, and the caller's ``tracestate`` where there is one."""
    flags = b"01" if context.is_sampled else b"00"
    parent = (b"traceparent", b"00-%032x-%016x-%b" % (context.trace_id, span_id, flags))
    state = b"" if context.parent is None else context.parent.state
    return (parent, (b"tracestate", state)) if state else (parent,)


def read_b3(headers: Headers) -> RemoteParent | None:
    """Read ``b3``, else ``x-b3-*``; debug counts as sampled."""
    single = headers.get(b"b3")
    if single is not None:
        match = _B3.fullmatch(single)
        if match is None or not int(match[1], 16):
            return None
        return RemoteParent(
            int(match[1], 16), int(match[2], 16), None if match[3] is None else match[3] != b"0"
        )
    trace, span = headers.get(b"x-b3-traceid", b""), headers.get(b"x-b3-spanid", b"")
    if not (_HEX_TRACE.fullmatch(trace) and _HEX_SPAN.fullmatch(span) and int(trace, 16)):
        return None
    sampled = headers.get(b"x-b3-sampled")
    if headers.get(b"x-b3-flags") == b"1":
        return RemoteParent(int(trace, 16), int(span, 16), True)
    decided = {b"1": True, b"true": True, b"0": False, b"false": False}
    return RemoteParent(
        int(trace, 16), int(span, 16), None if sampled is None else decided.get(sampled.lower())
    )


def write_b3(context: TraceContext, span_id: int) -> Pairs:
    """Write ``x-b3-*``, which older services read too."""
    return (
        (b"x-b3-traceid", b"%032x" % context.trace_id),
        (b"x-b3-spanid", b"%016x" % span_id),
        (b"x-b3-parentspanid", b"%016x" % context.span_id),
        (b"x-b3-sampled", b"1" if context.is_sampled else b"0"),
    )


def read_jaeger(headers: Headers) -> RemoteParent | None:
    """Read ``uber-trace-id``."""
    match = _JAEGER.fullmatch(headers.get(b"uber-trace-id", b"").replace(b"%3A", b":").lower())
    if match is None or not int(match[1], 16):
        return None
    return RemoteParent(int(match[1], 16), int(match[2], 16), bool(int(match[3], 16) & 1))


def write_jaeger(context: TraceContext, span_id: int) -> Pairs:
    """Write ``uber-trace-id``; the parent is deprecated there, and 0."""
    value = b"%032x:%016x:0:%d" % (context.trace_id, span_id, context.is_sampled)
    return ((b"uber-trace-id", value),)


def read_datadog(headers: Headers) -> RemoteParent | None:
    """Read ``x-datadog-*``; the upper half of the trace id comes as a tag."""
    trace, span = headers.get(b"x-datadog-trace-id", b""), headers.get(b"x-datadog-parent-id", b"0")
    if not (_DECIMAL.fullmatch(trace) and _DECIMAL.fullmatch(span)):
        return None
    low = int(trace) & (2**64 - 1)
    if not low:
        return None
    high = _DATADOG_HIGH.search(headers.get(b"x-datadog-tags", b""))
    priority = headers.get(b"x-datadog-sampling-priority")
    sampled = None if priority is None else priority.strip() in (b"1", b"2")
    trace_id = low if high is None else int(high[1], 16) << 64 | low
    return RemoteParent(trace_id, int(span) & (2**64 - 1), sampled)


def write_datadog(context: TraceContext, span_id: int) -> Pairs:
    """Write ``x-datadog-*``."""
    high, low = context.trace_id >> 64, context.trace_id & (2**64 - 1)
    pairs = (
        (b"x-datadog-trace-id", b"%d" % low),
        (b"x-datadog-parent-id", b"%d" % span_id),
        (b"x-datadog-sampling-priority", b"%d" % context.is_sampled),
    )
    return (*pairs, (b"x-datadog-tags", b"_dd.p.tid=%016x" % high)) if high else pairs


Reader: TypeAlias = Callable[[Headers], RemoteParent | None]
Writer: TypeAlias = Callable[[TraceContext, int], Pairs]

FORMATS: Final[Mapping[str, tuple[Reader, Writer]]] = {
    # The first that a caller sent counts.
    "trace_context": (read_w3c, write_w3c),
    "zipkin": (read_b3, write_b3),
    "jaeger": (read_jaeger, write_jaeger),
    "datadog": (read_datadog, write_datadog),
}

TRACE_HEADERS: Final = frozenset(
    b"traceparent tracestate b3 x-b3-traceid x-b3-spanid x-b3-parentspanid x-b3-sampled x-b3-flags uber-trace-id"
    b" x-datadog-trace-id x-datadog-parent-id x-datadog-sampling-priority x-datadog-tags".split()
)
"""The router's own spans stand between the caller and subgraphs: what a header rule forwards of these gives way."""
