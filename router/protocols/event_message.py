"""What services POST to put an event on a channel: ``{"channel": text, "event": any JSON}``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from router.errors import ClientError


class EventInvalidError(ClientError):
    """The body is no event.

    What to do: post JSON ``{"channel": "orders:acme", "event": …}`` as ``application/json``.
    """

    code = "EVENT_INVALID"


class EventMediaTypeError(ClientError):
    """An event is JSON and says so: a page of another origin could send anything else unasked.

    What to do: send ``content-type: application/json``.
    """

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


@dataclass(frozen=True, slots=True)
class EventMessage:
    """One event and where it goes."""

    channel: str
    event: bytes
    """JSON text."""


def read_event_message(headers: Mapping[bytes, bytes], body: bytes) -> EventMessage:
    """Read a request.  Raises: EventInvalidError, EventMediaTypeError."""
    if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
        raise EventMediaTypeError("Send an event as content-type: application/json.")
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise EventInvalidError("An event must be JSON.") from None
    if not isinstance(message, dict) or not isinstance(message.get("channel"), str) or not message["channel"]:
        raise EventInvalidError('An event must be an object with "channel", which is a name.')
    if "event" not in message:
        raise EventInvalidError('An event must have "event", which is any JSON.')
    return EventMessage(message["channel"], orjson.dumps(message["event"]))
