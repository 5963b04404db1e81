"""What members and services say, as data, and what members are told, as frames.

member → hub       {"type": "join_room" | "leave_room", "room": "orders"}
hub → member       {"type": …, "room": "orders" | null, "data": …, "timestamp": "2026-11-22T09:00:00.000Z"}
service → hub      {"type": …, "room": "orders" | null, "data": …}
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import orjson

from router.errors import ClientError

JOIN: Final = "join_room"
LEAVE: Final = "leave_room"

RESERVED_TYPES: Final = frozenset({JOIN, LEAVE, "room_joined", "room_left", "gap", "error"})
"""The hub's own words; no broadcast may look like one of them."""

_ROOM: Final = re.compile(r"[A-Za-z0-9_.:@/\-]{1,128}")
_TYPE: Final = re.compile(r"[A-Za-z0-9_.:\-]{1,64}")


class RealtimeMessageError(ClientError):
    """A frame or a broadcast is not one of the hub's messages.

    What to do: send {"type": "join_room", "room": "…"} or {"type": "leave_room", "room": "…"}; a broadcast has
    type, data and, for one room, room.
    """

    code = "REALTIME_BAD_MESSAGE"


@dataclass(frozen=True, slots=True)
class RoomRequest:
    """A member wants into a room, or out of it."""

    type: Literal["join_room", "leave_room"]
    room: str


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What a service says to a room of a tenant, or, without ``room``, to all of the tenant."""

    type: str
    room: str | None
    data: Any
    timestamp: str
    """When it was said: RFC 3339, UTC, milliseconds."""
    tenant: str | None = None
    """That the service named; members do not see it."""

    def json(self) -> bytes:
        """Give the frame that members receive."""
        return frame(self.type, self.room, self.data, self.timestamp)


def read_room_request(text: str | bytes) -> RoomRequest:
    """Read a member's frame.  Raises: RealtimeMessageError."""
    message = _object(text, "A frame")
    type_ = message.get("type")
    if type_ not in (JOIN, LEAVE):
        raise RealtimeMessageError('"type" must be "join_room" or "leave_room".')
    room = message.get("room")
    if not isinstance(room, str) or not _ROOM.fullmatch(room):
        raise RealtimeMessageError('"room" must be 1 to 128 letters, digits and _ . : @ / -.')
    return RoomRequest("join_room" if type_ == JOIN else "leave_room", room)


def read_broadcast(text: str | bytes, now: datetime) -> Broadcast:
    """Read what a service says; ``now`` is its time where it names none.  Raises: RealtimeMessageError."""
    message = _object(text, "A broadcast")
    type_, room, at = message.get("type"), message.get("room"), message.get("timestamp")
    if not isinstance(type_, str) or not _TYPE.fullmatch(type_) or type_ in RESERVED_TYPES:
        raise RealtimeMessageError(
            '"type" must be 1 to 64 letters, digits and _ . : -, and none of the hub\'s own types.'
        )
    if room is not None and (not isinstance(room, str) or not _ROOM.fullmatch(room)):
        raise RealtimeMessageError('"room" must be null, or 1 to 128 letters, digits and _ . : @ / -.')
    if at is not None and not _is_time(at):
        raise RealtimeMessageError('"timestamp" must be a time like 2026-11-22T09:00:00Z, or be left out.')
    tenant = message.get("tenant")
    if tenant is not None and (not isinstance(tenant, str) or not tenant):
        raise RealtimeMessageError('"tenant" must be a name, or be left out.')
    return Broadcast(type_, room, message.get("data"), timestamp(now) if at is None else at, tenant)


def receipt(broadcast: Broadcast) -> bytes:
    """Give what a service is answered."""
    told = {"type": broadcast.type, "room": broadcast.room, "timestamp": broadcast.timestamp}
    return orjson.dumps(told)


def frame(type_: str, room: str | None, data: Any, at: str) -> bytes:
    """Give a frame to a member."""
    return orjson.dumps({"type": type_, "room": room, "data": data, "timestamp": at})


def timestamp(moment: datetime) -> str:
    """Give a moment as RFC 3339 in UTC, with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _object(text: str | bytes, what: str) -> dict[str, Any]:
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise RealtimeMessageError(f"{what} must be JSON.") from None
    if not isinstance(message, dict):
        raise RealtimeMessageError(f"{what} must be a JSON object.")
    return message


def _is_time(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False
