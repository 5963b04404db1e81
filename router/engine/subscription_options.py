"""What the operator may set about live subscriptions, and what has been counted of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from router.engine.subscriber import Overflow


@dataclass(frozen=True, slots=True)
class EventOptions:
    """Of fields with ``@eventSource``."""

    redis_url: str | None = None
    """None: channels are within this process."""


@dataclass(frozen=True, slots=True)
class SubscriptionOptions:
    """Of `router.engine.live.LiveSubscriptions`."""

    is_shared: bool = True
    """Whether clients that ask the same, with the same forwarded headers, share one source stream."""
    queue_capacity: int = 128
    """Results that a client has yet to take."""
    overflow: Overflow = Overflow.END
    max_sources: int | None = None
    reconnect_attempts: int = 5
    """In a row, for a source that was open and broke; 0: the clients are told of the end at once."""
    reconnect_first_s: float = 0.5
    reconnect_most_s: float = 15.0
    events: EventOptions | None = None
    """None: fields with ``@eventSource`` are fed by their subgraph's stream."""
    anonymous_claims: Mapping[str, Any] = field(default_factory=dict)
    """What ``@eventSource`` takes for the claims of callers without a token."""


@dataclass(slots=True)
class SubscriptionCounts:
    """What has been going on since the engine began, and goes on now."""

    sources: int = 0
    subscribers: int = 0
    opened: int = 0
    """Source streams; reconnects included."""
    events: int = 0
    deliveries: int = 0
    """Results queued for clients: an event counts once for each of them."""
    dropped: int = 0
    """Results that a full queue had no room for."""
    gaps: int = 0
    """Times that the clients of a source were told that they may have missed events."""
