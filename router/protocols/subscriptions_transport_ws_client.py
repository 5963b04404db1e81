"""The legacy protocol of subscriptions-transport-ws as a client speaks it: frames in and out.

    init --ack--> start(id) --data*--> (error | complete)      ka at any time

Messages are those of `router.protocols.graphql_transport_ws_client`, so that one session serves both.
Spec: subscriptions-transport-ws PROTOCOL.md.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from router.protocols.graphql_transport_ws_client import (
    Ack,
    Complete,
    Error,
    MalformedMessage,
    Next,
    Pong,
    Refused,
    ServerMessage,
    connection_init,
)

SUBPROTOCOL: Final = "graphql-ws"
"""The token; the library of this name speaks the other protocol."""

PING: Final = None
"""There is none: the server sends ``ka``, and the socket's own pings find out who is gone."""
GOODBYE: Final = b'{"type":"connection_terminate"}'

__all__ = ["GOODBYE", "PING", "SUBPROTOCOL", "complete", "connection_init", "read_message", "subscribe"]


def read_message(frame: str | bytes) -> ServerMessage:
    """One frame of the server, understood.  ``frame`` is str for a text frame.

    ``ka`` is a `Pong`: a sign of life that nobody answers.
    Raises: MalformedMessage.
    """
    if isinstance(frame, bytes):
        raise MalformedMessage("binary frame")
    try:
        message = orjson.loads(frame)
    except orjson.JSONDecodeError:
        raise MalformedMessage("not JSON") from None
    if not isinstance(message, dict):
        raise MalformedMessage("not an object")
    kind = message.get("type")
    if kind == "connection_ack":
        return Ack()
    if kind == "ka":
        return Pong()
    if kind == "connection_error":
        return Refused(_words(message.get("payload")))
    if kind in ("data", "error", "complete"):
        return _read_operation_message(kind, message)
    raise MalformedMessage("unknown message type")


def _read_operation_message(kind: str, message: dict[str, Any]) -> Next | Error | Complete:
    operation_id = message.get("id")
    payload = message.get("payload")
    if not isinstance(operation_id, str):
        raise MalformedMessage(f"{kind} without an id")
    if kind == "complete":
        return Complete(operation_id)
    if kind == "error":
        # The specification has one error; servers that send a list mean the same.
        errors = payload if isinstance(payload, list) else [payload]
        return Error(operation_id, [_error(one) for one in errors] or [_error(None)])
    if not isinstance(payload, dict):
        raise MalformedMessage("payload of data is not an object")
    return Next(operation_id, payload)


def _error(payload: object) -> dict[str, Any]:
    if isinstance(payload, dict) and isinstance(payload.get("message"), str):
        return payload
    return {"message": _words(payload)}


def _words(payload: object) -> str:
    if isinstance(payload, dict):
        payload = payload.get("message")
    return payload if isinstance(payload, str) and payload else "no reason given"


def subscribe(operation_id: str, body: bytes) -> bytes:
    """``body`` is the text of ``{"query": ..., "variables": ...}``; ids are ours and need no escape."""
    return b'{"id":"%b","type":"start","payload":%b}' % (operation_id.encode(), body)


def complete(operation_id: str) -> bytes:
    """Ends an operation from our side."""
    return b'{"id":"%b","type":"stop"}' % operation_id.encode()
