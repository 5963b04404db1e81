"""graphql-transport-ws for ariadne, with the endings its own handler leaves out.

Closes with 4400 on a message that is not one and with 4408 when ``connection_init`` does not come
in time, and ends every operation of a closed connection, whatever one of them raises.
Spec: graphql-ws PROTOCOL.md.
"""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta
from typing import Any, Final

from ariadne.asgi.handlers import GraphQLTransportWSHandler
from ariadne.asgi.handlers.graphql_transport_ws import ClientContext
from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

INIT_PAYLOAD: Final = "connection_init_payload"
"""Key of a connection's ASGI scope under which the payload of ``connection_init`` is kept."""

_LOGGER: Final = logging.getLogger(__name__)


class TransportWSHandler(GraphQLTransportWSHandler):
    """One connection at a time: reads a message, acts on it, until either side closes."""

    def __init__(self, init_timeout_s: float = 10.0) -> None:
        super().__init__(
            on_connect=_keep_init_payload, connection_init_wait_timeout=timedelta(seconds=init_timeout_s)
        )

    async def handle_websocket(self, websocket: WebSocket) -> None:
        """Serves a connection from its acceptance to its end; nothing of it is left running."""
        if "graphql-transport-ws" not in websocket.scope.get("subprotocols", ()):
            await websocket.accept()
            await websocket.close(code=4406, reason="Subprotocol not acceptable")
            return
        await websocket.accept("graphql-transport-ws")
        client = ClientContext()
        init_timeout = asyncio.create_task(self.handle_connection_init_timeout(websocket, client))
        try:
            while _is_open(websocket):
                message = await _next_message(websocket)
                await self.handle_websocket_message(websocket, message, client)
        except WebSocketDisconnect:
            pass
        finally:
            init_timeout.cancel()
            for operation_id in tuple(client.operations):
                await self.stop_websocket_operation(websocket, operation_id, client)

    async def handle_websocket_message(
        self, websocket: WebSocket, message: Any, client_context: ClientContext
    ) -> None:
        """Acts on one message; anything but a message of the protocol closes the connection."""
        if _is_malformed(message):
            await self.handle_websocket_invalid_type(websocket)
            return
        try:
            await super().handle_websocket_message(websocket, message, client_context)
        except GraphQLError:  # the payload of "subscribe" is not a GraphQL request
            await self.handle_websocket_invalid_type(websocket)

    async def stop_websocket_operation(
        self, websocket: WebSocket, operation_id: str, client_context: ClientContext
    ) -> None:
        """Ends an operation and what feeds it, also when its last event could not be sent."""
        operation = client_context.operations.get(operation_id)
        try:
            await super().stop_websocket_operation(websocket, operation_id, client_context)
        except (WebSocketDisconnect, RuntimeError) as error:
            _LOGGER.debug("operation %s ended with its connection: %s", operation_id, error)
            if operation is not None:
                await operation.generator.aclose()


def _keep_init_payload(connection: Any, payload: Any) -> None:
    connection.scope[INIT_PAYLOAD] = payload


def _is_open(websocket: WebSocket) -> bool:
    return WebSocketState.DISCONNECTED not in (websocket.client_state, websocket.application_state)


async def _next_message(websocket: WebSocket) -> Any:
    """The next message as JSON, None when it is not JSON. Raises: WebSocketDisconnect."""
    event = await websocket.receive()
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(event.get("code", 1005))
    try:
        return json.loads(event.get("text") or "")
    except ValueError:
        return None


def _is_malformed(message: Any) -> bool:
    if not isinstance(message, dict):
        return True
    names_an_operation = message.get("type") in ("subscribe", "complete")
    return names_an_operation and not isinstance(message.get("id"), str)
