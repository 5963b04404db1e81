"""The spans of a request, made of its record when it is over.

    POST /graphql                                  server
      query                                        graphql.operation.*
        parse · validate · plan · compile          where the operation was not prepared yet
        execute
          fetch products                           client; its id went to the subgraph

Spec: OpenTelemetry semantic conventions for HTTP and GraphQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from router.telemetry.access_log import anonymized
from router.telemetry.record import FetchRecord, OperationRecord, RequestRecord
from router.telemetry.trace_context import new_span_id

MAX_DOCUMENT = 8192


@dataclass(slots=True)
class Span:
    """One span; times are of `time.perf_counter`."""

    name: str
    id: int
    parent: int
    """0: none."""
    kind: str
    """``server``, ``client`` or ``internal``."""
    started_s: float
    ended_s: float
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    error: str | None = None
    """A code; None when it went well."""


def spans_of(record: RequestRecord) -> Iterator[Span]:
    """Give the spans, the root first.  Invariant: the record has a trace and is over."""
    trace = record.trace
    if trace is None or record.ended_s is None:
        return
    parent = 0 if trace.parent is None else trace.parent.span_id
    yield Span(
        f"{record.method} {record.path}" if record.protocol == "http" else "websocket operation",
        trace.span_id,
        parent,
        "server",
        record.started_s,
        record.ended_s,
        _request(record),
        _request_error(record),
    )
    for operation in record.operations:
        yield from _operation(operation, trace.span_id, record.ended_s)


def _request(record: RequestRecord) -> dict[str, str | int | float | bool]:
    attributes: dict[str, str | int | float | bool] = {
        "olympus.request.id": record.id,
        "network.protocol.name": record.protocol,
        "http.request.body.size": record.request_bytes,
        "http.response.body.size": record.response_bytes,
    }
    if record.protocol == "http":
        attributes["http.request.method"] = record.method
        attributes["url.path"] = attributes["http.route"] = record.path
        if record.status is not None:
            attributes["http.response.status_code"] = record.status
    if record.address:
        attributes["client.address"] = anonymized(record.address)
    if record.client_name:
        attributes["graphql.client.name"] = record.client_name[:100]
    if record.client_version:
        attributes["graphql.client.version"] = record.client_version[:100]
    return attributes


def _request_error(record: RequestRecord) -> str | None:
    """Give the code of a fault of the server's; a client's own is no error of a server span."""
    if record.status is not None and record.status >= 500:
        return record.refused[0] if record.refused else str(record.status)
    return None


def _operation(operation: OperationRecord, parent: int, request_ended_s: float) -> Iterator[Span]:
    id_ = new_span_id()
    ended_s = operation.ended_s or request_ended_s
    attributes: dict[str, str | int | float | bool] = {"olympus.operation.outcome": operation.outcome}
    if operation.kind is not None:
        attributes["graphql.operation.type"] = operation.kind
    if operation.name is not None:
        attributes["graphql.operation.name"] = operation.name[:100]
    if operation.hash is not None:
        attributes["graphql.operation.hash"] = operation.hash
        attributes["graphql.document"] = operation.used.signature[:MAX_DOCUMENT]
    if operation.prepared_s is not None:
        attributes["olympus.plan_cache.hit"] = operation.laps is None
    for name in ("estimated", "actual") if operation.cost else ():
        if operation.cost.get(name) is not None:
            attributes[f"olympus.operation.cost.{name}"] = operation.cost[name]
    error = operation.refused
    if error is None and operation.error_codes:
        error = operation.error_codes[0][0]
    name = operation.kind or "GraphQL Operation"
    yield Span(name, id_, parent, "internal", operation.started_s, ended_s, attributes, error)
    yield from _preparation(operation, id_)
    under = id_
    if operation.executing_s is not None:
        under = new_span_id()
        executed_s = operation.executed_s or ended_s
        yield Span("execute", under, id_, "internal", operation.executing_s, executed_s)
    for fetch in operation.fetches:
        yield _fetch(fetch, under, ended_s)


def _preparation(operation: OperationRecord, parent: int) -> Iterator[Span]:
    laps = operation.laps
    if laps is None:
        return
    at_s = laps.started_s
    steps = (
        ("parse", laps.parse_s),
        ("validate", laps.validate_s),
        ("plan", laps.plan_s),
        ("compile", laps.compile_s),
    )
    for name, seconds in steps:
        yield Span(name, new_span_id(), parent, "internal", at_s, at_s + seconds)
        at_s += seconds


def _fetch(fetch: FetchRecord, parent: int, ended_s: float) -> Span:
    attributes: dict[str, str | int | float | bool] = {
        "olympus.subgraph.name": fetch.subgraph,
        "olympus.fetch.id": fetch.fetch,
        "http.request.method": "POST",
        "http.request.body.size": fetch.request_bytes,
        "http.response.body.size": fetch.response_bytes,
        "graphql.operation.type": fetch.kind,
    }
    if fetch.status is not None:
        attributes["http.response.status_code"] = fetch.status
    if fetch.is_shared:
        attributes["olympus.fetch.shared"] = True
    return Span(
        f"fetch {fetch.subgraph}",
        fetch.span_id or new_span_id(),
        parent,
        "client",
        fetch.started_s,
        fetch.ended_s or ended_s,
        attributes,
        fetch.error,
    )
