"""WebSockets for GraphQL: which may be opened, and which sub-protocol they speak."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from starlette.types import Receive, Scope, Send

from router.engine.pipeline import Pipeline
from router.protocols import graphql_transport_ws, subscriptions_transport_ws
from router.server.graphql import join_headers
from router.server.options import ServerOptions
from router.server.origin import may_open_socket
from router.server.overload import ConcurrencyLimit
from router.server.socket_control import socket_control
from router.server.traffic import Traffic
from router.server.websocket_connection import ClientSockets, Opening, Session, WebSocketConnection
from router.telemetry.request_context import begin_request

SESSIONS: Final[Mapping[str, Callable[[], Session]]] = {
    graphql_transport_ws.SUBPROTOCOL: graphql_transport_ws.ServerSession,
    subscriptions_transport_ws.SUBPROTOCOL: subscriptions_transport_ws.LegacySession,
}
"""By sub-protocol; the first that a client offers is taken."""


class WebSocketEndpoint:
    """Accepts sockets of the sub-protocols it knows, from pages that may."""

    def __init__(
        self,
        pipeline: Pipeline,
        options: ServerOptions,
        traffic: Traffic,
        limit: ConcurrencyLimit | None = None,
    ) -> None:
        """Let ``traffic`` tell those that are open when to close."""
        self._pipeline = pipeline
        self._options = options
        self._traffic = traffic
        self._limit = limit
        self._clients = ClientSockets(options.max_sockets_per_client)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket to its end."""
        await receive()  # websocket.connect
        headers = join_headers(scope["headers"])
        begin_request(headers)
        if not may_open_socket(headers, self._options.cors):
            await send({"type": "websocket.close", "code": 1008})  # before accept: HTTP 403
            return
        subprotocol = next((one for one in scope["subprotocols"] if one in SESSIONS), None)
        if subprotocol is None:
            # Accepted first, or the client would only see a failed handshake and not the reason.
            await send({"type": "websocket.accept"})
            await send(
                {
                    "type": "websocket.close",
                    "code": graphql_transport_ws.SUBPROTOCOL_NOT_ACCEPTABLE,
                    "reason": f"Subprotocol not acceptable: offer {graphql_transport_ws.SUBPROTOCOL}",
                }
            )
            return
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        if (control := socket_control(scope)) is not None:
            control.keep_alive(self._options.keep_alive_s, self._options.keep_alive_s)
        address = (scope.get("client") or ("",))[0]
        opening = Opening(headers, address, self._clients, self._limit)
        connection = WebSocketConnection(
            self._pipeline, self._options, SESSIONS[subprotocol](), opening, receive, send
        )
        with self._traffic.holding(connection):
            await connection.serve()
