"""graphql-transport-ws, the server's side, without the socket: frames in, events and frames out.

    CONNECTED --init--> WAITING --ack--> READY        any state --close--> CLOSED

    of one id:   IDLE --subscribe--> ACTIVE --error or complete, from either side--> IDLE

A pair missing from TRANSITIONS closes the socket with its CLOSE_CODES entry, or 4400.
Spec: graphql-ws PROTOCOL.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, TypeAlias

import orjson

from router.errors import ClientError
from router.protocols.graphql_http import error_entry
from router.protocols.graphql_request import GraphQLRequest, InvalidRequestError, graphql_request

SUBPROTOCOL: Final = "graphql-transport-ws"

BAD_REQUEST: Final = 4400
UNAUTHORIZED: Final = 4401
FORBIDDEN: Final = 4403
SUBPROTOCOL_NOT_ACCEPTABLE: Final = 4406
INIT_TIMEOUT: Final = 4408
SUBSCRIBER_EXISTS: Final = 4409
TOO_MANY_INITS: Final = 4429
INTERNAL_ERROR: Final = 4500
GOING_AWAY: Final = 1001
"""Stock clients connect again after this one, as after 1012."""

MAX_REASON_BYTES: Final = 123
"""RFC 6455, section 5.5: a control frame has 125 bytes, two of them for the code."""


class State(Enum):
    """Where one connection is; each operation on it has a table of its own."""

    CONNECTED = auto()
    WAITING = auto()
    READY = auto()
    CLOSED = auto()


class Input(Enum):
    """What may happen to a connection; all but ACK, INIT_TIMEOUT and CLOSE come from the client."""

    INIT = auto()
    ACK = auto()
    SUBSCRIBE = auto()
    COMPLETE = auto()
    PING = auto()
    PONG = auto()
    INVALID = auto()
    INIT_TIMEOUT = auto()
    CLOSE = auto()


TRANSITIONS: Final[dict[tuple[State, Input], State]] = {
    (State.CONNECTED, Input.INIT): State.WAITING,
    (State.WAITING, Input.ACK): State.READY,
    (State.READY, Input.SUBSCRIBE): State.READY,
    # The timer may ring just after the init came in time.
    (State.WAITING, Input.INIT_TIMEOUT): State.WAITING,
    (State.READY, Input.INIT_TIMEOUT): State.READY,
    # "If the client completes an unknown id, the server ignores it": so at any time.
    **{(state, Input.COMPLETE): state for state in State},
    **{(state, Input.PING): state for state in State},
    **{(state, Input.PONG): state for state in State},
    **{(state, Input.CLOSE): State.CLOSED for state in State},
    # Sent before the peer saw our close: dropped, not answered.
    **{(State.CLOSED, input_): State.CLOSED for input_ in Input},
}

CLOSE_CODES: Final[dict[tuple[State, Input], tuple[int, str]]] = {
    # "Executing operations is allowed only after the server has acknowledged the connection"
    (State.CONNECTED, Input.SUBSCRIBE): (UNAUTHORIZED, "Unauthorized"),
    (State.WAITING, Input.SUBSCRIBE): (UNAUTHORIZED, "Unauthorized"),
    # "more than one ConnectionInit message at any given time"
    (State.WAITING, Input.INIT): (TOO_MANY_INITS, "Too many initialisation requests"),
    (State.READY, Input.INIT): (TOO_MANY_INITS, "Too many initialisation requests"),
    (State.CONNECTED, Input.INIT_TIMEOUT): (INIT_TIMEOUT, "Connection initialisation timeout"),
}


class OperationState(Enum):
    """Where one id is; an id never seen and an id that ended are the same."""

    IDLE = auto()
    ACTIVE = auto()


class OperationInput(Enum):
    """What may happen to one id; SUBSCRIBE and COMPLETE come from the client."""

    SUBSCRIBE = auto()
    NEXT = auto()
    END = auto()
    COMPLETE = auto()


OPERATION_TRANSITIONS: Final[dict[tuple[OperationState, OperationInput], OperationState]] = {
    (OperationState.IDLE, OperationInput.SUBSCRIBE): OperationState.ACTIVE,
    (OperationState.ACTIVE, OperationInput.NEXT): OperationState.ACTIVE,
    (OperationState.ACTIVE, OperationInput.END): OperationState.IDLE,
    (OperationState.ACTIVE, OperationInput.COMPLETE): OperationState.IDLE,
}
"""A missing pair sends nothing and changes nothing, but (ACTIVE, SUBSCRIBE), which closes with 4409."""


@dataclass(frozen=True, slots=True)
class InitReceived:
    """The client asks to be let in: answer with `ServerSession.acknowledge` or close with 4403."""

    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SubscribeReceived:
    """Run ``request`` and send its results under ``id``, which is now active."""

    id: str
    request: GraphQLRequest


@dataclass(frozen=True, slots=True)
class CompleteReceived:
    """Stop the operation of ``id``; it is idle now and nothing more is sent for it."""

    id: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Send ``frame`` now."""

    frame: str
    payload: Mapping[str, Any] | None = None
    """Of the ``ping`` that is answered: a client may renew its credentials with it."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket; the session is over."""

    code: int
    reason: str


Event: TypeAlias = InitReceived | SubscribeReceived | CompleteReceived | Reply | Close | None


