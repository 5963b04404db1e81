"""uvicorn's WebSocket with `router.server.socket_control.SocketControl` in its scope."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from router.server.socket_control import EXTENSION

LINGER_S: Final = 2.0
"""How long a peer that answers no ping may take to read why it is closed."""


class Messages:
    """What an `asyncio.Queue` is to uvicorn, for one reader and without a limit: 2 kB less for an idle socket."""

    __slots__ = ("_messages", "_waiter")

    def __init__(self) -> None:
        self._messages: deque[Any] | None = None
        self._waiter: asyncio.Future[None] | None = None

    def put_nowait(self, message: Any) -> None:
        """Queue a message."""
        if self._messages is None:
            self._messages = deque()
        self._messages.append(message)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> Any:
        """Take the next message."""
        while not self._messages:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        message = self._messages.popleft()
        if not self._messages:
            self._messages = None
        return message

    def empty(self) -> bool:
        """Tell whether there is no message."""
        return not self._messages


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One connection; it is its own control."""

    def __init__(self, *given: Any, **named: Any) -> None:
        """As uvicorn makes it."""
        super().__init__(*given, **named)
        self.queue = Messages()  # type: ignore[assignment]

    def handle_connect(self, event: Any) -> None:
        """Put the control where the app finds it; the app's task has not begun yet."""
        super().handle_connect(event)
        scope = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][EXTENSION] = self

    def keep_alive(self, interval_s: float, timeout_s: float) -> None:
        """Ping so often; close with 1011 when a ping is not answered in time."""
        # The socket is open now: nobody reads the handshake again, whose headers take 2 kB.
        self.request = self.response = None  # type: ignore[assignment]
        self.stop_keepalive()
        self.ping_interval, self.ping_timeout = interval_s, timeout_s
        self.start_keepalive()

    def keepalive_timeout(self) -> None:
        """Close, and do not wait for a peer that is not there."""
        super().keepalive_timeout()
        self.loop.call_later(LINGER_S, self.abort)

    def abort(self) -> None:
        """Cut the connection at once, whatever is yet to be sent."""
        self.transport.abort()
