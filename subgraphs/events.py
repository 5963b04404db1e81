"""A bus for domain events: publish and subscribe by channel, in process or through Redis.

Delivery is at most once: who is not subscribed, or is too slow, or is cut off from Redis, misses
events.  Publishing happens after the commit, so an event never speaks of rows that are not there.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from typing import Any, Final, Protocol

import orjson

Event = dict[str, Any]

QUEUE_SIZE: Final = 256
"""Events kept for one slow subscriber; then its oldest is dropped."""


class EventBus(Protocol):
    """Publish and subscribe by channel name; events are JSON objects."""

    async def publish(self, channel: str, event: Event) -> None:
        """Give the event to everybody subscribed now.  Never raises because the bus is away."""

    def subscribe(self, channel: str) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """The events published from now on: the subscription stands before the context is entered."""

    async def close(self) -> None:
        """Let go of connections; the bus may be used again."""


class InProcessBus:
    """A bus inside one process and one event loop."""

    def __init__(self) -> None:
        self._queues: defaultdict[str, set[asyncio.Queue[bytes]]] = defaultdict(set)

    async def publish(self, channel: str, event: Event) -> None:
        """Queue the event for each subscriber."""
        self.deliver(channel, orjson.dumps(event))

    def deliver(self, channel: str, message: bytes) -> None:
        """`publish` for an event that is JSON text already."""
        for queue in self._queues.get(channel, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(message)

    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncIterator[AsyncIterator[Event]]:
        """Events as copies: what one subscriber does to them no other sees."""
        queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE_SIZE)
        self._queues[channel].add(queue)
        try:
            yield _events(queue)
        finally:
            self._queues[channel].discard(queue)
            if not self._queues[channel]:
                del self._queues[channel]

    async def close(self) -> None:
        """Nothing to let go of."""


async def _events(queue: asyncio.Queue[bytes]) -> AsyncIterator[Event]:
    while True:
        yield orjson.loads(await queue.get())


@cache
def bus_from_env() -> EventBus:
    """The one bus of this process: Redis at ``OLYMPUS_REDIS_URL`` or ``REDIS_URL``, else in process."""
    url = os.environ.get("OLYMPUS_REDIS_URL") or os.environ.get("REDIS_URL")
    if not url:
        return InProcessBus()
    from subgraphs.redis_bus import RedisBus  # noqa: PLC0415 - redis is slow to import, and optional here

    return RedisBus(url)
