"""One HTTP/1.1 connection to a subgraph: one exchange at a time, many in a row.

The parser is httptools' (llhttp).  Its callbacks only record; every decision is taken in
`data_received` after the parser returned, so nothing here is re-entered.
"""

from __future__ import annotations

import asyncio
import select
from typing import Final, Protocol, cast

import httptools

from router.errors import (
    SubgraphConnectionLostError,
    SubgraphError,
    SubgraphInvalidResponseError,
    SubgraphResponseTooLargeError,
    SubgraphTimeoutError,
)
from router.transport.base import SubgraphRequest, SubgraphResponse
from router.transport.decoding import BodyDecoder, NotDecodable, TooLarge
from router.transport.exchange import Exchange
from router.transport.options import HttpOptions

_PLAIN: Final = (b"identity", b"")


class Owner(Protocol):
    """The pool, as its connections see it."""

    def release(self, connection: HttpConnection) -> None:
        """The connection is free for the next exchange."""
        ...

    def discard(self, connection: HttpConnection) -> None:
        """The connection is of no use any more.  Safe to call twice."""
        ...

    def resend(self, exchange: Exchange) -> None:
        """Send it again on a new connection."""
        ...


class HttpConnection(asyncio.Protocol):
    """A keep-alive connection and the exchange on it.

    Cost: reads every byte of a response at most three times (parser, chunk, join).
    """

    __slots__ = (
        "_body_bytes",
        "_chunks",
        "_decoder",
        "_exchange",
        "_failure",
        "_has_head",
        "_has_surplus",
        "_headers",
        "_is_complete",
        "_is_kept_alive",
        "_max_wire_bytes",
        "_options",
        "_owner",
        "_parser",
        "_received_bytes",
        "_status",
        "_transport",
        "has_served",
        "idle_since",
    )

    def __init__(self, owner: Owner, options: HttpOptions) -> None:
        self._owner = owner
        self._options = options
        # Chunk sizes and trailers are not body: twice the cap is more than honest framing needs.
        self._max_wire_bytes = options.max_head_bytes + 2 * options.max_response_bytes
        self._parser: httptools.HttpResponseParser | None = None
        self._transport: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self.has_served = False
        self.idle_since = 0.0
        self._reset()

    def _reset(self) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        self._chunks: list[bytes] = []
        self._decoder: BodyDecoder | None = None
        self._failure: tuple[type[SubgraphError], str] | None = None
        self._status = 0
        self._body_bytes = 0
        self._received_bytes = 0
        self._has_head = False
        self._is_complete = False
        self._has_surplus = False
        self._is_kept_alive = False

    # The pool's side

    def start(self, exchange: Exchange) -> None:
        """Sends the exchange's request.  Only for a free, open connection."""
        assert self._transport is not None and self._exchange is None  # noqa: S101 (invariant)
        self._reset()
        self._exchange = exchange
        exchange.carrier = self
        self._transport.write(exchange.wire)

    def abort(self) -> None:
        """Closes at once; the exchange on it, if any, is the caller's to end."""
        self._exchange = None
        if self._transport is not None:
            self._transport.abort()

    def fail(self, kind: type[SubgraphError], message: str) -> None:
        """Closes at once and ends the exchange on it with an error."""
        exchange = self._exchange
        self.abort()
        self._owner.discard(self)
        if exchange is not None:
            exchange.finish(kind(exchange.request.subgraph, message))

    @property
    def is_open(self) -> bool:
        """Whether both sides may still speak, as far as the loop has seen."""
        return self._parser is not None and self._transport is not None and not self._transport.is_closing()

    def has_unread_input(self) -> bool:
        """Whether the peer closed (or spoke out of turn) and the loop has not read it yet.

        Cost: one system call; asked before a mutation, which must not be sent twice.
        """
        socket = self._transport.get_extra_info("socket") if self._transport else None
        if socket is None:
            return True
        poll = select.poll()
        poll.register(socket.fileno(), select.POLLIN)
        return bool(poll.poll(0))

    # Carrier, for the exchange

    def drop(self, exchange: Exchange) -> None:
        """An answer is still owed on this connection, so it cannot be used again."""
        self.abort()
        self._owner.discard(self)

    def timeout_error(self, request: SubgraphRequest) -> SubgraphTimeoutError:
        """Names the phase."""
        phase = "the answer was not complete" if self._received_bytes else "no answer"
        return SubgraphTimeoutError(request.subgraph, f"{phase} within {request.timeout_s:g} s")

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP and TLS are up."""
        self._transport = cast(asyncio.Transport, transport)  # of stream protocols; uvloop has its own class
        self._parser = httptools.HttpResponseParser(self)

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, then ends the exchange if it is complete or broken."""
        exchange = self._exchange
        parser = self._parser
        if exchange is None or parser is None:  # bytes nobody asked for: never pair them with a request
            self.abort()
            self._owner.discard(self)
            return
        self._received_bytes += len(data)
        try:
            parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._is_complete:
                self._break(SubgraphInvalidResponseError, f"not an HTTP/1.1 response: {error}")
            self._has_surplus = True
        if self._failure is None and not self._is_complete:
            self._check_sizes()
        if self._failure is not None:
            self.fail(*self._failure)
        elif self._is_complete:
            self._finish(exchange)

    def eof_received(self) -> None:
        """The peer will send no more; `connection_lost` follows."""
        if self._exchange is None:
            self._owner.discard(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Decides what the end of the connection means for the exchange on it."""
        exchange, self._exchange = self._exchange, None
        self._parser = None  # the parser refers to this object
        self._owner.discard(self)
        if exchange is None:
            return
        request = exchange.request
        if self._has_head and exc is None and self._is_ended_by_close():
            self._finish_body(exchange)
        elif self._received_bytes:
            exchange.finish(
                SubgraphInvalidResponseError(request.subgraph, "the answer was cut short: connection closed")
            )
        elif self.has_served and request.is_query and not exchange.was_resent:
            # The subgraph closed an idle connection while the request was under way.
            exchange.was_resent = True
            self._owner.resend(exchange)
        else:
            exchange.finish(
                SubgraphConnectionLostError(request.subgraph, "the connection was closed without an answer")
            )

    # httptools

    def on_message_begin(self) -> None:
        """A second response to one request is not ours to give to anyone."""
        if self._is_complete:
            self._has_surplus = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Records one header; trailers are dropped."""
        if not self._has_head:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Takes the status and sets up decompression."""
        if self._is_complete or self._parser is None:
            return
        self._has_head = True
        self._status = self._parser.get_status_code()
        if self._received_bytes > self._options.max_head_bytes:
            self._check_head()
        for name, value in self._headers:
            if name == b"content-encoding" and value not in _PLAIN:
                self._decode(value)

    def on_body(self, chunk: bytes) -> None:
        """Keeps one chunk, decompressed, up to the cap."""
        if self._failure is not None or self._is_complete:
            return
        if self._decoder is not None:
            try:
                chunk = self._decoder.feed(chunk)
            except NotDecodable as error:
                self._break(SubgraphInvalidResponseError, str(error))
                return
            except TooLarge:
                self._break_too_large()
                return
        self._body_bytes += len(chunk)
        if self._body_bytes > self._options.max_response_bytes:
            self._break_too_large()
        else:
            self._chunks.append(chunk)

    def on_message_complete(self) -> None:
        """Notes the end, or starts over after an interim (1xx) response."""
        if self._is_complete or self._parser is None:
            return
        if self._status < 200:
            self._headers = []
            self._has_head = False
            return
        self._is_complete = True
        self._is_kept_alive = self._parser.should_keep_alive()

    # Ends

    def _finish(self, exchange: Exchange) -> None:
        transport = self._transport
        self._exchange = None
        if (
            self._is_kept_alive
            and not self._has_surplus
            and transport is not None
            and not transport.is_closing()
            and not transport.get_write_buffer_size()  # answered before it read the whole request
        ):
            outcome = self._outcome(exchange.request)
            self.has_served = True
            self._owner.release(self)
            exchange.finish(outcome)
        else:
            self.abort()
            self._owner.discard(self)
            self._finish_body(exchange)

    def _finish_body(self, exchange: Exchange) -> None:
        exchange.finish(self._outcome(exchange.request))

    def _outcome(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphError:
        if self._decoder is not None:
            try:
                self._decoder.finish()
            except NotDecodable as error:
                return SubgraphInvalidResponseError(request.subgraph, str(error))
        chunks = self._chunks
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        return SubgraphResponse(self._status, tuple(self._headers), body)

    def _is_ended_by_close(self) -> bool:
        framing = (b"content-length", b"transfer-encoding")
        return not any(name in framing for name, _ in self._headers)

    def _decode(self, content_encoding: bytes) -> None:
        try:
            self._decoder = BodyDecoder(content_encoding, self._options.max_response_bytes)
        except NotDecodable as error:
            self._break(SubgraphInvalidResponseError, str(error))

    def _check_sizes(self) -> None:
        if not self._has_head and self._received_bytes > self._options.max_head_bytes:
            self._break_head()
        elif self._received_bytes > self._max_wire_bytes:
            self._break_too_large()

    def _check_head(self) -> None:
        if sum(len(name) + len(value) for name, value in self._headers) > self._options.max_head_bytes:
            self._break_head()

    def _break_head(self) -> None:
        limit = self._options.max_head_bytes
        self._break(SubgraphResponseTooLargeError, f"the headers pass {limit} bytes")

    def _break_too_large(self) -> None:
        limit = self._options.max_response_bytes
        self._break(SubgraphResponseTooLargeError, f"the body passes {limit} bytes")

    def _break(self, kind: type[SubgraphError], message: str) -> None:
        if self._failure is None:
            self._failure = (kind, message)
