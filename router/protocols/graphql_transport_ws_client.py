"""graphql-transport-ws as a client speaks it, without the socket: frames in and out.

    init --ack--> subscribe(id) --next*--> (error | complete)      ping and pong at any time

Spec: graphql-ws PROTOCOL.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson

SUBPROTOCOL: Final = "graphql-transport-ws"

BAD_RESPONSE: Final = 4004
"""Close code for a message of the server that breaks the protocol."""
ACK_TIMEOUT: Final = 4504
"""Close code for a server that does not acknowledge in time."""

PING: Final = b'{"type":"ping"}'
GOODBYE: Final = None
"""Closing the socket says it."""


class MalformedMessage(ValueError):
    """The server broke the protocol; the text fits a close reason (under 124 bytes)."""


@dataclass(frozen=True, slots=True)
class Ack:
    """``connection_ack``: subscribing is allowed from here on."""


@dataclass(frozen=True, slots=True)
class Ping:
    """``ping``: wants a ``pong`` with the same payload."""

    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    """``pong``, asked for or not."""


@dataclass(frozen=True, slots=True)
class Next:
    """``next``: one execution result."""

    id: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Error:
    """``error``: the request was refused; ends the operation, no ``complete`` follows."""

    id: str
    errors: list[Any]


@dataclass(frozen=True, slots=True)
class Complete:
    """``complete``: the operation ended."""

    id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The server does not let the client in; of the legacy protocol, this one closes the socket."""

    reason: str


ServerMessage: TypeAlias = Ack | Ping | Pong | Next | Error | Complete | Refused


def read_message(frame: str | bytes) -> ServerMessage:
    """One frame of the server, understood.  ``frame`` is str for a text frame.

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
    if kind in ("next", "error", "complete"):
        return _read_operation_message(kind, message)
    payload = message.get("payload")
    if not isinstance(payload, dict | None):
        raise MalformedMessage("payload is not an object")
    if kind == "connection_ack":
        return Ack()
    if kind == "ping":
        return Ping(payload)
    if kind == "pong":
        return Pong()
    raise MalformedMessage("unknown message type")


def _read_operation_message(kind: str, message: dict[str, Any]) -> Next | Error | Complete:
    operation_id = message.get("id")
    payload = message.get("payload")
    if not isinstance(operation_id, str):
        raise MalformedMessage(f"{kind} without an id")
    if kind == "complete":
        return Complete(operation_id)
    if kind == "error":
        if not isinstance(payload, list) or not payload:
            raise MalformedMessage("payload of error is not a list of errors")
        return Error(operation_id, payload)
    if not isinstance(payload, dict):
        raise MalformedMessage("payload of next is not an object")
    return Next(operation_id, payload)


def connection_init(payload: bytes | None) -> bytes:
    """``payload`` is the text of a JSON object, or None for none."""
    if payload is None:
        return b'{"type":"connection_init"}'
    return b'{"type":"connection_init","payload":%b}' % payload


def pong(payload: dict[str, Any] | None) -> bytes:
    """The answer to a ping."""
    return orjson.dumps({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})


def subscribe(operation_id: str, body: bytes) -> bytes:
    """``body`` is the text of ``{"query": ..., "variables": ...}``; ids are ours and need no escape."""
    return b'{"id":"%b","type":"subscribe","payload":%b}' % (operation_id.encode(), body)


def complete(operation_id: str) -> bytes:
    """Ends an operation from our side."""
    return b'{"id":"%b","type":"complete"}' % operation_id.encode()
