"""The legacy protocol of subscriptions-transport-ws, the server's side, without the socket.

    CONNECTED --connection_init--> WAITING --ack--> READY        any state --connection_terminate, close--> CLOSED

Its sub-protocol token is ``graphql-ws``, which is not the protocol of the library of that name.  A pair missing
from TRANSITIONS closes the socket with 4400, or its CLOSE_CODES entry.
Spec: subscriptions-transport-ws PROTOCOL.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from router.errors import ClientError
from router.protocols.graphql_http import error_entry
from router.protocols.graphql_request import graphql_request
from router.protocols.graphql_transport_ws import (
    BAD_REQUEST,
    FORBIDDEN,
    INIT_TIMEOUT,
    UNAUTHORIZED,
    Close,
    CompleteReceived,
    Event,
    InitReceived,
    Input,
    Reply,
    State,
    SubscribeReceived,
    clip_reason,
)

SUBPROTOCOL: Final = "graphql-ws"

NORMAL: Final = 1000

TRANSITIONS: Final[dict[tuple[State, Input], State]] = {
    (State.CONNECTED, Input.INIT): State.WAITING,
    (State.WAITING, Input.ACK): State.READY,
    (State.READY, Input.SUBSCRIBE): State.READY,
    (State.WAITING, Input.INIT_TIMEOUT): State.WAITING,
    (State.READY, Input.INIT_TIMEOUT): State.READY,
    # The reference server takes a second init for a repetition of the first.
    (State.WAITING, Input.INIT): State.WAITING,
    (State.READY, Input.INIT): State.READY,
    **{(state, Input.COMPLETE): state for state in State},
    **{(state, Input.CLOSE): State.CLOSED for state in State},
    **{(State.CLOSED, input_): State.CLOSED for input_ in Input},
}

CLOSE_CODES: Final[dict[tuple[State, Input], tuple[int, str]]] = {
    (State.CONNECTED, Input.SUBSCRIBE): (UNAUTHORIZED, "Unauthorized"),
    (State.WAITING, Input.SUBSCRIBE): (UNAUTHORIZED, "Unauthorized"),
    (State.CONNECTED, Input.INIT_TIMEOUT): (INIT_TIMEOUT, "Connection initialisation timeout"),
}

_INPUTS: Final = {
    "connection_init": Input.INIT,
    "start": Input.SUBSCRIBE,
    "stop": Input.COMPLETE,
    "connection_terminate": Input.CLOSE,
}
_KEEP_ALIVE: Final = '{"type":"ka"}'


class LegacySession:
    """One connection: its state, and the ids active on it; the shape of ``graphql_transport_ws.ServerSession``.

    A ``start`` with an id that is active replaces what went on under it, as the reference server does.
    """

    def __init__(self) -> None:
        self.state = State.CONNECTED
        self._active: set[str] = set()

    def receive(self, frame: str | bytes) -> Event:
        """Take one frame from the client and say what to do; None means nothing."""
        message = _parse(frame)
        if isinstance(message, str):
            return self._step(Input.INVALID, message)
        input_ = _INPUTS[message["type"]]
        was_connected = self.state is State.CONNECTED
        if closing := self._step(input_):
            return closing
        if input_ is Input.CLOSE:
            return Close(NORMAL, "Terminated by the client")
        if self.state is State.CLOSED:
            return None
        if input_ is Input.INIT:
            return InitReceived(message.get("payload") or {}) if was_connected else None
        id_: str = message["id"]
        if input_ is Input.COMPLETE:
            return self._stop(id_)
        return self._start(id_, message["payload"])

    def acknowledge(self, payload: Mapping[str, Any] | None = None) -> str | None:
        """Let the client in; gives the frame to send, None when the socket is closed already."""
        if self.state is not State.WAITING:
            return None
        self._step(Input.ACK)
        return _json(
            {"type": "connection_ack"} if payload is None else {"type": "connection_ack", "payload": payload}
        )

    def refuse(self, reason: str) -> tuple[str | None, Close]:
        """Keep the client out: the frame that says why, and the close."""
        self.close()
        return _json({"type": "connection_error", "payload": {"message": reason}}), Close(
            FORBIDDEN, clip_reason(reason)
        )

    def keep_alive(self) -> str | None:
        """Give the frame that keeps a silent connection open."""
        return _KEEP_ALIVE if self.state is State.READY else None

    def next(self, id_: str, result: bytes) -> str | None:
        """Give the frame with one result (JSON text), None when the id is no longer active."""
        if id_ not in self._active:
            return None
        return f'{{"id":{_json(id_)},"type":"data","payload":{result.decode()}}}'

    def error(self, id_: str, errors: bytes) -> str | None:
        """End an operation that never ran: ``errors`` is a JSON array; its first is the payload."""
        if id_ not in self._active:
            return None
        self._active.discard(id_)
        return f'{{"id":{_json(id_)},"type":"error","payload":{_json(orjson.loads(errors)[0])}}}'

    def complete(self, id_: str) -> str | None:
        """End an operation whose results have all been sent."""
        if id_ not in self._active:
            return None
        self._active.discard(id_)
        return f'{{"id":{_json(id_)},"type":"complete"}}'

    def init_timed_out(self) -> Close | None:
        """Close, unless the client sent ``connection_init`` in time."""
        return self._step(Input.INIT_TIMEOUT)

    def close(self) -> None:
        """Note that the socket is closed or closing: whatever is still received is dropped."""
        self._step(Input.CLOSE)
        self._active.clear()

    def _step(self, input_: Input, reason: str = "Bad request") -> Close | None:
        state = TRANSITIONS.get((self.state, input_))
        if state is not None:
            self.state = state
            return None
        code, words = CLOSE_CODES.get((self.state, input_), (BAD_REQUEST, reason))
        self.close()
        return Close(code, clip_reason(words))

    def _start(self, id_: str, payload: Mapping[str, Any]) -> Event:
        try:
            request = graphql_request(payload)
        except ClientError as error:
            return Reply(_json({"id": id_, "type": "error", "payload": error_entry(error)}))
        self._active.add(id_)
        return SubscribeReceived(id_, request)

    def _stop(self, id_: str) -> CompleteReceived | None:
        if id_ not in self._active:
            return None
        self._active.discard(id_)
        return CompleteReceived(id_)


def _parse(frame: str | bytes) -> dict[str, Any] | str:
    """Decode one client message, or say in a few words why it is none."""
    try:
        message = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return "Invalid message: not JSON"
    if not isinstance(message, dict):
        return "Invalid message: not an object"
    type_, payload = message.get("type"), message.get("payload")
    if not isinstance(type_, str) or type_ not in _INPUTS:
        return "Invalid message: unknown type"
    if type_ in ("start", "stop") and (not isinstance(message.get("id"), str) or not message["id"]):
        return f"Invalid message: {type_} needs an id, a string"
    if type_ == "start" and not isinstance(payload, dict):
        return "Invalid message: payload of start must be an object"
    if type_ == "connection_init" and not isinstance(payload, dict | None):
        return "Invalid message: payload of connection_init must be an object"
    return message


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
