"""What the operator may set about the hub; ``config`` fills these."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RealtimeOptions:
    """Of `router.realtime.hub.Hub` and of its endpoint."""

    path: str = "/realtime"
    redis_url: str | None = None
    """None: broadcasts stay within this process."""
    tenant_claim: str = "tenant_id"
    user_claim: str = "sub"
    roles_claim: str = "roles"
    publisher_role: str = "service"
    """Who has it may broadcast by POST: to its own tenant, or, without a tenant claim, to the one it names."""
    max_frame_bytes: int = 512
    """Of what members send."""
    max_broadcast_bytes: int = 65_536
    """Of what services send."""
    max_pending_frames: int = 256
    """That a member has yet to read; beyond, it is dropped."""
    max_rooms: int = 100
    """That one member is in."""
    ping_interval_s: float = 54.0
    read_deadline_s: float = 60.0
    """A member that sends nothing for so long, not even a pong, is gone."""
