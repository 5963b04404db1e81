"""One client's WebSocket: a protocol's session with a socket and tasks around it.

Each operation is a task that sends its own results and waits when the socket is full, so a slow reader slows
only its own operations; what a subgraph sends meanwhile waits in the transport's bounded queue.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, Protocol

from starlette.types import Message, Receive, Send

from router.engine.admission import Caller
from router.engine.answer import OpenOperation
from router.engine.pipeline import Pipeline
from router.errors import ClientError, InternalError, RouterError
from router.language.operation import OperationKind
from router.protocols.graphql_transport_ws import (
    FORBIDDEN,
    INTERNAL_ERROR,
    Close,
    CompleteReceived,
    Event,
    InitReceived,
    Reply,
    SubscribeReceived,
    clip_reason,
)
from router.server.init_payload import headers_of, with_payload
from router.server.opening import open_in_turn
from router.server.options import ServerOptions
from router.server.overload import ConcurrencyLimit
from router.server.token_expiry import MAX_TIMER_S, SubscriptionTokenExpiredError
from router.telemetry.logs import get_log, log_failure

_log = get_log("server")


RESTART: Final = Close(1012, "The router is shutting down; connect again")
"""Spec: IANA, "WebSocket Close Code Number Registry": service restart."""


class TooManyOperationsError(ClientError):
    """The socket has ``max_operations`` under way.

    What to do: complete some, or open another socket.
    """

    code = "TOO_MANY_OPERATIONS"


class TooManySocketsError(ClientError):
    """The client has ``max_sockets_per_client`` open.

    What to do: close some; many operations may run on one.
    """

    code = "TOO_MANY_SOCKETS"


class Session(Protocol):
    """The rules of a sub-protocol; see ``graphql_transport_ws.ServerSession``."""

    def receive(self, frame: str | bytes) -> Event:
        """Take one frame."""
        ...

    def acknowledge(self) -> str | None:
        """Let the client in."""
        ...

    def refuse(self, reason: str) -> tuple[str | None, Close]:
        """Keep the client out."""
        ...

    def keep_alive(self) -> str | None:
        """Give the frame that keeps a silent connection open."""
        ...

    def next(self, id_: str, result: bytes) -> str | None:
        """Write one result."""
        ...

    def error(self, id_: str, errors: bytes) -> str | None:
        """Write the end of an operation that did not end by itself."""
        ...

    def complete(self, id_: str) -> str | None:
        """Write the end of an operation."""
        ...

    def init_timed_out(self) -> Close | None:
        """Close, unless the client asked to be let in."""
        ...

    def close(self) -> None:
        """Note that the socket is closed."""
        ...


class ClientSockets:
    """How many sockets each client has open in this process."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._open: Counter[str] = Counter()

    def enter(self, client: str) -> None:
        """Count one more.  Raises: TooManySocketsError."""
        if self._limit is not None and self._open[client] >= self._limit:
            raise TooManySocketsError(f"You have {self._limit} sockets open already.")
        self._open[client] += 1

    def leave(self, client: str) -> None:
        """Count one less."""
        self._open[client] -= 1
        if self._open[client] <= 0:
            del self._open[client]


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known of a client before it says anything."""

    headers: dict[bytes, bytes]
    address: str
    sockets: ClientSockets
    limit: ConcurrencyLimit | None = None
    """Of the operations under way in this process."""


class WebSocketConnection:
    """One socket, from its acceptance to its end."""

    def __init__(
        self,
        pipeline: Pipeline,
        options: ServerOptions,
        session: Session,
        opening: Opening,
        receive: Receive,
        send: Send,
    ) -> None:
        self._pipeline = pipeline
        self._options = options
        self._session = session
        self._opening = opening
        self._receive = receive
        self._asgi_send = send
        self._caller: Caller | None = None
        self._client: str | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._operations: dict[str, OpenOperation] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._timed: set[asyncio.Task[None]] = set()
        self._is_draining = False

    def drain(self) -> None:
        """Close as soon as no operation is under way but subscriptions: those go on where the client comes next."""
        self._is_draining = True
        if all(self._is_subscription(id_) for id_ in self._running):
            self._after("drain", 0.0, self._restart)

    async def serve(self) -> None:
        """Take frames until either side closes; then nothing of this socket is left running."""
        self._after("init", self._options.init_timeout_s, self._init_timed_out)
        try:
            while (message := await self._receive())["type"] != "websocket.disconnect":
                await self._take(_frame_of(message))
        except OSError:
            pass  # the socket is gone
        except Exception as error:
            log_failure(_log, "socket failed", error)
            await self._close(Close(INTERNAL_ERROR, "Internal server error"))
        finally:
            for timer in self._timers.values():
                timer.cancel()
            self._session.close()
            tasks = [*self._running.values(), *self._timed]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._client is not None:
                self._opening.sockets.leave(self._client)

    async def _take(self, frame: str | bytes) -> None:
        event = self._session.receive(frame)
        match event:
            case InitReceived(payload):
                await self._let_in(payload)
            case SubscribeReceived():
                await self._subscribe(event)
            case CompleteReceived(id_):
                if task := self._running.pop(id_, None):
                    task.cancel()
            case Reply(text, payload):
                if payload and self._pipeline.has_token(headers_of(payload), payload):
                    await self._renew(payload)
                await self._send(text)
            case Close():
                await self._close(event)

    async def _let_in(self, payload: Mapping[str, Any]) -> None:
        try:
            caller = await self._admitted(payload)
            client = _identity(caller) or self._opening.address
            self._opening.sockets.enter(client)
        except ClientError as error:
            await self._refuse(str(error))
            return
        self._caller, self._client = caller, client
        self._expire_with(caller)
        self._after("keep alive", self._options.keep_alive_s, self._keep_alive)
        await self._send(self._session.acknowledge())

    async def _admitted(self, payload: Mapping[str, Any]) -> Caller:
        headers = with_payload(self._opening.headers, payload)
        return await self._pipeline.admit(headers, payload, self._opening.address)

    async def _renew(self, payload: Mapping[str, Any]) -> None:
        """Go on with a fresh token of the same caller."""
        try:
            caller = await self._admitted(payload)
        except ClientError as error:
            await self._refuse(str(error))
            return
        if self._caller is None or _identity(caller) != _identity(self._caller):
            await self._refuse("The fresh token is another caller's.")
            return
        try:
            for operation in tuple(self._operations.values()):
                await operation.renew(caller)
        except ClientError as error:
            await self._refuse(str(error))
            return
        self._caller = caller
        self._expire_with(caller)

    async def _subscribe(self, event: SubscribeReceived) -> None:
        # Only a legacy client may begin anew what goes on under an id.
        if before := self._running.pop(event.id, None):
            before.cancel()
        if len(self._running) >= self._options.max_operations:
            limit = self._options.max_operations
            error = TooManyOperationsError(f"This socket has {limit} operations under way already.")
            await self._send(self._session.error(event.id, self._pipeline.errors_json(error)))
            return
        self._running[event.id] = asyncio.create_task(self._run(event))

    async def _run(self, event: SubscribeReceived) -> None:
        id_, session = event.id, self._session
        this = asyncio.current_task()
        operation: OpenOperation | None = None
        try:
            operation = await open_in_turn(
                self._pipeline, self._opening.limit, event.request, self._caller_admitted()
            )
            self._operations[id_] = operation
            del event  # its text would be kept as long as the client listens
            if self._is_draining:
                self.drain()
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
            if self._running.get(id_) is this:
                del self._running[id_]
            if self._operations.get(id_) is operation:
                self._operations.pop(id_, None)
        await self._send(last)
        if self._is_draining:
            self.drain()

    def _is_subscription(self, id_: str) -> bool:
        operation = self._operations.get(id_)  # none as long as it is being prepared
        return operation is not None and operation.kind is OperationKind.SUBSCRIPTION

    def _caller_admitted(self) -> Caller:
        # Invariant: the session lets no subscribe through before the acknowledgement.
        if self._caller is None:
            raise AssertionError("subscribed before admission")
        return self._caller

    def _after(self, name: str, delay_s: float, run: Callable[[], Awaitable[None]]) -> None:
        """Run something later, instead of what was to run under the same name."""

        async def timed() -> None:
            try:
                await run()
            except OSError:
                return  # the socket is gone, and its reader knows

        def ring() -> None:
            task = asyncio.get_running_loop().create_task(timed())
            self._timed.add(task)
            task.add_done_callback(self._timed.discard)

        if before := self._timers.pop(name, None):
            before.cancel()
        self._timers[name] = asyncio.get_running_loop().call_later(delay_s, ring)

    def _expire_with(self, caller: Caller) -> None:
        left_s = self._pipeline.seconds_left(caller)
        if left_s is not None:
            self._after("expiry", min(left_s, MAX_TIMER_S), self._expired)
        elif before := self._timers.pop("expiry", None):
            before.cancel()

    async def _init_timed_out(self) -> None:
        if (closing := self._session.init_timed_out()) is not None:
            await self._close(closing)

    async def _keep_alive(self) -> None:
        self._after("keep alive", self._options.keep_alive_s, self._keep_alive)
        await self._send(self._session.keep_alive())

    async def _restart(self) -> None:
        await self._close(RESTART)

    async def _expired(self) -> None:
        # Stock clients connect again after this code, with the token that their parameters give then.
        await self._close(
            Close(FORBIDDEN, f"{SubscriptionTokenExpiredError.code}: connect again with a fresh token")
        )

    async def _refuse(self, reason: str) -> None:
        frame, closing = self._session.refuse(reason)
        await self._send(frame)
        await self._close(closing)

    async def _send(self, frame: str | None) -> None:
        if frame is not None:
            await self._asgi_send({"type": "websocket.send", "text": frame})

    async def _close(self, closing: Close) -> None:
        self._session.close()
        for task in self._running.values():
            if task is not asyncio.current_task():
                task.cancel()
        reason = clip_reason(closing.reason)
        await self._asgi_send({"type": "websocket.close", "code": closing.code, "reason": reason})


def _frame_of(message: Message) -> str | bytes:
    text: str | None = message.get("text")
    data: bytes = message.get("bytes") or b""
    return data if text is None else text


def _identity(caller: Caller) -> str | None:
    """Give who a token speaks for: issuer and subject; None without a token, or one that names nobody."""
    if caller.claims is None or not (subject := caller.claims.text("sub")):
        return None
    return f"{caller.claims.text('iss') or ''} {subject}"
