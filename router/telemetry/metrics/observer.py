"""Counts requests as they end."""

from __future__ import annotations

from typing import Any, Final

from prometheus_client import Counter, Histogram

from router.telemetry.metrics.instruments import Instruments
from router.telemetry.metrics.labels import BoundedLabels
from router.telemetry.record import FetchRecord, OperationRecord, RequestRecord, subgraph_seconds

_METHODS: Final = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"})


class RequestCounter:
    """Of one process.

    Cost: a dict lookup and an addition for each figure; children of labelled metrics are looked up once.
    """

    def __init__(self, instruments: Instruments, max_label_values: int) -> None:
        self._to = instruments
        self._operations = BoundedLabels(max_label_values)
        self._clients = BoundedLabels(max_label_values)
        self._codes = BoundedLabels(max_label_values)
        self._fetches: dict[tuple[str, str], tuple[Counter, Histogram, Counter, Counter]] = {}
        self._children: dict[tuple[Any, ...], Any] = {}

    def subscribed(self, operation: OperationRecord) -> None:
        """Count a subscription that has begun."""
        self._child(self._to.subscriptions, operation.request.protocol).inc()

    def ended(self, record: RequestRecord) -> None:
        """Count a request."""
        to = self._to
        exemplar = _exemplar(record)
        if record.protocol == "http":
            status = "left" if record.status is None else str(record.status)
            method = record.method if record.method in _METHODS else "other"
            self._child(to.http_requests, method, status, "stream" if record.is_stream else "http").inc()
            if not record.is_stream and record.status is not None:
                self._child(to.http_seconds, status).observe(record.seconds, exemplar)
                to.http_request_bytes.observe(record.request_bytes)
                to.http_response_bytes.observe(record.response_bytes)
        for code in record.refused:
            self._child(to.refusals, *self._codes.of(code)).inc()
        if not record.is_stream:
            ended_s = record.ended_s or record.started_s
            fetches = [fetch for operation in record.operations for fetch in operation.fetches]
            to.router_seconds.observe(max(0.0, record.seconds - subgraph_seconds(fetches, ended_s)), exemplar)
        for operation in record.operations:
            self._operation(operation, exemplar)

    def _operation(self, operation: OperationRecord, exemplar: dict[str, str] | None) -> None:
        to, kind = self._to, operation.kind or "unknown"
        # A name that a client makes up with an operation that is not valid takes no place.
        name = (operation.name or "") if operation.hash is not None else "unknown"
        self._child(to.operations, *self._operations.of(name), kind, operation.outcome).inc()
        request = operation.request
        if request.client_name or request.client_version:
            client = self._clients.of(request.client_name, request.client_version)
            self._child(to.client_operations, *client).inc()
        if operation.refused is not None:
            self._child(to.refusals, *self._codes.of(operation.refused)).inc()
        for code, subgraph in operation.error_codes:
            self._child(to.errors, *self._codes.of(code)).inc()
            if subgraph is not None:
                self._child(to.subgraph_errors, subgraph, *self._codes.of(code)).inc()
        if operation.prepared_s is not None:
            self._preparation(operation, operation.prepared_s)
        for fetch in operation.fetches:
            self._fetch(fetch)
        for subgraph, count in operation.representations.items():
            self._child(to.representations, subgraph).inc(count)
        if operation.ended_s is not None and kind in ("query", "mutation"):
            self._child(to.operation_seconds, kind).observe(operation.ended_s - operation.started_s, exemplar)
        self._execution(operation)
        self._cost(operation)

    def _cost(self, operation: OperationRecord) -> None:
        for name in ("estimated", "actual") if operation.cost else ():
            value = operation.cost.get(name)
            if value is not None:
                self._child(self._to.costs, name).observe(value)

    def _preparation(self, operation: OperationRecord, prepared_s: float) -> None:
        laps = operation.laps
        self._child(self._to.plan_lookups, "hit" if laps is None else "miss").inc()
        if laps is not None:
            phase = self._phase
            phase("parse").observe(laps.parse_s)
            phase("validate").observe(laps.validate_s)
            phase("plan").observe(laps.plan_s)
            phase("compile").observe(laps.compile_s)
            phase("prepare").observe(max(0.0, prepared_s - operation.started_s))

    def _execution(self, operation: OperationRecord) -> None:
        if operation.executing_s is None or operation.executed_s is None:
            return
        whole_s = operation.executed_s - operation.executing_s
        self._phase("execute").observe(whole_s)
        if operation.fetches:
            self._phase("subgraphs").observe(subgraph_seconds(operation.fetches, operation.executed_s))

    def _fetch(self, fetch: FetchRecord) -> None:
        to, subgraph = self._to, fetch.subgraph
        if fetch.is_joined:
            return
        status = str(fetch.status) if fetch.error is None else fetch.error
        children = self._fetches.get((subgraph, status))
        if children is None:
            children = self._fetches[subgraph, status] = (
                to.subgraph_requests.labels(subgraph, status),
                to.subgraph_seconds.labels(subgraph),
                to.subgraph_request_bytes.labels(subgraph),
                to.subgraph_response_bytes.labels(subgraph),
            )
        requests, seconds, request_bytes, response_bytes = children
        requests.inc()
        if fetch.is_entities:
            self._child(to.entity_requests, subgraph).inc()
        if fetch.ended_s is not None:
            seconds.observe(fetch.ended_s - fetch.started_s)
        request_bytes.inc(fetch.request_bytes)
        response_bytes.inc(fetch.response_bytes)

    def _phase(self, name: str) -> Any:
        return self._child(self._to.phase_seconds, name)

    def _child(self, metric: Any, *labels: str) -> Any:
        key = (metric, *labels)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = metric.labels(*labels)
        return child


def _exemplar(record: RequestRecord) -> dict[str, str] | None:
    trace = record.trace
    return None if trace is None or not trace.is_sampled else {"trace_id": trace.trace_hex}
