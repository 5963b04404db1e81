"""The access log: one line for each request that is over, and one for each operation that was slow.

No value of a client is in a line but what is on a list: names of headers and of variables.  Names that clients give to
themselves and to operations are, cut to `MAX_NAME` characters.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from router.telemetry.logs import write_line
from router.telemetry.observers import RequestObserver
from router.telemetry.record import FetchRecord, OperationRecord, RequestRecord, subgraph_seconds

MAX_NAME: Final = 100
MAX_VALUE: Final = 1000
"""Characters of a header's value, and of a variable that is text."""
_MAX_REMEMBERED: Final = 1000


class AddressShown(Enum):
    """How much of a client's address is written."""

    ANONYMIZED = "anonymized"
    """Its network: the first 24 bits of IPv4, the first 48 of IPv6."""
    FULL = "full"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class AccessLogOptions:
    """Of one engine; ``config`` fills these."""

    share: float = 1.0
    """Of the requests that went well and were not slow; all others are always written."""
    address: AddressShown = AddressShown.ANONYMIZED
    headers: tuple[bytes, ...] = ()
    """Whose values are written."""
    variables: frozenset[str] = frozenset()
    """Whose values are written."""


class AccessLog(RequestObserver):
    """Writes one line per request: per operation, on a WebSocket; at its end, of a subscription."""

    def __init__(self, options: AccessLogOptions, chance: Callable[[], float] = random.random) -> None:
        """``chance`` gives numbers in 0..1."""
        self._options = options
        self._chance = chance

    def ended(self, record: RequestRecord) -> None:
        """See `RequestObserver`."""
        share = self._options.share
        if share < 1.0 and is_well(record) and self._chance() >= share:
            return
        write_line("access", "info", "request", self._line(record))

    def _line(self, record: RequestRecord) -> dict[str, Any]:
        """Give the line.

        Shapes: see docs/telemetry.md.  Of a batch, ``operations`` has what a line has of its one operation.
        """
        options = self._options
        line: dict[str, Any] = {"request_id": record.id}
        if record.trace is not None:
            line["trace_id"] = record.trace.trace_hex
        line["protocol"] = record.protocol
        if record.protocol == "http":
            line |= {
                "method": record.method[:MAX_NAME],
                "path": record.path[:MAX_VALUE],
                "status": record.status,
            }
        if record.client_name or record.client_version:
            line["client_name"] = record.client_name[:MAX_NAME]
            line["client_version"] = record.client_version[:MAX_NAME]
        if options.address is not AddressShown.NONE and record.address:
            is_full = options.address is AddressShown.FULL
            line["ip"] = record.address if is_full else anonymized(record.address)
        if record.refused:
            line["errors"] = record.refused
        if len(record.operations) == 1:
            line |= self._operation(record.operations[0])
        elif record.operations:
            line["operations"] = [self._operation(operation) for operation in record.operations]
        ended_s = record.ended_s or record.started_s
        line["duration_ms"] = _ms(record.seconds)
        if not record.is_stream:
            fetches = [fetch for operation in record.operations for fetch in operation.fetches]
            line["router_ms"] = _ms(record.seconds - subgraph_seconds(fetches, ended_s))
        line["request_bytes"] = record.request_bytes
        line["response_bytes"] = record.response_bytes
        if options.headers:
            line["headers"] = {
                name.decode(): record.headers[name].decode("utf-8", "replace")[:MAX_VALUE]
                for name in options.headers
                if name in record.headers
            }
        return line

    def _operation(self, operation: OperationRecord) -> dict[str, Any]:
        line: dict[str, Any] = {
            "operation": None if operation.name is None else operation.name[:MAX_NAME],
            "operation_kind": operation.kind,
            "operation_hash": operation.hash,
            "outcome": operation.outcome,
        }
        codes = [code for code, _ in operation.error_codes]
        if operation.refused is not None:
            codes.append(operation.refused)
        if codes:
            line["errors"] = sorted(set(codes))
        line |= phases(operation)
        if operation.fetches:
            line["subgraphs"] = [_fetch(fetch, operation) for fetch in operation.fetches]
        if operation.kind == "subscription":
            line["results"] = operation.results
        if operation.cost:
            line["cost"] = {name: operation.cost.get(name) for name in ("estimated", "actual")}
        if self._options.variables and operation.variables:
            line["variables"] = {
                name: value[:MAX_VALUE] if isinstance(value, str) else value
                for name, value in operation.variables.items()
                if name in self._options.variables
            }
        return line


