"""Publish and subscribe, as every other room sees it."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import AsyncIterator, Callable
from typing import Final, Protocol

MAX_PENDING_MESSAGES: Final = 1000
"""Per subscription, unless told otherwise."""


class SubscriberTooSlowError(Exception):
    """More than ``max_pending`` messages waited to be read; the subscription is over."""


class MessagesLostError(Exception):
    """Messages may have been missed here: the broker was away.  The subscription goes on; iterate again."""


class BrokerUnavailableError(Exception):
    """The broker does not answer; nothing was published, or subscribed to."""


class Broker(Protocol):
    """Channels that bytes are published on."""

    async def publish(self, channel: str, message: bytes) -> None:
        """Hand the message to everyone subscribed now; nobody else will ever see it.

        Raises: BrokerUnavailableError.
        """
        ...

    async def subscribe(self, channel: str) -> Subscription:
        """Give what is published from now on: once this returns, no message is missed silently.

        Raises: BrokerUnavailableError.
        """
        ...

    async def close(self) -> None:
        """End every subscription."""
        ...


class _Mark(enum.Enum):
    END = enum.auto()
    GAP = enum.auto()


class Subscription:
    """The messages of one channel, in order, through a bounded queue."""

    def __init__(
        self, max_pending: int = MAX_PENDING_MESSAGES, on_close: Callable[[], None] = lambda: None
    ) -> None:
        self._max_pending = max_pending
        self._on_close = on_close
        self._messages: asyncio.Queue[bytes | _Mark] = asyncio.Queue()
        self._is_overrun = False
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether nothing more will be taken."""
        return self._is_closed

    def offer(self, message: bytes) -> None:
        """Queue a message; a full queue closes the subscription instead."""
        if self._is_closed:
            return
        if self._messages.qsize() >= self._max_pending:
            self._is_overrun = True
            self.close()
            return
        self._messages.put_nowait(message)

    def lose(self) -> None:
        """Say, at this place among the messages, that some may be missing."""
        if not self._is_closed:
            self._messages.put_nowait(_Mark.GAP)

    def close(self) -> None:
        """Take nothing more; what is queued can still be read."""
        if not self._is_closed:
            self._is_closed = True
            self._messages.put_nowait(_Mark.END)
            self._on_close()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """Give the next message.

        Raises: SubscriberTooSlowError after the last one queued, when more had come than fit;
        MessagesLostError where some may be missing, and then goes on.
        """
        message = await self._messages.get()
        if message is _Mark.GAP:
            raise MessagesLostError
        if message is _Mark.END:
            self._messages.put_nowait(message)
            if self._is_overrun:
                raise SubscriberTooSlowError
            raise StopAsyncIteration
        return message
