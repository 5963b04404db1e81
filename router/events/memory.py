"""The broker of a single process: the default."""

from __future__ import annotations

from functools import partial

from router.events.broker import MAX_PENDING_MESSAGES, Subscription


class MemoryBroker:
    """Channels within one event loop."""

    def __init__(self, max_pending: int = MAX_PENDING_MESSAGES) -> None:
        self._max_pending = max_pending
        self._subscriptions: dict[str, list[Subscription]] = {}

    async def publish(self, channel: str, message: bytes) -> None:
        """Hand the message to everyone subscribed now."""
        for subscription in tuple(self._subscriptions.get(channel, ())):
            subscription.offer(message)

    async def subscribe(self, channel: str) -> Subscription:
        """Give what is published from now on."""
        subscription = Subscription(self._max_pending, partial(self._forget_closed, channel))
        self._subscriptions.setdefault(channel, []).append(subscription)
        return subscription

    async def close(self) -> None:
        """End every subscription."""
        for subscriptions in list(self._subscriptions.values()):
            for subscription in tuple(subscriptions):
                subscription.close()

    def _forget_closed(self, channel: str) -> None:
        live = [one for one in self._subscriptions.get(channel, ()) if not one.is_closed]
        if live:
            self._subscriptions[channel] = live
        else:
            self._subscriptions.pop(channel, None)