class SlowOperations(RequestObserver):
    """Writes a line with the plan for an operation that took long; of the same operation at most one a minute."""

    def __init__(self, threshold_s: float, *, has_plan: bool, every_s: float = 60.0) -> None:
        self._threshold_s = threshold_s
        self._has_plan = has_plan
        self._every_s = every_s
        self._written: dict[str | None, tuple[float, int]] = {}
        """By hash: when, and how many were left out since."""

    def ended(self, record: RequestRecord) -> None:
        """See `RequestObserver`."""
        for operation in record.operations:
            ended_s = operation.ended_s
            if ended_s is None or operation.kind == "subscription":
                continue
            if ended_s - operation.started_s >= self._threshold_s:
                self._slow(operation, ended_s)

    def _slow(self, operation: OperationRecord, ended_s: float) -> None:
        before = self._written.get(operation.hash)
        if before is not None and ended_s - before[0] < self._every_s:
            self._written[operation.hash] = (before[0], before[1] + 1)
            return
        if len(self._written) >= _MAX_REMEMBERED:
            self._written.clear()
        self._written[operation.hash] = (ended_s, 0)
        line: dict[str, Any] = {"request_id": operation.request.id}
        if operation.request.trace is not None:
            line["trace_id"] = operation.request.trace.trace_hex
        line |= {
            "operation": None if operation.name is None else operation.name[:MAX_NAME],
            "operation_kind": operation.kind,
            "operation_hash": operation.hash,
            "duration_ms": _ms(ended_s - operation.started_s),
            **phases(operation),
            "subgraphs": [_fetch(fetch, operation) for fetch in operation.fetches],
            "left_out": 0 if before is None else before[1],
        }
        if self._has_plan and operation.plan is not None:
            line["plan"] = operation.plan()
        write_line("slow", "warning", "slow operation", line)


def is_well(record: RequestRecord) -> bool:
    """Tell whether nobody need look at a request."""
    if record.refused or (record.protocol == "http" and (record.status is None or record.status >= 400)):
        return False
    return all(operation.outcome == "ok" for operation in record.operations)


def phases(operation: OperationRecord) -> dict[str, Any]:
    """Give the parts of an operation's time, in milliseconds; what did not happen is left out."""
    parts: dict[str, Any] = {}
    if operation.prepared_s is not None:
        parts["plan_cache"] = "hit" if operation.laps is None else "miss"
        parts["prepare_ms"] = _ms(operation.prepared_s - operation.started_s)
    laps = operation.laps
    if laps is not None:
        parts["parse_ms"], parts["validate_ms"] = _ms(laps.parse_s), _ms(laps.validate_s)
        parts["plan_ms"], parts["compile_ms"] = _ms(laps.plan_s), _ms(laps.compile_s)
    if operation.executing_s is not None and operation.executed_s is not None:
        parts["execute_ms"] = _ms(operation.executed_s - operation.executing_s)
        parts["subgraphs_ms"] = _ms(subgraph_seconds(operation.fetches, operation.executed_s))
    elif operation.outcome in ("ok", "errors") and operation.kind != "subscription":
        parts["shared"] = True
    return parts


@lru_cache(maxsize=1024)
def anonymized(address: str) -> str:
    """Give the network an address is in; empty for what is no address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    bits = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network((parsed, bits), strict=False).network_address)


def _fetch(fetch: FetchRecord, operation: OperationRecord) -> Mapping[str, Any]:
    """Give ``{"subgraph", "fetch", "start_ms", "duration_ms", "status"?, "error"?, …}``."""
    line: dict[str, Any] = {
        "subgraph": fetch.subgraph,
        "fetch": fetch.fetch,
        "start_ms": _ms(fetch.started_s - operation.started_s),
        "duration_ms": None if fetch.ended_s is None else _ms(fetch.ended_s - fetch.started_s),
    }
    if fetch.status is not None:
        line["status"] = fetch.status
    if fetch.error is not None:
        line["error"] = fetch.error
    if fetch.is_joined:
        line["joined"] = True
        return line
    line["request_bytes"], line["response_bytes"] = fetch.request_bytes, fetch.response_bytes
    if fetch.is_shared:
        line["shared"] = True
    return line


def _ms(seconds: float) -> float:
    return round(max(0.0, seconds) * 1000, 3)
