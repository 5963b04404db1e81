"""What a WebSocket's server can do beside ASGI: pings of its own pace, and an end without a handshake."""

from __future__ import annotations

from typing import Final, Protocol

from starlette.types import Scope

EXTENSION: Final = "router.socket"
"""Of ``scope["extensions"]``, where the server is ours."""


class SocketControl(Protocol):
    """Of one WebSocket."""

    def keep_alive(self, interval_s: float, timeout_s: float) -> None:
        """Ping so often; close with 1011 when a ping is not answered in time."""
        ...

    def abort(self) -> None:
        """Cut the connection at once, whatever is yet to be sent."""
        ...


def socket_control(scope: Scope) -> SocketControl | None:
    """Give the control of a scope's socket; None under another server."""
    control: SocketControl | None = scope.get("extensions", {}).get(EXTENSION)
    return control
