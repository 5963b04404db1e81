"""What was planned once is kept: a bounded cache whose misses are made once, off the event loop."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Final, Generic, TypeAlias, TypeVar

T = TypeVar("T")

CAPACITY: Final = 1000
MAX_BYTES: Final = 32_000_000

OperationKey: TypeAlias = (
    tuple[str, str | None, frozenset[str]] | tuple[str, str | None, frozenset[str], frozenset[str]]
)
"""Operation text, operation name, and the progressive override labels that are on; for callers who are not granted all
that the operation needs, what they are granted of it."""


class _Preparing(Generic[T]):
    """One operation under way, and how many wait for it."""

    __slots__ = ("future", "job", "waiting")

    def __init__(self, job: Future[T]) -> None:
        self.job = job
        self.future = asyncio.wrap_future(job)
        self.waiting = 0


class OperationCache(Generic[T]):
    """Prepared operations by key, whose parts ``prepare`` is given; the one not asked for longest leaves first.

    Invariants: however many wait for a key, ``prepare`` runs once for them; a failure is told to all of
    them and not kept; who stops waiting stops no other, and what nobody waits for is not begun.  There are
    never more than ``capacity``, nor more than ``max_bytes`` as ``weigh`` estimates them, but for the one asked
    for last, however large.
    """

    def __init__(
        self,
        prepare: Callable[..., T],
        executor: Executor,
        capacity: int = CAPACITY,
        weigh: Callable[[T], int] = lambda _: 0,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._prepare = prepare
        self._executor = executor
        self._capacity = capacity
        self._weigh = weigh
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[OperationKey, T] = OrderedDict()
        self._under_way: dict[OperationKey, _Preparing[T]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes(self) -> int:
        """How much all that is kept is estimated to take."""
        return self._bytes

    def get(self, key: OperationKey) -> T | None:
        """Give what is kept, at once."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    async def prepared(self, key: OperationKey) -> T:
        """Give what is kept, or make it; raises what ``prepare`` raises."""
        found = self.get(key)
        if found is not None:
            return found
        preparing = self._under_way.get(key)
        if preparing is None:
            preparing = _Preparing(self._executor.submit(self._prepare, *key))
            self._under_way[key] = preparing
            preparing.future.add_done_callback(lambda done: self._keep(key, done))
        preparing.waiting += 1
        try:
            return await asyncio.shield(preparing.future)
        finally:
            preparing.waiting -= 1
            if not preparing.waiting and preparing.job.cancel():
                self._under_way.pop(key, None)  # a newcomer begins anew

    def hottest(self, count: int) -> list[OperationKey]:
        """Give the keys asked for last, the latest first."""
        return [key for key, _ in zip(reversed(self._kept), range(count), strict=False)]

    def _keep(self, key: OperationKey, done: asyncio.Future[T]) -> None:
        if done.cancelled():
            return
        self._under_way.pop(key, None)
        # Asking for the exception marks it as seen: everyone who waited may have gone.
        if done.exception() is not None:
            return
        self._kept[key] = done.result()
        self._bytes += self._size(key, done.result())
        while len(self._kept) > self._capacity or (self._bytes > self._max_bytes and len(self._kept) > 1):
            self._bytes -= self._size(*self._kept.popitem(last=False))

    def _size(self, key: OperationKey, value: T) -> int:
        return len(key[0]) + self._weigh(value)
