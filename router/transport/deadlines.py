"""Many deadlines, one timer.

A loop timer per request costs 1.6 us to set and cancel; a set entry costs 0.3
(tests/benchmarks/bench_transport.py).  So deadlines are kept in slots of 10 ms, and the loop wakes
for slots, not for requests.
"""

from __future__ import annotations

import asyncio
import heapq
from typing import Final, Protocol

_SLOTS_PER_S: Final = 100


class Expiring(Protocol):
    """What a deadline is for."""

    def expire(self) -> None:
        """Time is up."""
        ...


class Deadlines:
    """Calls `Expiring.expire` when time is up, never early and at most a slot late.

    Cost: `add` and leaving are O(1); one timer per 10 ms while anything is under way.
    """

    __slots__ = ("_loop", "_order", "_slots", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._slots: dict[int, set[Expiring]] = {}
        self._order: list[int] = []  # heap of the keys of _slots
        self._timer: asyncio.TimerHandle | None = None

    def add(self, member: Expiring, timeout_s: float) -> set[Expiring]:
        """The slot that now holds ``member``; discarding it there cancels the deadline."""
        slot = int((self._loop.time() + timeout_s) * _SLOTS_PER_S) + 1
        members = self._slots.get(slot)
        if members is None:
            members = self._slots[slot] = set()
            heapq.heappush(self._order, slot)
            if self._order[0] == slot:
                self._arm()
        members.add(member)
        return members

    def close(self) -> None:
        """No deadline strikes any more."""
        self._slots.clear()
        self._order.clear()
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._order:
            self._timer = self._loop.call_at(self._order[0] / _SLOTS_PER_S, self._strike)

    def _strike(self) -> None:
        self._timer = None
        now = self._loop.time() * _SLOTS_PER_S
        order = self._order
        struck: list[Expiring] = []
        while order and (order[0] <= now or not self._slots[order[0]]):
            struck.extend(self._slots.pop(heapq.heappop(order)))
        self._arm()
        for member in struck:
            member.expire()
