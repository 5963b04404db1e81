"""``apq``: documents that clients send by their hash."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from router.config.values import RedisUrl, Section
from router.guards.persisted import PersistedQueryOptions


class ApqRedis(Section):
    """``apq.redis``: where documents are shared."""

    url: RedisUrl
    """Where every router of the fleet keeps documents: ``redis://``, ``rediss://`` or ``unix://``."""


class ApqSection(Section):
    """``apq``: automatic persisted queries, kept in this process, and in Redis where its URL is given."""

    enabled: bool = True
    """Off: clients are told so and send the text."""
    capacity: Annotated[int, Field(gt=0)] = 512
    """Documents kept in this process; the one not asked for longest leaves first."""
    redis: ApqRedis | None = None


def persisted_query_options(section: ApqSection) -> PersistedQueryOptions | None:
    """None when they are off."""
    if not section.enabled:
        return None
    return PersistedQueryOptions(
        section.capacity, None if section.redis is None else section.redis.url.get_secret_value()
    )
