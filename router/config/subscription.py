"""``subscription``: what goes on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from router.config.values import Limit, Seconds, Section
from router.engine.subscriber import Overflow
from router.engine.subscription_options import SubscriptionOptions


class DeduplicationSection(Section):
    """``subscription.deduplication``."""

    enabled: bool = True
    """Clients that ask the same, with the same forwarded headers, share one source stream and one completion."""


class ReconnectSection(Section):
    """``subscription.reconnect``: of a source stream that was open and broke."""

    max_attempts: Annotated[int, Field(ge=0)] = 5
    """In a row.  0: clients are told of the end at once."""
    first_delay: Seconds = 0.5
    """Doubles with each attempt, and varies by half."""
    max_delay: Seconds = 15.0
    """A source that lived longer than this has all its attempts again."""


class ClientSocketsSection(Section):
    """``subscription.websocket``: of clients' sockets."""

    init_timeout: Seconds = 10.0
    """From a socket's upgrade to its ``connection_init``."""
    keep_alive: Seconds = 10.0
    """Between pings; a client that answers none in as long again is gone."""
    max_operations: Annotated[int, Field(gt=0)] = 200
    """Under way at the same time on one socket."""
    max_connections_per_client: Limit = None
    """Of one token's subject, else of one address; null: as many as it likes."""


class HeartbeatSection(Section):
    """``subscription.heartbeat``: on streams over HTTP that have nothing to say."""

    sse: Seconds = 12.0
    """Between comments."""
    multipart: Seconds = 5.0
    """Between empty parts."""


class SubscriptionSection(Section):
    """``subscription``: operations whose results go on."""

    deduplication: DeduplicationSection = DeduplicationSection()
    queue_capacity: Annotated[int, Field(gt=0)] = 128
    """Results that a client has yet to take."""
    on_overflow: Literal["end", "drop_oldest", "drop_newest", "coalesce"] = "end"
    """What a full queue does: end with SUBSCRIPTION_OVERFLOW, lose results, or keep the latest only."""
    max_opened_subscriptions: Limit = None
    """Source streams; clients that share one count once."""
    reconnect: ReconnectSection = ReconnectSection()
    websocket: ClientSocketsSection = ClientSocketsSection()
    heartbeat: HeartbeatSection = HeartbeatSection()


def subscription_options(section: SubscriptionSection) -> SubscriptionOptions:
    """What the engine is told."""
    return SubscriptionOptions(
        is_shared=section.deduplication.enabled,
        queue_capacity=section.queue_capacity,
        overflow=Overflow(section.on_overflow),
        max_sources=section.max_opened_subscriptions,
        reconnect_attempts=section.reconnect.max_attempts,
        reconnect_first_s=section.reconnect.first_delay,
        reconnect_most_s=section.reconnect.max_delay,
    )