class ServerSession:
    """One connection: its state, and the ids active on it.

    Invariant: when `receive` gives `SubscribeReceived`, the id is active already, so that two quick
    ``subscribe`` of one id cannot both pass.
    """

    def __init__(self) -> None:
        self.state = State.CONNECTED
        self._active: dict[str, str] = {}

    @property
    def active_ids(self) -> tuple[str, ...]:
        """The ids under way, in the order they were subscribed."""
        return tuple(self._active)

    def receive(self, frame: str | bytes) -> Event:
        """Take one frame from the client and say what to do; None means nothing."""
        message = parse_message(frame)
        if isinstance(message, str):
            return self._step(Input.INVALID, reason=message)
        type_ = message["type"]
        if closing := self._step(_INPUTS[type_]):
            return closing
        if self.state is State.CLOSED:
            return None
        if type_ == "subscribe":
            return self._subscribe(message["id"], message["payload"])
        if type_ == "complete":
            return self._complete(message["id"])
        if type_ == "connection_init":
            return InitReceived(message.get("payload") or {})
        if type_ == "ping":
            return Reply(_frame("pong", message.get("payload")), message.get("payload"))
        return None

    def acknowledge(self, payload: Mapping[str, Any] | None = None) -> str | None:
        """Let the client in; gives the frame to send, None when the socket is closed already."""
        if self.state is not State.WAITING:
            return None
        self._step(Input.ACK)
        return _frame("connection_ack", payload)

    def refuse(self, reason: str) -> tuple[str | None, Close]:
        """Keep the client out: a frame to send first, if there is one, and the close."""
        self.close()
        return None, Close(FORBIDDEN, clip_reason(reason))

    def keep_alive(self) -> str | None:
        """Give the frame that keeps a silent connection open."""
        return _PING if self.state is State.READY else None

    def next(self, id_: str, result: bytes) -> str | None:
        """Give the frame with one result (JSON text), None when the id is no longer active."""
        if not self._operation_step(id_, OperationInput.NEXT):
            return None
        return f'{{"id":{self._active[id_]},"type":"next","payload":{result.decode()}}}'

    def error(self, id_: str, errors: bytes) -> str | None:
        """End an operation that never ran: ``errors`` is a JSON array; no ``complete`` follows it."""
        if not self._operation_step(id_, OperationInput.END):
            return None
        return f'{{"id":{_json(id_)},"type":"error","payload":{errors.decode()}}}'

    def complete(self, id_: str) -> str | None:
        """End an operation whose results have all been sent."""
        if not self._operation_step(id_, OperationInput.END):
            return None
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

    def _operation_step(self, id_: str, input_: OperationInput) -> bool:
        state = OperationState.ACTIVE if id_ in self._active else OperationState.IDLE
        after = OPERATION_TRANSITIONS.get((state, input_))
        if after is None:
            return False
        if after is OperationState.ACTIVE and state is OperationState.IDLE:
            self._active[id_] = _json(id_)
        elif after is OperationState.IDLE:
            del self._active[id_]
        return True

    def _subscribe(self, id_: str, payload: Mapping[str, Any]) -> Event:
        try:
            request = graphql_request(payload)
        except InvalidRequestError as error:
            return self._step(Input.INVALID, reason=f"Invalid message: {error}")
        except ClientError as error:
            return Reply(f'{{"id":{_json(id_)},"type":"error","payload":[{_json(error_entry(error))}]}}')
        if not self._operation_step(id_, OperationInput.SUBSCRIBE):
            self.close()
            return Close(SUBSCRIBER_EXISTS, clip_reason(f"Subscriber for {id_} already exists"))
        return SubscribeReceived(id_, request)

    def _complete(self, id_: str) -> CompleteReceived | None:
        return CompleteReceived(id_) if self._operation_step(id_, OperationInput.COMPLETE) else None


_INPUTS: Final = {
    "connection_init": Input.INIT,
    "subscribe": Input.SUBSCRIBE,
    "complete": Input.COMPLETE,
    "ping": Input.PING,
    "pong": Input.PONG,
}
_PING: Final = '{"type":"ping"}'
_HAS_ID: Final = frozenset({"subscribe", "complete"})


def parse_message(frame: str | bytes) -> dict[str, Any] | str:
    """Decode one client message, or say in a few words why it is none.

    Shapes: ``{"type", "id"?, "payload"?}``: ``id`` a non-empty string where the type has one, ``payload`` an
    object (of ``subscribe``) or an object, null or absent (of the others).
    """
    try:
        message = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return "Invalid message: not JSON"
    if not isinstance(message, dict):
        return "Invalid message: not an object"
    type_ = message.get("type")
    if not isinstance(type_, str) or type_ not in _INPUTS:
        return "Invalid message: unknown type"
    if type_ in _HAS_ID:
        id_ = message.get("id")
        if not isinstance(id_, str) or not id_:
            return f"Invalid message: {type_} needs an id, a string"
    payload = message.get("payload")
    if payload is None and type_ != "subscribe":
        return message
    # "complete" has no payload; whatever a client puts there is ignored.
    if type_ != "complete" and not isinstance(payload, dict):
        return f"Invalid message: payload of {type_} must be an object"
    return message


def clip_reason(reason: str) -> str:
    """Shorten a close reason to what a close frame can carry."""
    return reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")


def _frame(type_: str, payload: Mapping[str, Any] | None) -> str:
    return _json({"type": type_} if payload is None else {"type": type_, "payload": payload})


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
