"""One client of a live subscription, and the results it has yet to take."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from enum import Enum

from router.errors import ClientError, RouterError


class Overflow(Enum):
    """What happens to a result when a client has not taken those before it and its queue is full."""

    END = "end"
    """The subscription ends with SUBSCRIPTION_OVERFLOW: nothing is missed without a word."""
    DROP_OLDEST = "drop_oldest"
    DROP_NEWEST = "drop_newest"
    COALESCE = "coalesce"
    """All that waits gives way to the latest: for values that replace each other."""


class SubscriptionOverflowError(ClientError):
    """The client took results more slowly than they came, and its queue is full.

    What to do: read faster, subscribe to less, or raise ``subscription.queue_capacity``.
    """

    code = "SUBSCRIPTION_OVERFLOW"
    status = 200


class Subscriber:
    """A bounded queue of results, written synchronously and read by one task.

    Invariant: results are taken in the order in which they were offered, and all before the end is seen.
    """

    __slots__ = (
        "_capacity",
        "_error",
        "_is_ended",
        "_on_drop",
        "_overflow",
        "_results",
        "_waiter",
        "misses_some",
    )

    def __init__(self, capacity: int, overflow: Overflow, on_drop: Callable[[], None]) -> None:
        self._results: deque[bytes] | None = None
        """None where there are none: most clients wait most of the time, and an empty one takes 0.7 kB."""
        self._capacity = capacity
        self._overflow = overflow
        self._on_drop = on_drop
        self._waiter: asyncio.Future[None] | None = None
        self._is_ended = False
        self._error: RouterError | None = None
        self.misses_some = False
        """Whether events before the next result may have been missed; the result says so."""

    @property
    def is_ended(self) -> bool:
        """Whether nothing more will come."""
        return self._is_ended

    def offer(self, result: bytes) -> None:
        """Queue a result, or do what is declared when the queue is full."""
        if self._is_ended:
            return
        if self._results is None:
            self._results = deque()
        if len(self._results) >= self._capacity and not self._makes_room(self._results):
            return
        self._results.append(result)
        self._wake()

    def end(self, error: RouterError | None = None) -> None:
        """Let nothing more come: normally, or with an error.  Only the first end counts."""
        if not self._is_ended:
            self._is_ended, self._error = True, error
            self._wake()

    async def results(self, leave: Callable[[], None]) -> AsyncGenerator[bytes]:
        """Give the results until the end; ``leave`` is called when they are no longer wanted.

        Raises: the RouterError of an end that is not normal.
        """
        try:
            while True:
                while not self._results:
                    if self._is_ended:
                        if self._error is not None:
                            raise self._error.with_traceback(None)  # others may raise the same object
                        return
                    self._waiter = asyncio.get_running_loop().create_future()
                    await self._waiter
                result = self._results.popleft()
                if not self._results:
                    self._results = None
                yield result
        finally:
            leave()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _makes_room(self, results: deque[bytes]) -> bool:
        self._on_drop()
        if self._overflow is Overflow.END:
            results.clear()
            self.end(SubscriptionOverflowError("Results came faster than they were taken; some are lost."))
            return False
        if self._overflow is Overflow.DROP_NEWEST:
            return False
        if self._overflow is Overflow.COALESCE:
            results.clear()
        else:
            results.popleft()
        return True
