"""One request of a connection and its answer: uvicorn's own, but that a whole answer leaves in one write.

uvicorn looks at every header of every answer with two regular expressions and writes head and body apart.  Of the
answers that say how long they are, the router's JSON, the head is kept until the body comes, and header lines that
never change are made once.  Streams go uvicorn's way.

Origin: `make bench` of `light`, where uvicorn's share was the largest of a request's.
"""

from __future__ import annotations

import re
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_CONSTANT: Final = frozenset({b"content-type", b"vary", b"cache-control"})
"""Names whose few values are worth keeping."""
_MOST_LINES: Final = 256
_APART_BYTES: Final = 16_384
"""From this size on a body is not copied behind its head."""

_NAME: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NOT_IN_VALUE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_NOT_PLAIN: Final = frozenset({b"connection", b"transfer-encoding"})

_lines: dict[tuple[bytes, bytes], bytes] = {}


class EdgeCycle(RequestResponseCycle):
    """A request and its answer.

    Invariant: what is held back is written before anything else is.
    """

    _held = b""

    async def send(self, message: Any) -> None:
        """ASGI's ``send``."""
        if not self.response_started and message["type"] == "http.response.start":
            head = self._plain_head(message)
            if head is not None:
                self.response_started = True
                self.waiting_for_100_continue = False
                self._held = head
                return
        elif self._held:
            held, self._held = self._held, b""
            if self._is_last(message):
                self._finish(held, message.get("body", b""))
                return
            if not self.disconnected:
                self.transport.write(held)
        await super().send(message)

    def _plain_head(self, message: Any) -> bytes | None:
        """The head of an answer whose length is known; None for all others."""
        if self.access_log or self.disconnected or self.flow.write_paused or self.scope["method"] == "HEAD":
            return None
        length: int | None = None
        parts = [STATUS_LINE[message["status"]]]
        for pair in (*self.default_headers, *message["headers"]):
            line = _lines.get(pair)
            if line is None:
                name, value = pair
                if name in _NOT_PLAIN:
                    return None
                if name == b"content-length":
                    length = int(value)
                line = _line(name, value)
            parts.append(line)
        if length is None:
            return None
        self.chunked_encoding = False
        self.expected_content_length = length
        parts.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        return b"".join(parts)

    def _is_last(self, message: Any) -> bool:
        return (
            message["type"] == "http.response.body"
            and not message.get("more_body", False)
            and not self.disconnected
            and len(message.get("body", b"")) == self.expected_content_length
        )

    def _finish(self, head: bytes, body: bytes) -> None:
        if len(body) < _APART_BYTES:
            self.transport.write(head + body)
        else:
            self.transport.writelines((head, body))
        self.expected_content_length = 0
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


def _line(name: bytes, value: bytes) -> bytes:
    """A header's line.  Raises: RuntimeError for one that would break the head apart."""
    if not _NAME.fullmatch(name) or _NOT_IN_VALUE.search(value):
        raise RuntimeError(f"the header {name!r} has a name or value that HTTP does not allow")
    line = b"%b: %b\r\n" % (name, value)
    if name in _CONSTANT and len(_lines) < _MOST_LINES:
        _lines[name, value] = line
    return line
