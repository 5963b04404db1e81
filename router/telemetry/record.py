"""What is noted of a request while it is answered: made only where an observer is configured.

A request has operations (one; none, when it was refused before; several in a batch), an operation has fetches.  The
server begins and ends the request, the engine its operations, the execution their fetches.  Times are of
`time.perf_counter`; an end that is None has not come, or never came.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final

from router.telemetry.trace_context import TraceContext

Pairs = tuple[tuple[bytes, bytes], ...]

CANCELLED: Final = "CANCELLED"
"""The code of a fetch that nobody waited for any more."""


class FetchRecord:
    """One request to a subgraph, as the operation saw it: retries and hedges are inside."""

    __slots__ = (
        "ended_s",
        "error",
        "fetch",
        "is_entities",
        "is_joined",
        "is_shared",
        "kind",
        "request_bytes",
        "response_bytes",
        "span_id",
        "started_s",
        "status",
        "subgraph",
        "trace_headers",
    )

    def __init__(
        self, fetch: int, subgraph: str, kind: str, request_bytes: int, *, is_entities: bool
    ) -> None:
        self.fetch = fetch
        self.subgraph = subgraph
        self.kind = kind
        """``query`` or ``mutation``."""
        self.is_entities = is_entities
        self.request_bytes = request_bytes
        self.response_bytes = 0
        """Decompressed."""
        self.status: int | None = None
        """Of HTTP; None when there was no answer."""
        self.error: str | None = CANCELLED
        """The code of what kept the answer away."""
        self.is_shared = False
        """Whether an identical request was under way, so that one answer served several."""
        self.is_joined = False
        """Whether another operation's request brought the entities along."""
        self.span_id = 0
        self.trace_headers: Pairs = ()
        self.ended_s: float | None = None
        self.started_s = time.perf_counter()

    def answered(self, status: int, response_bytes: int, *, is_shared: bool) -> None:
        """Note the answer."""
        self.ended_s = time.perf_counter()
        self.status = status
        self.response_bytes = response_bytes
        self.is_shared = is_shared
        self.error = None

    def failed(self, code: str) -> None:
        """Note that there is none."""
        self.ended_s = time.perf_counter()
        self.error = code


class Laps:
    """How long each step of preparing one operation took; shared by all requests that waited for it."""

    __slots__ = ("compile_s", "ended_s", "parse_s", "plan_s", "started_s", "validate_s")

    def __init__(self) -> None:
        self.started_s = self.ended_s = time.perf_counter()
        self.parse_s = self.validate_s = self.plan_s = self.compile_s = 0.0

    def lap(self) -> float:
        """Give the seconds since the last lap."""
        before_s, self.ended_s = self.ended_s, time.perf_counter()
        return self.ended_s - before_s


