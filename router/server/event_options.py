"""How services publish the events that subscriptions are fed by; ``config`` fills this."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventPublishOptions:
    """Of `router.server.events.EventEndpoint`."""

    path: str = "/events"
    role: str = "service"
    """Who has it may publish, on any channel."""
    roles_claim: str = "roles"
    max_bytes: int = 65_536
    """Of one event with its channel."""
