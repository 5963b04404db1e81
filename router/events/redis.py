"""The broker over Redis pub/sub: channels shared by every process that knows the URL.

One connection listens for all channels of this process; one task hands its messages out.  A broken connection
is made again and subscribed again by redis-py; what was published meanwhile is lost, as with any pub/sub, and
every subscription says so at that place.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff, NoBackoff
from redis.exceptions import RedisError

from router.events.broker import MAX_PENDING_MESSAGES, BrokerUnavailableError, Subscription
from router.telemetry.logs import get_log

_log = get_log("events")

RETRY_S: Final = 0.5
"""Between attempts to reach a server that went away."""

CONFIRMED_WITHIN_S: Final = 5.0
"""A subscription that the server has not confirmed by then is refused."""


@dataclass(slots=True)
class _Channel:
    subscriptions: list[Subscription] = field(default_factory=list)
    confirmed: asyncio.Event = field(default_factory=asyncio.Event)


class RedisBroker:
    """Channels of a Redis server."""

    def __init__(
        self, url: str, max_pending: int = MAX_PENDING_MESSAGES, *, tells_at_once: bool = False
    ) -> None:
        """``tells_at_once``: subscriptions hear of a loss when the server goes, and again when it is back."""
        self._max_pending = max_pending
        self._tells_at_once = tells_at_once
        # Listening has no deadline.  A publisher is not kept waiting for a server that is away.
        self._listening = redis.asyncio.Redis.from_url(
            url, socket_timeout=None, socket_connect_timeout=2.0, retry=Retry(ConstantBackoff(RETRY_S), 0)
        )
        self._publishing = redis.asyncio.Redis.from_url(
            url, socket_timeout=2.0, socket_connect_timeout=2.0, retry=Retry(NoBackoff(), 1)
        )
        self._pubsub = self._listening.pubsub(ignore_subscribe_messages=False)
        self._channels: dict[bytes, _Channel] = {}
        self._changing = asyncio.Lock()
        self._listener: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def publish(self, channel: str, message: bytes) -> None:
        """Hand the message to everyone subscribed now, in whatever process."""
        try:
            await self._publishing.publish(channel, message)
        except (RedisError, OSError) as error:
            raise BrokerUnavailableError(f"Redis did not take the message: {type(error).__name__}") from error

    async def subscribe(self, channel: str) -> Subscription:
        """Give what is published from now on; returns when Redis has confirmed."""
        name = channel.encode()
        subscription = Subscription(self._max_pending, partial(self._leave_soon, name))
        try:
            async with asyncio.timeout(CONFIRMED_WITHIN_S):
                async with self._changing:
                    await self._join(name, subscription)
                await self._channels[name].confirmed.wait()
        except (RedisError, OSError, TimeoutError) as error:
            subscription.close()
            reason = f"Redis did not confirm the subscription: {type(error).__name__}"
            raise BrokerUnavailableError(reason) from error
        except asyncio.CancelledError:
            subscription.close()
            raise
        return subscription

    async def close(self) -> None:
        """End every subscription and both connections."""
        self._is_closed = True
        for task in (self._listener, *self._leaving):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        for channel in self._channels.values():
            for subscription in tuple(channel.subscriptions):
                subscription.close()
        self._channels.clear()
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        await self._listening.aclose()
        await self._publishing.aclose()

    async def _join(self, name: bytes, subscription: Subscription) -> None:
        channel = self._channels.get(name)
        if channel is not None:
            channel.subscriptions.append(subscription)
            return
        self._channels[name] = _Channel([subscription])
        try:
            await self._pubsub.subscribe(name)
        except BaseException:
            del self._channels[name]
            raise
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen())

    def _leave_soon(self, name: bytes) -> None:
        """Forget closed subscriptions; the last one of a channel takes it from the connection."""
        channel = self._channels.get(name)
        if channel is None:
            return
        channel.subscriptions = [one for one in channel.subscriptions if not one.is_closed]
        if not channel.subscriptions and not self._is_closed:
            task = asyncio.get_running_loop().create_task(self._leave(name))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _leave(self, name: bytes) -> None:
        async with self._changing:
            channel = self._channels.get(name)
            if channel is None or channel.subscriptions:
                return
            del self._channels[name]
            # A server that is away has nothing to be left; redis-py forgets the channel first.
            with contextlib.suppress(RedisError, OSError):
                await self._pubsub.unsubscribe(name)

    async def _listen(self) -> None:
        is_lost = False
        while True:
            try:
                message = await self._pubsub.get_message(timeout=None)
            except Exception as error:  # redis-py fails in many ways at what is no message
                if not is_lost:
                    _log.warning("redis connection lost, trying again", error=type(error).__name__)
                    self._tell_of_loss()
                is_lost = True
                # In step again: a new connection confirms every channel anew.
                with contextlib.suppress(RedisError, OSError):
                    if self._pubsub.connection is not None:
                        await self._pubsub.connection.disconnect()
                await asyncio.sleep(RETRY_S)
                continue
            if message is not None:
                if is_lost:
                    _log.warning("redis is back; messages published meanwhile are lost")
                    is_lost = False
                self._hand_out(message["type"], message["channel"], message["data"])

    def _tell_of_loss(self) -> None:
        if self._tells_at_once:
            for channel in list(self._channels.values()):
                for subscription in tuple(channel.subscriptions):
                    subscription.lose()

    def _hand_out(self, type_: str, name: bytes, data: bytes) -> None:
        channel = self._channels.get(name)
        if channel is None:
            return
        if type_ == "message":
            for subscription in tuple(channel.subscriptions):
                subscription.offer(data)
        elif type_ == "subscribe":
            if channel.confirmed.is_set():  # a second time: on a connection made anew
                for subscription in channel.subscriptions:
                    subscription.lose()
            channel.confirmed.set()
