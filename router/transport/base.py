"""Asking a subgraph, as every other room sees it: two requests, one response, two Protocols.

Which client stands behind them (HTTP/1.1, httpx, WebSocket, a fake) only ``engine`` knows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar

import orjson

from router.errors import SubgraphHttpStatusError, SubgraphInvalidResponseError
from router.protocols.upload import ClaimedFiles

Json: TypeAlias = dict[str, Any]
Call = TypeVar("Call")
Result = TypeVar("Result")
Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Names in lower case.  Of a request: without ``host``, ``content-type``, ``content-length`` and
``accept``, which the client adds."""


@dataclass(frozen=True, slots=True)
class SubgraphUpload:
    """Files that go along with one request."""

    file_map: bytes
    """JSON text ``{"0": ["variables.file"]}``."""
    names: Mapping[str, bytes]
    """From a file's key to its name in ``file_map``: no text of the client's, so that it cannot break a header."""
    files: ClaimedFiles
    deadline_s: float | None = None
    """On the event loop's clock: of the client's whole request, waiting for its files included."""


@dataclass(frozen=True, slots=True)
class SubgraphRequest:
    """One GraphQL-over-HTTP POST to one subgraph."""

    subgraph: str
    url: str
    body: bytes
    """JSON text ``{"query": ..., "variables": ..., "operationName": ...}``."""
    headers: Headers
    """What the header rules forward from the caller; part of the identity of the request."""
    is_query: bool
    """No side effects: may be shared with an identical request and sent a second time."""
    timeout_s: float
    """For the whole exchange: waiting for a connection, connecting, sending and reading."""
    audience: bytes | None = b""
    """Whom the answer may be shared with: requests of the same audience, everything else being equal; None: nobody."""
    upload: SubgraphUpload | None = None
    """Makes it a multipart request; it is not shared then, and the time it waits for the client does not count."""
    trace: Headers = ()
    """Tells the subgraph which trace and span ask.  No part of the identity: of requests that share an answer, the
    first one's are sent.  Names and values are the router's own."""


class SharedValues:
    """What follows from the bytes of a response that several requests share: derived once, never changed.

    Invariant: nothing in it depends on anything but bytes that were got with the same forwarded headers.
    """

    __slots__ = ("_parsed", "derived")

    def __init__(self, parsed: tuple[Any] | None = None) -> None:
        """``parsed``: the JSON value, where it is known; the bytes are not looked at then."""
        self._parsed = parsed
        self.derived: dict[Hashable, Any] = {}
        """By what it was derived for; lives as long as the response."""

    def parsed(self, body: bytes) -> Any:
        """The JSON value.  Raises: orjson.JSONDecodeError."""
        if self._parsed is None:
            self._parsed = (orjson.loads(body),)
        return self._parsed[0]


@dataclass(frozen=True, slots=True)
class SubgraphResponse:
    """What came back, not yet looked at.  May be shared by several requests: never change it."""

    status: int
    headers: Headers
    body: bytes
    """Complete and decompressed."""
    shared: SharedValues | None = field(default=None, compare=False, repr=False)
    """Given where several requests got this response."""

    def parsed(self) -> Any:
        """The body as JSON, to be read only.  Raises: orjson.JSONDecodeError."""
        return orjson.loads(self.body) if self.shared is None else self.shared.parsed(self.body)


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """One subscription at one subgraph."""

    subgraph: str
    url: str
    """``http(s)`` or ``ws(s)``."""
    body: bytes
    """JSON text of the same shape as `SubgraphRequest.body`."""
    headers: Headers
    init_payload: bytes | None = None
    """JSON object sent with ``connection_init``; None sends none."""


class SubgraphClient(Protocol):
    """Sends one request and gives one response.

    Cancelling a `send` stops the exchange and harms no other.
    """

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """The complete response, whatever its status.

        Raises: a `router.errors.SubgraphError`, and nothing else but cancellation.
        """
        ...

    async def close(self) -> None:
        """Ends every exchange still under way and closes every connection."""
        ...


class Loader(Protocol):
    """Brings calls of one tick of the event loop together; `router.transport.dataloader.TickLoader` is one."""

    async def load(
        self, key: Hashable, call: Call, send: Callable[[list[Call]], Awaitable[list[Result]]]
    ) -> Result:
        """Give the call's own result; ``send`` gives those of all calls with this key."""
        ...


class SourceStream(Protocol):
    """The events of one subscription: GraphQL execution results, in order.

    Ends normally only when the subgraph said so.  A request the subgraph refused (``error``)
    gives one last result ``{"errors": [...]}``.
    """

    @property
    def was_open(self) -> bool:
        """Whether the subgraph had taken the subscription: one that breaks then is worth opening again."""
        ...

    def __aiter__(self) -> AsyncIterator[Json]:
        """The stream itself."""
        ...

    async def __anext__(self) -> Json:
        """The next result.

        Raises: StopAsyncIteration after ``complete``; a `router.errors.SubgraphError` when the
        stream could not be opened, broke, or fell too far behind.
        """
        ...

    async def aclose(self) -> None:
        """Tells the subgraph to stop.  Safe to call twice, at any time, from any task."""
        ...


class SubgraphStream(Protocol):
    """Opens subscriptions at subgraphs."""

    def subscribe(self, request: SubscriptionRequest) -> SourceStream:
        """A stream that is opened when its first event is asked for."""
        ...

    async def close(self) -> None:
        """Ends every stream with an error and closes every socket."""
        ...


def read_result(subgraph: str, response: SubgraphResponse) -> Json:
    """The execution result in a response; each caller gets objects of its own.

    A well-formed result counts whatever its status, as subgraphs answer refused requests with 4xx
    and a list of errors.
    Shapes: an object with ``data`` (object or null), ``errors`` (non-empty list), or both.
    Raises: SubgraphHttpStatusError when there is no result and the status is not 2xx;
    SubgraphInvalidResponseError when there is none though the status is 2xx.
    Spec: GraphQL over HTTP, section 6.4.
    """
    try:
        result = orjson.loads(response.body)
    except orjson.JSONDecodeError as error:
        fault = f"not JSON: {error}"
    else:
        fault = _fault(result)
        if not fault:
            return result  # type: ignore[no-any-return]  # _fault saw that it is an object
    if not 200 <= response.status < 300:
        raise SubgraphHttpStatusError(subgraph, f"HTTP status {response.status}", response.status)
    raise SubgraphInvalidResponseError(subgraph, f"the answer is {fault}")


def _fault(result: object) -> str:
    if not isinstance(result, dict):
        return "not an object"
    errors = result.get("errors")
    if not isinstance(result.get("data"), dict | None):
        return "an object whose data is not an object"
    if not isinstance(errors, list | None):
        return "an object whose errors are not a list"
    if "data" not in result and not errors:
        return "an object without data and errors"
    return ""
