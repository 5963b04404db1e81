"""One operation's results as a client reads them from an HTTP response that goes on: bytes in, messages out.

    (Next | heartbeat)*  then one of  Complete · Broken · an end without either, which is a failure too

Spec: graphql-sse PROTOCOL.md, "distinct connections mode"; WHATWG HTML, "event stream interpretation"; Apollo,
"multipart subscriptions", specification 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import orjson

from router.protocols.graphql_transport_ws_client import MalformedMessage

_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_BOUNDARY: Final = re.compile(r';\s*boundary=(?:"([^"]*)"|([^;,\s]*))', re.IGNORECASE)
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_LONGEST_DELIMITER: Final = 74
"""RFC 2046, section 5.1.1: 70 characters of boundary, and two hyphens on either side."""


class MessageTooLarge(ValueError):
    """One message passes the limit."""


@dataclass(frozen=True, slots=True)
class Next:
    """One execution result."""

    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Complete:
    """The operation ended; whatever follows does not count."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The server could not go on, and says why."""

    errors: list[Any]


StreamMessage: TypeAlias = Next | Complete | Broken


class ResultReader(Protocol):
    """Understands the body of one response."""

    def feed(self, chunk: bytes) -> Iterator[StreamMessage]:
        """Give what is whole now; heartbeats are nothing.  Exhaust it before the next chunk.

        Raises: MalformedMessage, MessageTooLarge.
        """
        ...


class EventStreamReader:
    """Server-sent events: ``next`` with a result, ``complete``; comments and unknown types are passed over.

    An event without a type is refused when it has data: passed over, it would be lost without a word.
    """

    def __init__(self, max_bytes: int) -> None:
        """``max_bytes``: of one event."""
        self._lines = _Lines(max_bytes)
        self._max_bytes = max_bytes
        self._is_first = True
        self._type = b""
        self._data: list[bytes] = []
        self._bytes = 0

    def feed(self, chunk: bytes) -> Iterator[StreamMessage]:
        """See `ResultReader.feed`."""
        for read in self._lines.feed(chunk):
            line = read.removeprefix(_BYTE_ORDER_MARK) if self._is_first else read
            self._is_first = False
            if line:
                self._field(line)
                continue
            message = self._message()
            self._type, self._data, self._bytes = b"", [], 0
            if message is not None:
                yield message

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._type = value
        elif name == b"data":
            self._bytes += len(value)
            if self._bytes > self._max_bytes:
                raise MessageTooLarge
            self._data.append(value)

    def _message(self) -> StreamMessage | None:
        if self._type == b"complete":
            return Complete()
        data = b"\n".join(self._data)
        if self._type == b"next":
            return Next(_object(data, "data of next"))
        if data and self._type in (b"", b"message"):
            raise MalformedMessage("event without the type next or complete")
        return None


class MultipartReader:
    """Parts of multipart/mixed, each ``{"payload": result}``; ``{}`` is a heartbeat.

    A part counts as soon as its delimiter's first characters are there, or its first line is a whole JSON text:
    servers send the delimiter with the part, or with the next one only.
    """

    def __init__(self, content_type: str, max_bytes: int) -> None:
        """``max_bytes``: of one part."""
        found = _BOUNDARY.search(content_type)
        boundary = (found[1] or found[2] or "-") if found else "-"
        self._delimiter = b"--" + boundary.encode("latin-1", "replace")
        self._lines = _Lines(max_bytes)
        self._max_bytes = max_bytes
        self._is_in_body = False
        self._is_in_head = False
        self._body: list[bytes] = []
        self._bytes = 0

    def feed(self, chunk: bytes) -> Iterator[StreamMessage]:
        """See `ResultReader.feed`."""
        for line in self._lines.feed(chunk):
            yield from self._delimit(line) if line.startswith(self._delimiter) else self._line(line)
        head = self._lines.head
        if head.startswith(self._delimiter):
            yield from self._end_of_part()
            if head.startswith(self._delimiter + b"--"):
                yield Complete()

    def _delimit(self, line: bytes) -> Iterator[StreamMessage]:
        yield from self._end_of_part()
        rest = line[len(self._delimiter) :].rstrip(b" \t")
        if rest.startswith(b"--"):
            yield Complete()
        elif rest:
            raise MalformedMessage("text after the boundary")
        self._is_in_head = True

    def _line(self, line: bytes) -> Iterator[StreamMessage]:
        if self._is_in_head:
            self._is_in_head = bool(line)
            self._is_in_body = not line
        elif self._is_in_body and line:
            self._bytes += len(line)
            if self._bytes > self._max_bytes:
                raise MessageTooLarge
            self._body.append(line)
            if len(self._body) == 1:
                try:
                    value = orjson.loads(line)
                except orjson.JSONDecodeError:
                    return  # there is more of it
                self._is_in_body, self._body, self._bytes = False, [], 0
                yield from _part(value)

    def _end_of_part(self) -> Iterator[StreamMessage]:
        body, self._body, self._bytes = self._body, [], 0
        self._is_in_body = self._is_in_head = False
        if body:
            yield from _part(_json(b"\n".join(body), "a part"))


class _Lines:
    """Bytes as lines, whatever ends them.  Cost: each byte is looked at once, however they are cut."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._pieces: list[bytes] = []
        self._bytes = 0
        self._is_after_return = False
        self.head = b""
        """The first bytes of the line that has not ended."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Give the lines that end in this chunk, without their ends."""
        if chunk and self._is_after_return:
            self._is_after_return = False
            chunk = chunk.removeprefix(b"\n")
        if not chunk:
            return
        self._is_after_return = chunk.endswith(b"\r")
        first, *others = _LINE_END.split(chunk)
        self._add(first)
        for piece in others:
            line = b"".join(self._pieces)
            self._pieces, self._bytes, self.head = [], 0, b""
            self._add(piece)
            yield line

    def _add(self, piece: bytes) -> None:
        if not piece:
            return
        self._pieces.append(piece)
        self._bytes += len(piece)
        if self._bytes > self._max_bytes:
            raise MessageTooLarge
        if len(self.head) < _LONGEST_DELIMITER:
            self.head += piece[: _LONGEST_DELIMITER - len(self.head)]


def _part(value: object) -> Iterator[StreamMessage]:
    if not isinstance(value, dict):
        raise MalformedMessage("a part is not an object")
    payload, errors = value.get("payload"), value.get("errors")
    if value and "payload" not in value and not errors:
        raise MalformedMessage("a part without payload")
    if not isinstance(payload, dict | None) or not isinstance(errors, list | None):
        raise MalformedMessage("payload of a part is not an object, or errors no list")
    if payload is not None:
        yield Next(payload)
    if errors:
        yield Broken(errors)


def _object(text: bytes, what: str) -> dict[str, Any]:
    value = _json(text, what)
    if not isinstance(value, dict):
        raise MalformedMessage(f"{what} is not an object")
    return value


def _json(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise MalformedMessage(f"{what} is not JSON") from None
