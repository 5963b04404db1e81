"""One HTTP/1.1 connection to a subgraph: one exchange at a time, many in a row."""

from __future__ import annotations

import asyncio
import select
from typing import Final, Protocol, cast

from router.errors import (
    SubgraphConnectionLostError,
    SubgraphError,
    SubgraphInvalidResponseError,
    SubgraphTimeoutError,
)
from router.transport.base import SubgraphRequest
from router.transport.exchange import Exchange
from router.transport.options import HttpOptions
from router.transport.response_reader import ResponseReader

_LARGE_BYTES: Final = 65_536  # smaller ones fit the socket's buffer


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

    Invariant: bytes that arrive while no exchange is on it close it, so no answer is ever paired
    with a later request.
    """

    __slots__ = (
        "_exchange",
        "_has_served",
        "_is_lost",
        "_owner",
        "_reader",
        "_transport",
        "idle_since",
        "retires_at",
    )

    def __init__(self, owner: Owner, options: HttpOptions) -> None:
        self._owner = owner
        self._reader = ResponseReader(options)
        self._transport: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self._has_served = False
        self._is_lost = False
        self.idle_since = 0.0
        self.retires_at: float | None = None

    # For the pool

    @property
    def is_open(self) -> bool:
        """Whether both sides may still speak, as far as the loop has seen."""
        return not self._is_lost and self._transport is not None and not self._transport.is_closing()

    def start(self, exchange: Exchange) -> None:
        """Sends the exchange's request.  Only for a free, open connection."""
        self._reader.expect_response()
        self._exchange = exchange
        exchange.carrier = self
        self._transport.write(exchange.wire)  # type: ignore[union-attr]  # open, so it has one

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
        self._close()

    def timeout_error(self, request: SubgraphRequest) -> SubgraphTimeoutError:
        """Says whether anything came back."""
        what = "no complete answer" if self._reader.received_bytes else "no answer"
        return SubgraphTimeoutError(request.subgraph, f"{what} within {request.timeout_s:g} s")

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP and TLS are up."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no asyncio.Transport

    def data_received(self, data: bytes) -> None:
        """Ends the exchange when its response is complete or broken."""
        exchange = self._exchange
        if exchange is None:
            self._close()
            return
        reader = self._reader
        reader.feed(data)
        if reader.failure is not None:
            self.fail(*reader.failure)
        elif reader.is_complete:
            outcome = reader.result(exchange.request.subgraph)
            self._exchange = None
            if self._is_reusable(exchange):
                self._has_served = True
                self._owner.release(self)
            else:
                self._close()
            exchange.finish(outcome)

    def eof_received(self) -> None:
        """The peer will send no more; `connection_lost` follows."""
        if self._exchange is None:
            self._owner.discard(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Decides what the end of the connection means for the exchange on it."""
        exchange, self._exchange = self._exchange, None
        self._is_lost = True
        self._owner.discard(self)
        reader = self._reader
        if exchange is not None:
            subgraph = exchange.request.subgraph
            if exc is None and reader.is_ended_by_close():
                exchange.finish(reader.result(subgraph))
            elif reader.received_bytes:
                exchange.finish(SubgraphInvalidResponseError(subgraph, "the answer was cut short"))
            elif self._has_served and exchange.request.is_query and not exchange.was_resent:
                # The subgraph closed an idle connection while the request was under way.
                exchange.was_resent = True
                self._owner.resend(exchange)
            else:
                exchange.finish(SubgraphConnectionLostError(subgraph, "closed without an answer"))
        reader.close()

    # Inside

    def _close(self) -> None:
        self.abort()
        self._owner.discard(self)

    def _is_reusable(self, exchange: Exchange) -> bool:
        reader = self._reader
        if not reader.is_kept_alive or reader.has_surplus or self._transport is None:
            return False
        # A large request may be answered before it was read: what is left of it must not come first.
        return len(exchange.wire) < _LARGE_BYTES or not self._transport.get_write_buffer_size()
