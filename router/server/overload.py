"""Overload: so many requests at a time, so many waiting, and 503 for the rest.  Off unless configured."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from router.errors import ClientError

T = TypeVar("T")

SHEDS_S: Final = 5.0
"""How long after its last refusal a router still calls itself not ready, so that readiness does not flutter."""


class OverloadedError(ClientError):
    """The router has as many requests under way, and as many waiting, as it may.

    What to do: send the request again a little later.
    """

    code = "OVERLOADED"
    status = 503
    headers = ((b"retry-after", b"1"),)


@dataclass(frozen=True, slots=True)
class OverloadOptions:
    """Of each worker process."""

    max_requests: int
    """Answered at the same time."""
    max_queued: int
    queue_timeout_s: float
    """How long one may wait for its turn."""


class ConcurrencyLimit:
    """Lets requests in, in order of arrival.

    Invariant: nobody waits while there is room; who stops waiting takes nobody's turn.
    """

    def __init__(self, options: OverloadOptions, now_s: Callable[[], float]) -> None:
        self._options = options
        self._now_s = now_s
        self._under_way = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._sheds_until_s = 0.0
        self.refused = 0
        """Requests refused so far; only grows."""

    @property
    def counts(self) -> tuple[int, int]:
        """Requests under way, and waiting."""
        return self._under_way, len(self._queue)

    @property
    def is_shedding(self) -> bool:
        """Whether the queue is full or somebody was refused lately."""
        is_full = self._under_way >= self._options.max_requests and (
            len(self._queue) >= self._options.max_queued
        )
        return is_full or self._now_s() < self._sheds_until_s

    async def enter(self) -> float:
        """Wait for a turn, and give how many seconds that took; `leave` must follow.

        Raises: OverloadedError, at once when the queue is full.
        """
        if self._under_way < self._options.max_requests:
            self._under_way += 1
            return 0.0
        if len(self._queue) >= self._options.max_queued:
            raise self._refusal()
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        turn: asyncio.Future[None] = loop.create_future()
        self._queue.append(turn)
        timer = loop.call_later(self._options.queue_timeout_s, _give_up, turn)
        try:
            await turn
        except TimeoutError:
            self._forget(turn)
            raise self._refusal() from None
        except asyncio.CancelledError:
            self._forget(turn)
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                # It was its turn in the moment it left.
                self.leave()
            raise
        finally:
            timer.cancel()
        return loop.time() - began_s

    async def run(self, work: Callable[[float], Awaitable[T]]) -> T:
        """Do something in its turn; it is told how many seconds it waited.

        Raises: OverloadedError; what the work raises.
        """
        waited_s = await self.enter()
        try:
            return await work(waited_s)
        finally:
            self.leave()

    def leave(self) -> None:
        """Give the place to whoever waits longest."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._under_way -= 1

    def _forget(self, turn: asyncio.Future[None]) -> None:
        if turn in self._queue:
            self._queue.remove(turn)

    def _refusal(self) -> OverloadedError:
        self.refused += 1
        self._sheds_until_s = self._now_s() + SHEDS_S
        return OverloadedError("The router has more requests than it can take; send this one again later.")


def _give_up(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_exception(TimeoutError())
