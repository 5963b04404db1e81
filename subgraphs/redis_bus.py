"""The event bus through Redis, so that subgraphs in other processes hear each other.

One connection listens for the whole process, whatever the number of subscribers: `_listen` owns it,
subscribes it anew to every wanted channel whenever it had to be opened again, and hands what
arrives to an `InProcessBus`.  Events published while it is cut off are lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any, Final

import orjson
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from subgraphs.events import Event, InProcessBus

SUBSCRIBE_TIMEOUT_S: Final = 5.0
FIRST_PAUSE_S: Final = 0.05
LONGEST_PAUSE_S: Final = 1.0

_log = logging.getLogger(__name__)


class RedisBus:
    """An `EventBus` over Redis publish/subscribe, inside one event loop."""

    def __init__(self, url: str) -> None:
        # Without retries of its own: `_listen` is the one place that connects again.
        self._redis: Redis = Redis.from_url(
            url,
            socket_timeout=2,
            socket_connect_timeout=2,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
        )
        self._local = InProcessBus()
        self._wanted: Counter[str] = Counter()
        self._confirmed: dict[str, asyncio.Event] = {}
        self._pubsub: PubSub | None = None
        self._listener: asyncio.Task[None] | None = None

    async def publish(self, channel: str, event: Event) -> None:
        """Publish; an event that Redis does not take is lost, and logged."""
        message = orjson.dumps(event)
        for is_last in (False, True):
            try:
                await self._redis.publish(channel, message)
            except (RedisError, OSError) as error:
                # The pool may hold connections that Redis closed while they were idle.
                if is_last:
                    _log.warning("event lost on %s: %s", channel, error)
            else:
                return

    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncIterator[AsyncIterator[Event]]:
        """The events published from now on.

        Raises: TimeoutError when Redis has not confirmed within `SUBSCRIBE_TIMEOUT_S`.
        """
        async with self._local.subscribe(channel) as events:
            self._wanted[channel] += 1
            try:
                async with asyncio.timeout(SUBSCRIBE_TIMEOUT_S):
                    await self._want(channel)
                yield events
            finally:
                await self._unwant(channel)

    async def close(self) -> None:
        """Stop listening and close every connection."""
        await self._stop_listening()
        await self._redis.aclose()

    async def _want(self, channel: str) -> None:
        confirmed = self._confirmed.setdefault(channel, asyncio.Event())
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen(), name="redis-bus")
        elif self._wanted[channel] == 1 and self._pubsub is not None:
            with suppress(RedisError, OSError):  # then `_listen` opens again, and subscribes to it too
                await self._pubsub.subscribe(channel)
        await confirmed.wait()

    async def _unwant(self, channel: str) -> None:
        self._wanted[channel] -= 1
        if self._wanted[channel]:
            return
        del self._wanted[channel]
        del self._confirmed[channel]
        if not self._wanted:
            await self._stop_listening()
        elif self._pubsub is not None:
            with suppress(RedisError, OSError):
                await self._pubsub.unsubscribe(channel)

    async def _stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.cancel()
            await asyncio.wait([listener])

    async def _listen(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                async with aclosing(self._redis.pubsub()) as pubsub:
                    async for message in self._messages(pubsub):
                        pause_s = FIRST_PAUSE_S
                        self._take(message)
            except (RedisError, OSError) as error:
                _log.warning("cut off from Redis, connecting again: %s", error)
            finally:
                self._pubsub = None
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _messages(self, pubsub: PubSub) -> AsyncIterator[dict[str, Any]]:
        channels = set(self._wanted)
        await pubsub.subscribe(*sorted(channels))
        self._pubsub = pubsub
        if late := sorted(set(self._wanted) - channels):
            await pubsub.subscribe(*late)
        while True:
            message = await pubsub.get_message(timeout=None)
            if message is not None:
                yield message

    def _take(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode()
        if message["type"] == "message":
            self._local.deliver(channel, message["data"])
        elif message["type"] == "subscribe" and channel in self._confirmed:
            self._confirmed[channel].set()
