"""uvicorn's WebSocket with `router.server.socket_control.SocketControl` in its scope."""

from __future__ import annotations

from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from router.server.socket_control import EXTENSION

LINGER_S: Final = 2.0
"""How long a peer that answers no ping may take to read why it is closed."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One connection; it is its own control."""

    def handle_connect(self, event: Any) -> None:
        """Put the control where the app finds it; the app's task has not begun yet."""
        super().handle_connect(event)
        scope = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][EXTENSION] = self

    def keep_alive(self, interval_s: float, timeout_s: float) -> None:
        """Ping so often; close with 1011 when a ping is not answered in time."""
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
