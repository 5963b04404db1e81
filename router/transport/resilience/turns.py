"""A limit on what is under way at a subgraph, with a bounded queue before it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from router.errors import SubgraphOverloadedError
from router.transport.resilience.options import ConcurrencyOptions


class Turns:
    """Lets requests to one subgraph in, in order of arrival.

    Invariant: nobody waits while there is room; who stops waiting takes nobody's turn.
    """

    def __init__(self, options: ConcurrencyOptions) -> None:
        self._options = options
        self._queue: OrderedDict[asyncio.Future[None], None] = OrderedDict()
        self.under_way = 0
        self.refused = 0
        """Requests that got no turn; only grows."""

    @property
    def queued(self) -> int:
        """Requests that wait now."""
        return len(self._queue)

    def try_enter(self) -> bool:
        """Take a turn if there is one free now; `leave` must follow."""
        if self.under_way >= self._options.max_requests:
            return False
        self.under_way += 1
        return True

    async def enter(self, subgraph: str, within_s: float) -> None:
        """Wait for a turn; `leave` must follow.

        Raises: SubgraphOverloadedError, at once when the queue is full.
        """
        if self.try_enter():
            return
        options = self._options
        if len(self._queue) >= options.max_queued:
            raise self._refusal(subgraph, f"and {options.max_queued} waiting")
        wait_s = min(within_s, options.queue_timeout_s)
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._queue[turn] = None
        timer = loop.call_later(wait_s, _give_up, turn)
        try:
            await turn
        except TimeoutError:
            self._queue.pop(turn, None)
            raise self._refusal(subgraph, f"and none ended within {wait_s:g} s") from None
        except asyncio.CancelledError:
            self._queue.pop(turn, None)
            if not turn.cancelled():  # it was its turn in the moment it left
                self.leave()
            raise
        finally:
            timer.cancel()

    def leave(self) -> None:
        """Give the place to whoever waits longest."""
        while self._queue:
            turn = self._queue.popitem(last=False)[0]
            if not turn.done():
                turn.set_result(None)
                return
        self.under_way -= 1

    def _refusal(self, subgraph: str, why: str) -> SubgraphOverloadedError:
        self.refused += 1
        return SubgraphOverloadedError(
            subgraph, f"{self._options.max_requests} requests to it are under way, {why}"
        )


def _give_up(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_exception(TimeoutError())
