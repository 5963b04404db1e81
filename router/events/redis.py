"""The broker over Redis pub/sub: channels shared by every process that knows the URL.

One connection listens for all channels of this process; one task hands its messages out.  A broken connection
is made again and subscribed again by redis-py; messages of the gap are lost, as with any pub/sub.
"""

from __future__ import annotations

import asyncio
import contextlib

import redis.asyncio
from redis.exceptions import RedisError

from router.events.broker import MAX_PENDING_MESSAGES, Subscription
from router.telemetry.logs import get_log

_log = get_log("events")

RETRY_S = 1.0


class RedisBroker:
    """Channels of a Redis server."""

    def __init__(self, url: str, max_pending: int = MAX_PENDING_MESSAGES) -> None:
        self._max_pending = max_pending
        # Listening has no deadline; publishing waits at most 5 s (redis-py's own limit applies per socket).
        self._listening = redis.asyncio.Redis.from_url(url, socket_timeout=None)
        self._publishing = redis.asyncio.Redis.from_url(url, socket_timeout=5.0)
        self._channels = self._listening.pubsub(ignore_subscribe_messages=False)
        self._subscriptions: dict[bytes, list[Subscription]] = {}
        self._confirmed: dict[bytes, asyncio.Event] = {}
        self._listener: asyncio.Task[None] | None = None

    async def publish(self, channel: str, message: bytes) -> None:
        """Hand the message to everyone subscribed now, in whatever process."""
        await self._publishing.publish(channel, message)

    async def subscribe(self, channel: str) -> Subscription:
        """Give what is published from now on; returns when Redis has confirmed."""
        name = channel.encode()
        subscription = Subscription(self._max_pending)
        self._subscriptions.setdefault(name, []).append(subscription)
        if name not in self._confirmed:
            self._confirmed[name] = asyncio.Event()
            await self._channels.subscribe(channel)
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen())
        await self._confirmed[name].wait()
        return subscription

    async def close(self) -> None:
        """End every subscription and both connections."""
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.close()
        self._subscriptions.clear()
        await self._channels.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        await self._listening.aclose()
        await self._publishing.aclose()

    async def _listen(self) -> None:
        while True:
            try:
                message = await self._channels.get_message(timeout=None)
            except (RedisError, OSError) as error:
                _log.warning("redis connection lost, trying again", error=type(error).__name__)
                await asyncio.sleep(RETRY_S)
                continue
            if message is not None:
                await self._hand_out(message["type"], message["channel"], message["data"])

    async def _hand_out(self, type_: str, channel: bytes, data: bytes) -> None:
        if type_ == "subscribe":
            self._confirmed[channel].set()
        if type_ != "message":
            return
        live = [one for one in self._subscriptions.get(channel, ()) if not one.is_closed]
        for subscription in live:
            subscription.offer(data)
        self._subscriptions[channel] = live
        if not live:
            del self._subscriptions[channel], self._confirmed[channel]
            await self._channels.unsubscribe(channel)
