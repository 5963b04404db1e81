"""What was planned once is kept: a bounded cache whose misses are made once, off the event loop."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Final, Generic, TypeAlias, TypeVar

from router.engine.planning_record import PlanningRecord, PlanningStatistics

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


class _Kept(Generic[T]):
    """One prepared operation, and how often it was asked for."""

    __slots__ = ("uses", "value")

    def __init__(self, value: T) -> None:
        self.value = value
        self.uses = 0


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
        record: PlanningRecord | None = None,
    ) -> None:
        self.record = record or PlanningRecord()
        self._prepare = prepare
        self._executor = executor
        self._capacity = capacity
        self._weigh = weigh
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[OperationKey, _Kept[T]] = OrderedDict()
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
        if found is None:
            return None
        self._kept.move_to_end(key)
        found.uses += 1
        self.record.hits += 1
        return found.value

    async def prepared(self, key: OperationKey) -> T:
        """Give what is kept, or make it; raises what ``prepare`` raises."""
        found = self.get(key)
        if found is not None:
            return found
        if key in self._under_way:
            self.record.joins += 1
        else:
            self.record.misses += 1
        return await self._wait_for(key)

    async def warm(self, key: OperationKey) -> None:
        """Make what is not kept yet, before anybody asks; raises what ``prepare`` raises."""
        if key not in self._kept:
            await self._wait_for(key)
            self.record.warmed += 1

    async def _wait_for(self, key: OperationKey) -> T:
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
        """Give the keys asked for most often, the most frequent first; between equals, the latest."""
        latest_first = reversed(self._kept.items())
        return [key for key, kept in sorted(latest_first, key=lambda item: -item[1].uses)[:count]]

    def statistics(self) -> PlanningStatistics:
        """Give what is kept now, and the counters."""
        record = self.record
        return PlanningStatistics(
            size=len(self._kept),
            bytes=self._bytes,
            capacity=self._capacity,
            under_way=len(self._under_way),
            hits=record.hits,
            misses=record.misses,
            joins=record.joins,
            failures=record.failures,
            evictions=record.evictions,
            warmed=record.warmed,
            cut_short=record.cut_short,
        )

    def _keep(self, key: OperationKey, done: asyncio.Future[T]) -> None:
        if done.cancelled():
            return
        self._under_way.pop(key, None)
        # Asking for the exception marks it as seen: everyone who waited may have gone.
        if done.exception() is not None:
            self.record.failures += 1
            return
        self._kept[key] = _Kept(done.result())
        self._bytes += self._size(key, done.result())
        while len(self._kept) > self._capacity or (self._bytes > self._max_bytes and len(self._kept) > 1):
            oldest, kept = self._kept.popitem(last=False)
            self._bytes -= self._size(oldest, kept.value)
            self.record.evictions += 1

    def _size(self, key: OperationKey, value: T) -> int:
        return len(key[0]) + self._weigh(value)
