"""Calls of one tick of the event loop, brought together (aiodataloader underneath).

What a call is, and how several become one request, the caller knows (`router.execution.joining`).  Here is only the
gathering: calls with one key that come before the loop's next turn are handed over together.  Callers wait on
futures of their own, so one that is cancelled harms no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeAlias, TypeVar

from aiodataloader import DataLoader, Loader, dispatch_queue

Call = TypeVar("Call")
Result = TypeVar("Result")
Send: TypeAlias = Callable[[list[Any]], Awaitable[list[Any]]]


class _Batch(DataLoader[Any, Any]):
    """The calls of one tick that go together; without aiodataloader's two extra turns of the loop."""

    def __init__(self, send: Send, close: Callable[[], object]) -> None:
        super().__init__(cache=False, loop=asyncio.get_running_loop())
        self._send = send
        self._close = close
        self.waiting = 0
        self.task: asyncio.Task[Any] | None = None

    def do_resolve_reject(self, key: Any, future: asyncio.Future[Any]) -> None:
        """Sends what came until the loop's next turn; nothing joins from then on."""
        self._queue.append(Loader(key=key, future=future))
        if len(self._queue) == 1:
            self.loop.call_soon(self._depart)

    def _depart(self) -> None:
        self._close()
        dispatch_queue(self)

    async def batch_load_fn(self, calls: list[Any]) -> list[Any]:
        """Gives each call its result.  A method, not an attribute: a batch is no cycle, and gone when it is done."""
        self.task = asyncio.current_task()
        return await self._send(calls) if self.waiting else [None for _ in calls]


class TickLoader:
    """A `router.transport.base.Loader`.  Belongs to one event loop; serves many requests.

    Cost: one future and one load per call; one task per batch.
    """

    def __init__(self) -> None:
        self._batches: dict[Hashable, _Batch] = {}
        self.calls = 0
        """That were to be brought together; only grows."""
        self.batches = 0
        """That they became."""

    async def load(
        self, key: Hashable, call: Call, send: Callable[[list[Call]], Awaitable[list[Result]]]
    ) -> Result:
        """Give the call's own result.

        ``send`` of the first call takes all calls of the tick with this key, and gives one result for each, in
        order.  It is stopped when all who wait for it were cancelled, and not begun when they all were before.
        Raises: what ``send`` raises.
        """
        self.calls += 1
        batch = self._batches.get(key)
        if batch is None:
            self.batches += 1
            batch = self._batches[key] = _Batch(send, lambda: self._batches.pop(key))
        batch.waiting += 1
        answer: asyncio.Future[Result] = batch.load(call)
        try:
            return await answer
        except asyncio.CancelledError:
            if answer.done() and not answer.cancelled():
                answer.exception()  # seen, so that the loop does not report it as lost
            batch.waiting -= 1
            if not batch.waiting and batch.task is not None:
                batch.task.cancel()
            raise
