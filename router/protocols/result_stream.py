"""Results of one operation as one HTTP response that goes on: server-sent events, and multipart.

    next*  then one of  complete · broken

Which of the two a client wants is in its ``Accept``.  Bytes are whole: each call's may be sent at once.
Spec: graphql-sse PROTOCOL.md, "distinct connections mode"; Apollo, "multipart subscriptions", specification 1.0.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Protocol

_JSON_TYPES: Final = frozenset(
    {"application/json", "application/graphql-response+json", "application/*", "*/*"}
)


class ResultStream(Protocol):
    """How results are written."""

    content_type: bytes
    opening: bytes
    """Sent at once, so that the client knows that it is connected."""
    heartbeat: bytes

    def next(self, result: bytes) -> bytes:
        """Write one result: JSON text on one line."""
        ...

    def complete(self) -> bytes:
        """Write the end of an operation whose results have all been sent."""
        ...

    def broken(self, errors: bytes) -> bytes:
        """Write an end that is none of the operation's own; ``errors`` is a JSON array."""
        ...


class EventStream:
    """Server-sent events.

    An end without ``complete`` means failure: a client connects again.  So errors that break the stream are a
    last ``next``, and then the response ends.
    """

    content_type: bytes = b"text/event-stream; charset=utf-8"
    opening: bytes = b":\n\n"
    heartbeat: bytes = b":\n\n"

    def next(self, result: bytes) -> bytes:
        """Write one event."""
        return b"event: next\ndata: " + result + b"\n\n"

    def complete(self) -> bytes:
        """Write the last event; a browser tells nobody of events without data."""
        return b"event: complete\ndata:\n\n"

    def broken(self, errors: bytes) -> bytes:
        """Write the errors."""
        return self.next(b'{"errors":' + errors + b"}")


class MultipartStream:
    """Parts of multipart/mixed.

    Invariant: the delimiter after a part is sent with the part, since clients read a part when they see it.
    """

    content_type: bytes = b'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"'
    opening: bytes = b"\r\n--graphql"
    heartbeat: bytes = b"\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql"

    def next(self, result: bytes) -> bytes:
        """Write one part."""
        return self._part(b'{"payload":' + result + b"}")

    def complete(self) -> bytes:
        """Write the closing delimiter."""
        return b"--\r\n"

    def broken(self, errors: bytes) -> bytes:
        """Write the errors as the transport's own, and the closing delimiter."""
        return self._part(b'{"payload":null,"errors":' + errors + b"}") + self.complete()

    def _part(self, json: bytes) -> bytes:
        return b"\r\ncontent-type: application/json; charset=utf-8\r\n\r\n" + json + b"\r\n--graphql"


EVENT_STREAM: Final = EventStream()
MULTIPART_STREAM: Final = MultipartStream()


@lru_cache(maxsize=256)
def accepted_stream(accept: bytes | None) -> ResultStream | None:
    """Give the stream that a client's ``Accept`` names first; None when it names none."""
    for media_range in (accept or b"").decode("latin-1").split(","):
        name, *parameters = (part.strip().lower() for part in media_range.split(";"))
        if "q=0" in parameters:
            continue
        if name == "text/event-stream":
            return EVENT_STREAM
        if name == "multipart/mixed" and any(_is_subscription_spec(one) for one in parameters):
            return MULTIPART_STREAM
    return None


def _is_subscription_spec(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.strip() == "subscriptionspec" and value.strip(' "') == "1.0"


@lru_cache(maxsize=256)
def accepts_json(accept: bytes) -> bool:
    """Tell whether a client that takes a stream takes a plain response, too: for queries and mutations."""
    for media_range in accept.decode("latin-1").split(","):
        name, *parameters = (part.strip().lower() for part in media_range.split(";"))
        if name in _JSON_TYPES and "q=0" not in parameters:
            return True
    return False
