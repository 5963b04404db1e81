"""Bytes in, one HTTP/1.1 response out, with every size capped.

The parser is httptools' (llhttp).  Its callbacks only record; decisions are for the connection,
after the parser returned, so nothing is re-entered.
"""

from __future__ import annotations

from typing import Final

import httptools

from router.errors import (
    SubgraphError,
    SubgraphInvalidResponseError,
    SubgraphResponseTooLargeError,
)
from router.protocols.content_coding import BodyDecoder, NotDecodable, TooLarge
from router.transport.base import Headers, SubgraphResponse
from router.transport.options import HttpOptions

_PLAIN: Final = (b"identity", b"")
_FRAMING: Final = (b"content-length", b"transfer-encoding")


class ResponseReader:
    """Reads the responses of one connection, one at a time.

    Cost: touches every byte of a response at most three times (parser, chunk, join).
    """

    __slots__ = (
        "_body_bytes",
        "_chunks",
        "_decoder",
        "_has_head",
        "_head",
        "_headers",
        "_max_wire_bytes",
        "_options",
        "_parser",
        "_status",
        "failure",
        "has_surplus",
        "is_complete",
        "is_kept_alive",
        "received_bytes",
    )

    def __init__(self, options: HttpOptions) -> None:
        self._options = options
        # Chunk sizes and trailers are not body: twice the cap is more than honest framing needs.
        self._max_wire_bytes = options.max_head_bytes + 2 * options.max_response_bytes
        self._status = 0
        self._head: Headers = ()
        self.failure: tuple[type[SubgraphError], str] | None = None
        self.has_surplus = False
        """The subgraph said more than one response: the connection must not be used again."""
        self.is_kept_alive = False
        self.expect_response()
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)

    def expect_response(self) -> None:
        """A new request is about to be sent.  A failure or surplus outlives no connection."""
        self._headers: list[tuple[bytes, bytes]] = []
        self._chunks: list[bytes] = []
        self._decoder: BodyDecoder | None = None
        self._body_bytes = 0
        self._has_head = False
        self.received_bytes = 0
        self.is_complete = False

    def feed(self, data: bytes) -> None:
        """Afterwards `is_complete` or `failure` say whether the response ended."""
        self.received_bytes += len(data)
        try:
            self._parser.feed_data(data)  # type: ignore[union-attr]  # None only after close()
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.has_surplus = True
            if not self.is_complete:
                self._break(SubgraphInvalidResponseError, f"not an HTTP/1.1 response: {error}")
        if not self.is_complete:
            if not self._has_head and self.received_bytes > self._options.max_head_bytes:
                self._break_head()
            elif self.received_bytes > self._max_wire_bytes:
                self._break_body()

    def close(self) -> None:
        """Parser and reader refer to each other; this lets both go without the collector."""
        self._parser = None

    def result(self, subgraph: str) -> SubgraphResponse | SubgraphError:
        """The response, once it is complete."""
        if self._decoder is not None:
            try:
                self._decoder.finish()
            except NotDecodable as error:
                return SubgraphInvalidResponseError(subgraph, str(error))
        chunks = self._chunks
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        return SubgraphResponse(self._status, self._head, body)

    def is_ended_by_close(self) -> bool:
        """Whether the body has no framing, so that the end of the connection is its end."""
        return self._has_head and not any(name in _FRAMING for name, _ in self._head)

    # httptools calls these

    def on_message_begin(self) -> None:
        """A second response to one request is not ours to give to anyone."""
        if self.is_complete:
            self.has_surplus = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Records one header, or a trailer, which nobody reads."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Takes the status and sets up decompression."""
        if self.is_complete:
            return
        self._head = head = tuple(self._headers)
        self._has_head = True
        self._status = self._parser.get_status_code()  # type: ignore[union-attr]  # it is calling
        if self.received_bytes > self._options.max_head_bytes:
            self._check_head()
        for name, value in head:
            if name == b"content-encoding" and value not in _PLAIN:
                self._decode(value)

    def on_body(self, chunk: bytes) -> None:
        """Keeps one chunk, decompressed, up to the cap."""
        if self.failure is not None or self.is_complete:
            return
        if self._decoder is not None:
            try:
                chunk = self._decoder.feed(chunk)
            except NotDecodable as error:
                self._break(SubgraphInvalidResponseError, str(error))
                return
            except TooLarge:
                self._break_body()
                return
        self._body_bytes += len(chunk)
        if self._body_bytes > self._options.max_response_bytes:
            self._break_body()
        else:
            self._chunks.append(chunk)

    def on_message_complete(self) -> None:
        """Notes the end, or starts over after an interim (1xx) response."""
        if self.is_complete:
            return
        if self._status < 200:
            self._headers = []
            self._has_head = False
        else:
            self.is_complete = True
            self.is_kept_alive = self._parser.should_keep_alive()  # type: ignore[union-attr]  # it is calling

    # Inside

    def _decode(self, content_encoding: bytes) -> None:
        try:
            self._decoder = BodyDecoder(content_encoding, self._options.max_response_bytes)
        except NotDecodable as error:
            self._break(SubgraphInvalidResponseError, str(error))

    def _check_head(self) -> None:
        if sum(len(name) + len(value) for name, value in self._head) > self._options.max_head_bytes:
            self._break_head()

    def _break_head(self) -> None:
        limit = self._options.max_head_bytes
        self._break(SubgraphResponseTooLargeError, f"the headers pass {limit} bytes")

    def _break_body(self) -> None:
        limit = self._options.max_response_bytes
        self._break(SubgraphResponseTooLargeError, f"the body passes {limit} bytes")

    def _break(self, kind: type[SubgraphError], message: str) -> None:
        if self.failure is None:
            self.failure = (kind, message)
