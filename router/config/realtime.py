"""``realtime``: the WebSocket hub with rooms."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from router.config.values import RedisUrl, Seconds, Section, UrlPath
from router.realtime.options import RealtimeOptions

Name = Annotated[str, Field(min_length=1)]


class RealtimeRedis(Section):
    """``realtime.redis``: broadcasts reach the members of every router that has the same URL."""

    url: RedisUrl
    """``redis://``, ``rediss://`` or ``unix://``."""


class RealtimeSection(Section):
    """``realtime``: members are known by their token, so it needs ``authentication``."""

    enabled: bool = False
    path: UrlPath = "/realtime"
    """Where members connect, and services broadcast."""
    redis: RealtimeRedis | None = None
    """None: broadcasts stay within one process."""
    tenant_claim: Name = "tenant_id"
    """The claim with a member's tenant."""
    user_claim: Name = "sub"
    """The claim with a member's name."""
    roles_claim: Name = "roles"
    """The claim with a member's roles."""
    publisher_role: Name = "service"
    """Who has it may broadcast by POST."""
    max_frame_bytes: Annotated[int, Field(ge=64, le=1_000_000)] = 512
    """Of what members send."""
    max_broadcast_bytes: Annotated[int, Field(ge=64, le=10_000_000)] = 65_536
    """Of what services send."""
    max_pending_frames: Annotated[int, Field(gt=0)] = 256
    """That a member has yet to read; beyond, it is dropped."""
    max_rooms: Annotated[int, Field(gt=0)] = 100
    """That one member is in."""
    ping_interval: Seconds = 54.0
    """How often a member is pinged."""
    read_deadline: Seconds = 60.0
    """A member that sends nothing for so long, not even a pong, is gone."""

    @model_validator(mode="after")
    def _pings_in_time(self) -> RealtimeSection:
        if self.read_deadline <= self.ping_interval:
            raise ValueError("read_deadline must be longer than ping_interval")
        return self


def realtime_options(section: RealtimeSection) -> RealtimeOptions | None:
    """The hub's options; None when it is off."""
    if not section.enabled:
        return None
    return RealtimeOptions(
        path=section.path,
        redis_url=None if section.redis is None else section.redis.url.get_secret_value(),
        tenant_claim=section.tenant_claim,
        user_claim=section.user_claim,
        roles_claim=section.roles_claim,
        publisher_role=section.publisher_role,
        max_frame_bytes=section.max_frame_bytes,
        max_broadcast_bytes=section.max_broadcast_bytes,
        max_pending_frames=section.max_pending_frames,
        max_rooms=section.max_rooms,
        ping_interval_s=section.ping_interval,
        read_deadline_s=section.read_deadline,
    )
