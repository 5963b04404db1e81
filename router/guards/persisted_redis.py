"""Documents by hash in Redis, for all routers."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import redis.asyncio
from redis.exceptions import RedisError

from router.guards.persisted import MemoryStore
from router.telemetry.logs import get_log

_log = get_log("guards")

REDIS_TIMEOUT_S: Final = 0.5
REDIS_TTL_S: Final = 30 * 24 * 3600


class RedisStore:
    """In Redis, behind a `MemoryStore`.  A Redis that fails forgets: clients send the text again."""

    def __init__(self, url: str, capacity: int = 512) -> None:
        self._near = MemoryStore(capacity)
        self._redis = redis.asyncio.Redis.from_url(
            url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S
        )

    async def get(self, sha256: str) -> str | None:
        """Give the document; what Redis has is checked against its hash."""
        text = await self._near.get(sha256)
        if text is not None:
            return text
        try:
            found: Any = await self._redis.get(f"olympus:apq:{sha256}")
        except (RedisError, OSError) as error:
            _log.warning("persisted query not read", error=type(error).__name__)
            return None
        # Bytes, unless it is not a Redis that answers, or one that is out of step.
        if not isinstance(found, bytes) or hashlib.sha256(found).hexdigest() != sha256:
            return None
        text = str(found, "utf-8")
        await self._near.keep(sha256, text)
        return text

    async def keep(self, sha256: str, text: str) -> None:
        """Keep a document here and there."""
        await self._near.keep(sha256, text)
        try:
            await self._redis.set(f"olympus:apq:{sha256}", text.encode(), ex=REDIS_TTL_S)
        except (RedisError, OSError) as error:
            _log.warning("persisted query not kept", error=type(error).__name__)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
