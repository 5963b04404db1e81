"""One request under way: what it was given, what came back so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import orjson

from router.execution.errors import ExecutionError, Failure, Reported
from router.protocols.upload import FileSource
from router.telemetry.record import OperationRecord
from router.transport.base import Headers, Loader, SubgraphClient, SubgraphResponse

Json: TypeAlias = dict[str, Any]
Slot: TypeAlias = dict[Any, Any]
"""From what identifies an object to its entity, or to the index of its representation."""
Nulled: TypeAlias = Mapping[tuple[int, str], Any]
"""Identity of an object of an answer, and its key that is null because of an error; the object, so that it lives."""
EMPTY_SLOT: Final[Slot] = {}
"""Stands in every slot until it is filled; never changed."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where one subgraph is asked for this request."""

    url: str
    headers: Headers = ()
    """Forwarded from the caller by rule."""
    timeout_s: float = 30.0
    max_representations: int | None = None
    """Of one `_entities` selection in one request; more are asked for in several, side by side."""
    joins_entities: bool = False
    """Whether entity fetches of several requests in one tick become one, given a loader."""
    audience: bytes | None = b""
    """Whom answers may be shared with: requests of the same audience; None: nobody.  `SubgraphRequest.audience`."""


@dataclass(frozen=True, slots=True)
class FetchTiming:
    """What one request of a fetch cost; times are of the event loop's clock."""

    fetch: int
    started_s: float
    ended_s: float
    request_bytes: int
    response_bytes: int
    """Decompressed; 0 when there was no answer."""
    representations: int = 0
    """Entities that were asked for."""
    status: int | None = None
    """Of HTTP; None when there was no answer."""
    is_shared: bool = False
    """Whether an identical request was under way, so that one answer served several."""
    error: str | None = None
    """The code of what kept the answer away."""


@dataclass(slots=True)
class ExecutionContext:
    """One request's state; belongs to one task tree and is used for one execution only."""

    client: SubgraphClient
    endpoints: Mapping[str, Endpoint]
    """By subgraph name."""
    variables: Json = field(default_factory=dict)
    """Coerced."""
    deadline_s: float | None = None
    """On the event loop's clock; no fetch starts after it or waits past it."""
    timings: list[FetchTiming] | None = None
    """Filled when a list is given."""
    observed: OperationRecord | None = None
    """Where each request to a subgraph is noted, when somebody observes."""
    loader: Loader | None = None
    """Shared by all requests whose entity fetches may be joined."""

    answered: list[tuple[int, str, Headers | None]] | None = None
    """Filled when a list is given: fetch, subgraph and the headers of its answer; None when there was no answer."""
    files: FileSource | None = None
    """Of a request with files: `Upload` stands for them in the variables."""
    uploads: dict[int, dict[str, list[str]]] = field(default_factory=dict)
    """By fetch id: the files that go along with it, and where they are in its variables."""

    answers: list[Json | None] = field(default_factory=list)
    """By fetch id: ``data`` as it came; None when not (yet) there."""
    responses: list[SubgraphResponse | None] = field(default_factory=list)
    """By fetch id: where the answer came from."""
    indices: list[Slot] = field(default_factory=list)
    """By slot: from what identifies an object to the index of its representation."""
    found: list[Slot] = field(default_factory=list)
    """By slot: from what identifies an object to its entity."""
    failures: list[Failure] = field(default_factory=list)
    reported: list[Reported] = field(default_factory=list)
    nulled: dict[tuple[int, str], Any] = field(default_factory=dict)
    """Nulls with an error: never sent to another subgraph as if they were values."""
    introspection: Json = field(default_factory=dict)
    """Complete values of ``__schema`` and ``__type``, by `Shown.introspection_key`."""
    dumped_variables: dict[tuple[str, ...], bytes] = field(default_factory=dict)
    """JSON members for fetches that use the same variables."""


class Response:
    """What the client gets.  Nothing in it is another request's: it may be changed by whoever got it."""

    __slots__ = ("_data", "data_json", "errors")

    def __init__(
        self, data: Json | None, errors: tuple[ExecutionError, ...] = (), data_json: bytes | None = None
    ) -> None:
        """``data_json`` is the data as JSON text, where other requests get the same; then ``data`` is None."""
        self._data = data
        self.errors = errors
        self.data_json = data_json

    @property
    def data(self) -> Json | None:
        """The data; parsed for this request when it is first asked for, where it came as text."""
        if self._data is None and self.data_json is not None:
            self._data = orjson.loads(self.data_json)
        return self._data

    def __repr__(self) -> str:
        return f"Response({self.data!r}, {self.errors!r})"

    def as_dict(self) -> Json:
        """Give the GraphQL response object; ``errors`` first, and only if there are any."""
        if not self.errors:
            return {"data": self.data}
        return {"errors": [error.as_dict() for error in self.errors], "data": self.data}
