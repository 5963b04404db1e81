"""``apq``: documents that clients send by their hash."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from router.config.values import RedisUrl, Section
from router.guards.persisted import PersistedQueryOptions


class ApqRedis(Section):
    """``apq.redis``."""

    url: RedisUrl
    """Where every router of the fleet keeps documents: ``redis://``, ``rediss://`` or ``unix://``."""


class ApqSection(Section):
    """``apq``: automatic persisted queries, kept in this process, and in Redis where its URL is given."""

    enabled: bool = True
    capacity: Annotated[int, Field(gt=0)] = 512
    redis: ApqRedis | None = None


def persisted_query_options(section: ApqSection) -> PersistedQueryOptions | None:
    """None when they are off."""
    if not section.enabled:
        return None
    return PersistedQueryOptions(
        section.capacity, None if section.redis is None else section.redis.url.get_secret_value()
    )
