"""One WebSocket to a subgraph, carrying many subscriptions.

    connecting --> waiting for ack --> relaying --> closing      any failure --> every stream told

One task reads and a second writes what `post` put into the outbox, so subscribing and leaving are
synchronous and cannot be interrupted half-way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from router.errors import (
    SubgraphError,
    SubgraphSubscriptionEndedError,
    SubgraphTimeoutError,
)
from router.protocols import graphql_transport_ws_client as messages
from router.transport.base import SubscriptionRequest
from router.transport.event_queue import EventQueue
from router.transport.options import WebSocketOptions
from router.transport.websocket_connect import open_socket


class ClientProtocol(Protocol):
    """What a socket speaks; `router.protocols.graphql_transport_ws_client` is one, the module itself."""

    @property
    def SUBPROTOCOL(self) -> str:  # noqa: N802  # a constant of the module
        """Its token."""
        ...

    @property
    def PING(self) -> bytes | None:  # noqa: N802  # a constant of the module
        """Sent from time to time, where there is such a thing."""
        ...

    @property
    def GOODBYE(self) -> bytes | None:  # noqa: N802  # a constant of the module
        """Sent before the socket is closed, where there is such a thing."""
        ...

    def read_message(self, frame: str | bytes) -> messages.ServerMessage:
        """Understand a frame.  Raises: MalformedMessage."""
        ...

    def connection_init(self, payload: bytes | None) -> bytes:
        """Give the first frame."""
        ...

    def subscribe(self, operation_id: str, body: bytes) -> bytes:
        """Give the frame that begins an operation."""
        ...

    def complete(self, operation_id: str) -> bytes:
        """Give the frame that ends it from our side."""
        ...


class WebSocketSession:
    """Lives from its first subscription to its last.

    Invariant: a stream is in ``_streams`` from `join` until it ended or left.
    """

    def __init__(
        self,
        request: SubscriptionRequest,
        protocol: ClientProtocol,
        options: WebSocketOptions,
        on_gone: Callable[[], None],
    ) -> None:
        self._request = request
        self._protocol = protocol
        self._options = options
        self._on_gone = on_gone
        self._streams: dict[str, EventQueue] = {}
        self._last_id = 0
        self._outbox: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._socket: ClientConnection | None = None
        self._is_leaving = False
        self._ping: asyncio.TimerHandle | None = None
        self.task = asyncio.get_running_loop().create_task(self._run())

    @property
    def is_joinable(self) -> bool:
        """Whether a new subscription may still use this socket."""
        return not self._is_leaving and (self._socket is None or self._socket.state is State.OPEN)

    @property
    def was_acknowledged(self) -> bool:
        """Whether the subgraph let the router in, however the socket ended."""
        return self._socket is not None

    def join(self, body: bytes, events: EventQueue) -> str:
        """Subscribes as soon as the subgraph acknowledged; the id under which to `leave`."""
        self._last_id += 1
        operation_id = str(self._last_id)
        self._streams[operation_id] = events
        self._outbox.put_nowait(self._protocol.subscribe(operation_id, body))
        return operation_id

    def leave(self, operation_id: str) -> None:
        """Tells the subgraph to stop; closes the socket after its last subscription."""
        if self._streams.pop(operation_id, None) is not None:
            self._outbox.put_nowait(self._protocol.complete(operation_id))
            self._close_if_unused()

    def close(self) -> None:
        """Ends every subscription with an error and the socket politely."""
        self._end_all(self._ended("the router closed its client"))
        self._close_if_unused()

    # Inside

    async def _run(self) -> None:
        error = self._ended("the router stopped waiting for the subgraph")  # when cancelled
        try:
            error = await self._serve()
        except SubgraphError as failure:
            error = failure
        finally:
            self._gone()
            self._end_all(error)

    async def _serve(self) -> SubgraphError:
        socket = await open_socket(self._request, self._protocol.SUBPROTOCOL, self._options)
        try:
            await self._initialise(socket)
            self._socket = socket
            writer = asyncio.get_running_loop().create_task(self._write(socket))
            self._arm_ping()
            try:
                return await self._read(socket)
            finally:
                if self._ping is not None:
                    self._ping.cancel()
                writer.cancel()
                await asyncio.gather(writer, return_exceptions=True)
        except ConnectionClosed as closed:
            return self._ended(_why(closed))
        finally:
            if socket.state is not State.CLOSED:
                socket.transport.abort()

    async def _initialise(self, socket: ClientConnection) -> None:
        try:
            async with asyncio.timeout(self._options.ack_timeout_s):
                await socket.send(self._protocol.connection_init(self._request.init_payload), text=True)
                while not await self._is_acknowledged(socket):
                    pass
        except TimeoutError:
            await socket.close(messages.ACK_TIMEOUT, "connection acknowledgement timeout")
            limit = self._options.ack_timeout_s
            raise SubgraphTimeoutError(
                self._request.subgraph, f"no connection_ack within {limit:g} s"
            ) from None
        except messages.MalformedMessage as error:
            await socket.close(messages.BAD_RESPONSE, str(error))
            raise self._ended(f"the subgraph broke the protocol: {error}") from None

    async def _is_acknowledged(self, socket: ClientConnection) -> bool:
        message = self._protocol.read_message(await socket.recv())
        if isinstance(message, messages.Ping):
            await socket.send(messages.pong(message.payload), text=True)
        elif isinstance(message, messages.Refused):
            raise self._ended(f"the subgraph refused: {message.reason}")
        elif not isinstance(message, messages.Ack | messages.Pong):
            raise messages.MalformedMessage("operation message before connection_ack")
        return isinstance(message, messages.Ack)

    async def _read(self, socket: ClientConnection) -> SubgraphError:
        try:
            while True:
                self._receive(self._protocol.read_message(await socket.recv()))
        except messages.MalformedMessage as error:
            failure = self._ended(f"the subgraph broke the protocol: {error}")
            self._gone()
            self._end_all(failure)  # before the closing handshake, which may take its time
            await socket.close(messages.BAD_RESPONSE, str(error))
            return failure

    def _receive(self, message: messages.ServerMessage) -> None:
        if isinstance(message, messages.Next):
            events = self._streams.get(message.id)
            if events is not None and not events.push(message.payload):
                events.end(self._ended("the reader fell too far behind"))
                self.leave(message.id)
        elif isinstance(message, messages.Ping):
            self._outbox.put_nowait(messages.pong(message.payload))
        elif isinstance(message, messages.Refused):
            raise messages.MalformedMessage("refused after connection_ack")
        elif isinstance(message, messages.Error | messages.Complete):
            # An unknown id is a message that crossed ours: no fault.
            events = self._streams.pop(message.id, None)
            if events is not None:
                if isinstance(message, messages.Error):
                    events.push({"errors": message.errors})
                events.end()
                self._close_if_unused()

    async def _write(self, socket: ClientConnection) -> None:
        try:
            while (frame := await self._outbox.get()) is not None:
                await socket.send(frame, text=True)
            if self._protocol.GOODBYE is not None:
                await socket.send(self._protocol.GOODBYE, text=True)
            await socket.close()
        except ConnectionClosed:
            return  # the reader says why

    def _arm_ping(self) -> None:
        ping = self._protocol.PING
        if ping is not None:
            loop = asyncio.get_running_loop()
            self._ping = loop.call_later(self._options.ping_s, self._send_ping, ping)

    def _send_ping(self, ping: bytes) -> None:
        self._outbox.put_nowait(ping)
        self._arm_ping()

    def _close_if_unused(self) -> None:
        if not self._streams and not self._is_leaving:
            self._gone()
            if self._socket is None:
                self.task.cancel()
            else:
                self._outbox.put_nowait(None)

    def _gone(self) -> None:
        if not self._is_leaving:
            self._is_leaving = True
            self._on_gone()

    def _end_all(self, error: SubgraphError) -> None:
        streams = list(self._streams.values())
        self._streams.clear()
        for events in streams:
            events.end(error)

    def _ended(self, message: str) -> SubgraphError:
        return SubgraphSubscriptionEndedError(self._request.subgraph, message)


def _why(closed: ConnectionClosed) -> str:
    if closed.rcvd is None:
        return "the socket was lost"
    return f"the subgraph closed the socket: {closed.rcvd.code} {closed.rcvd.reason}".rstrip()