class OperationRecord:
    """One operation of a request."""

    __slots__ = (
        "cost",
        "ended_s",
        "error_codes",
        "executed_s",
        "executing_s",
        "fetches",
        "hash",
        "headers",
        "is_over",
        "kind",
        "laps",
        "name",
        "plan",
        "prepared_s",
        "refused",
        "representations",
        "request",
        "results",
        "started_s",
        "used",
        "variables",
    )

    def __init__(
        self,
        request: RequestRecord,
        name: str | None,
        variables: Mapping[str, Any] | None,
        headers: Mapping[bytes, bytes],
    ) -> None:
        self.request = request
        self.headers = headers
        """The caller's; on a WebSocket with what its ``connection_init`` adds."""
        self.name = name
        """What the request calls it, until it is known what it is."""
        self.kind: str | None = None
        """``query``, ``mutation`` or ``subscription``; None for what could not be read."""
        self.hash: str | None = None
        """SHA-256 of the operation without its values, in hex."""
        self.variables = variables
        self.laps: Laps | None = None
        """Of an operation that this request waited for; None where it was prepared already."""
        self.used: Any = None
        """What usage is told of it."""
        self.plan: Callable[[], Any] | None = None
        """Gives the plan as JSON values, with no value of the client's in it."""
        self.fetches: list[FetchRecord] = []
        self.representations: dict[str, int] = {}
        """By subgraph: of all its entity fetches together."""
        self.error_codes: list[tuple[str, str | None]] = []
        """Of the answer's errors: code, and the subgraph it came from."""
        self.refused: str | None = None
        """The code of why it did not run."""
        self.cost: Any = None
        self.results = 0
        """Results sent, of an operation that is a stream."""
        self.prepared_s: float | None = None
        self.executing_s: float | None = None
        """None of one whose answer is that of another's execution."""
        self.executed_s: float | None = None
        self.ended_s: float | None = None
        self.is_over = False
        self.started_s = time.perf_counter()

    @property
    def outcome(self) -> str:
        """``ok``, ``errors`` (an answer with errors), ``refused`` or ``cancelled``."""
        if self.ended_s is None:
            return "cancelled"
        if self.refused is not None:
            return "refused"
        return "errors" if self.error_codes else "ok"

    def prepare(self, laps: Laps | None) -> None:
        """Note that the operation is prepared; how, where this request waited for it."""
        self.prepared_s = time.perf_counter()
        if laps is not None and laps.ended_s > self.started_s:
            self.laps = laps

    def begin_execution(self) -> None:
        """Note that fetches begin; only of the operation that is executed, not of those that share its answer."""
        self.executing_s = time.perf_counter()

    def end_execution(self, error_codes: list[tuple[str, str | None]]) -> None:
        """Note that the answer is there."""
        self.executed_s = time.perf_counter()
        self.error_codes = error_codes

    def begin_fetch(
        self, fetch: int, subgraph: str, kind: str, request_bytes: int, *, is_entities: bool
    ) -> FetchRecord:
        """Note a request to a subgraph that begins now."""
        record = FetchRecord(fetch, subgraph, kind, request_bytes, is_entities=is_entities)
        trace = self.request.trace
        if trace is not None:
            record.span_id, record.trace_headers = trace.child()
        self.fetches.append(record)
        return record

    def note_entities(self, subgraph: str, count: int) -> None:
        """Note representations that a subgraph is to be asked for."""
        self.representations[subgraph] = self.representations.get(subgraph, 0) + count

    def note_joined(self, fetch: int, subgraph: str, started_s: float, status: int | None) -> None:
        """Note the wait for entities, unless the request that brought them was this operation's own."""
        if any(one.fetch == fetch for one in self.fetches):
            return
        record = FetchRecord(fetch, subgraph, "query", 0, is_entities=True)
        record.started_s, record.is_joined = started_s, True
        if status is None:
            record.failed(CANCELLED)
        else:
            record.answered(status, 0, is_shared=True)
        self.fetches.append(record)

    def end(self, *, is_answered: bool = True) -> None:
        """Note the end, once; of one that nobody waits for any more, that it had none."""
        if self.is_over:
            return
        self.is_over = True
        if is_answered:
            self.ended_s = time.perf_counter()
        self.request.operations.append(self)


class RequestRecord:
    """One request of a client: over HTTP, or one operation on a WebSocket."""

    __slots__ = (
        "address",
        "client_name",
        "client_version",
        "ended_s",
        "headers",
        "id",
        "method",
        "operations",
        "path",
        "protocol",
        "refused",
        "request_bytes",
        "response_bytes",
        "started_ns",
        "started_s",
        "status",
        "trace",
    )

    def __init__(self, protocol: str, headers: Mapping[bytes, bytes], address: str = "") -> None:
        self.protocol = protocol
        """``http`` or ``websocket``."""
        self.headers = headers
        """Names in lower case.  Never logged but for names on a list."""
        self.address = address
        self.method = ""
        self.path = ""
        self.id = ""
        self.client_name = ""
        self.client_version = ""
        self.status: int | None = None
        """Of HTTP; None when the client left before."""
        self.request_bytes = 0
        self.response_bytes = 0
        self.refused: list[str] = []
        """Codes of what was refused before there was an operation."""
        self.operations: list[OperationRecord] = []
        """In the order they ended."""
        self.trace: TraceContext | None = None
        self.ended_s: float | None = None
        self.started_ns = time.time_ns()
        self.started_s = time.perf_counter()

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended_s or time.perf_counter()) - self.started_s

    @property
    def is_stream(self) -> bool:
        """Whether its length is the client's choice: it says nothing about speed."""
        return any(operation.kind == "subscription" for operation in self.operations)


def subgraph_seconds(fetches: Sequence[FetchRecord], ended_s: float) -> float:
    """Give how long at least one subgraph was waited for; what remains of a request is the router's own time."""
    total_s = 0.0
    until_s = 0.0
    for fetch in sorted(fetches, key=lambda one: one.started_s) if len(fetches) > 1 else fetches:
        end_s = ended_s if fetch.ended_s is None else fetch.ended_s
        begin_s = max(fetch.started_s, until_s)
        if end_s > begin_s:
            total_s += end_s - begin_s
            until_s = end_s
    return total_s


_REQUEST: Final[ContextVar[RequestRecord | None]] = ContextVar("request_record", default=None)
_OPERATION: Final[ContextVar[OperationRecord | None]] = ContextVar("operation_record", default=None)

current_record = _REQUEST.get
"""Gives the record of the request that the current task answers; None where nobody observes."""
current_operation = _OPERATION.get
"""Gives the record of the operation that the current task answers."""
enter_record = _REQUEST.set
enter_operation = _OPERATION.set
