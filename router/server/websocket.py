"""One client's WebSocket: `router.protocols.graphql_transport_ws` with a socket and tasks around it.

Each operation is a task that sends its own results and waits when the socket is full, so a slow reader slows
only its own operations; what a subgraph sends meanwhile waits in the transport's bounded queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Final

from starlette.types import Message, Receive, Scope, Send

from router.engine.admission import Caller
from router.engine.pipeline import Pipeline
from router.errors import ClientError, InternalError, RouterError
from router.protocols.graphql_transport_ws import (
    FORBIDDEN,
    INTERNAL_ERROR,
    SUBPROTOCOL,
    SUBPROTOCOL_NOT_ACCEPTABLE,
    Close,
    CompleteReceived,
    Event,
    InitReceived,
    Reply,
    ServerSession,
    SubscribeReceived,
    clip_reason,
)
from router.server.graphql import join_headers
from router.server.init_payload import with_payload
from router.server.options import ServerOptions
from router.server.origin import may_open_socket
from router.server.traffic import Drainable
from router.telemetry.logs import get_log, log_failure
from router.telemetry.request_context import begin_request

_log = get_log("server")

TOKEN_EXPIRED: Final = Close(FORBIDDEN, "The token has expired")
MAX_TIMER_S: Final = 30 * 24 * 3600.0
_RESTART = Close(1012, "The router is shutting down; connect again")
"""Spec: IANA, "WebSocket Close Code Number Registry": service restart."""


class TooManyOperationsError(ClientError):
    """The socket has ``max_operations`` under way.

    What to do: complete some, or open another socket.
    """

    code = "TOO_MANY_OPERATIONS"


class WebSocketEndpoint:
    """Accepts sockets of the one sub-protocol, from pages that may."""

    def __init__(self, pipeline: Pipeline, options: ServerOptions, sockets: set[Drainable]) -> None:
        """Keep in ``sockets`` those that are open."""
        self._pipeline = pipeline
        self._options = options
        self._sockets = sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket to its end."""
        await receive()  # websocket.connect
        headers = join_headers(scope["headers"])
        begin_request(headers)
        if not may_open_socket(headers, self._options.cors):
            await send({"type": "websocket.close", "code": 1008})  # before accept: HTTP 403
            return
        if SUBPROTOCOL not in scope["subprotocols"]:
            # Accepted first, or the client would only see a failed handshake and not the reason.
            await send({"type": "websocket.accept"})
            reason = f"Subprotocol not acceptable: offer {SUBPROTOCOL}"
            await send({"type": "websocket.close", "code": SUBPROTOCOL_NOT_ACCEPTABLE, "reason": reason})
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        connection = _Connection(self._pipeline, self._options, headers, receive, send)
        self._sockets.add(connection)
        try:
            await connection.serve()
        finally:
            self._sockets.discard(connection)


class _Connection:
    def __init__(
        self,
        pipeline: Pipeline,
        options: ServerOptions,
        headers: dict[bytes, bytes],
        receive: Receive,
        send: Send,
    ) -> None:
        self._pipeline = pipeline
        self._options = options
        self._headers = headers
        self._receive = receive
        self._asgi_send = send
        self._session = ServerSession()
        self._caller: Caller | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._closing: asyncio.Task[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._is_draining = False

    def drain(self) -> None:
        """Close as soon as no operation is under way."""
        self._is_draining = True
        if not self._operations and self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close(_RESTART))

    async def serve(self) -> None:
        """Take frames until either side closes; then nothing of this socket is left running."""
        timer = asyncio.get_running_loop().call_later(self._options.init_timeout_s, self._init_timed_out)
        try:
            while (message := await self._receive())["type"] != "websocket.disconnect":
                await self._take(_frame_of(message))
        except OSError:
            pass  # the socket is gone
        except Exception as error:
            log_failure(_log, "socket failed", error)
            await self._close(Close(INTERNAL_ERROR, "Internal server error"))
        finally:
            timer.cancel()
            if self._expiry is not None:
                self._expiry.cancel()
            self._session.close()
            tasks = list(self._operations.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self, frame: str | bytes) -> None:
        event: Event = self._session.receive(frame)
        match event:
            case InitReceived(payload):
                await self._admit(payload)
            case SubscribeReceived():
                await self._subscribe(event)
            case CompleteReceived(id_):
                if task := self._operations.pop(id_, None):
                    task.cancel()
            case Reply(text):
                await self._send(text)
            case Close():
                await self._close(event)

    async def _admit(self, payload: Mapping[str, Any]) -> None:
        try:
            headers = with_payload(self._headers, payload)
            self._caller = await self._pipeline.admit(headers, payload)
        except ClientError as error:
            await self._close(Close(FORBIDDEN, clip_reason(str(error))))
            return
        self._end_with(self._caller)
        await self._send(self._session.acknowledge())

    def _end_with(self, caller: Caller) -> None:
        """Close the socket when the caller's token expires: what was let in then is not any more."""
        left_s = self._pipeline.seconds_left(caller)
        if left_s is not None:
            loop = asyncio.get_running_loop()
            self._expiry = loop.call_later(min(left_s, MAX_TIMER_S), self._start_closing, TOKEN_EXPIRED)

    def _start_closing(self, closing: Close) -> None:
        self._closing = asyncio.get_running_loop().create_task(self._close(closing))

    async def _subscribe(self, event: SubscribeReceived) -> None:
        if len(self._operations) >= self._options.max_operations:
            limit = self._options.max_operations
            error = TooManyOperationsError(f"This socket has {limit} operations under way already.")
            await self._send(self._session.error(event.id, self._pipeline.errors_json(error)))
            return
        self._operations[event.id] = asyncio.create_task(self._run(event))

    async def _run(self, event: SubscribeReceived) -> None:
        id_, session = event.id, self._session
        this = asyncio.current_task()
        try:
            operation = await self._pipeline.open(event.request, self._caller_admitted())
            async with aclosing(operation.results) as results:
                async for result in results:
                    await self._send(session.next(id_, result))
            last = session.complete(id_)
        except RouterError as error:
            last = session.error(id_, self._pipeline.errors_json(error))
        except OSError:
            return  # the socket is gone, and its reader knows
        except Exception as error:
            # Only this operation ends: the others on the socket have nothing to do with it.
            log_failure(_log, "operation failed", error)
            last = session.error(id_, self._pipeline.errors_json(InternalError()))
        finally:
            # The id may be in use again: free it only if it is still this task's.
            if self._operations.get(id_) is this:
                del self._operations[id_]
        await self._send(last)
        if self._is_draining:
            self.drain()

    def _caller_admitted(self) -> Caller:
        # Invariant: the session lets no subscribe through before the acknowledgement.
        if self._caller is None:
            raise AssertionError("subscribed before admission")
        return self._caller

    def _init_timed_out(self) -> None:
        closing = self._session.init_timed_out()
        if closing is not None:
            self._start_closing(closing)

    async def _send(self, frame: str | None) -> None:
        if frame is not None:
            await self._asgi_send({"type": "websocket.send", "text": frame})

    async def _close(self, closing: Close) -> None:
        self._session.close()
        for task in self._operations.values():
            if task is not asyncio.current_task():
                task.cancel()
        await self._asgi_send({"type": "websocket.close", "code": closing.code, "reason": closing.reason})


def _frame_of(message: Message) -> str | bytes:
    text: str | None = message.get("text")
    data: bytes = message.get("bytes") or b""
    return data if text is None else text
