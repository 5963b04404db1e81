"""Whole-request sharing: identical queries of clients, under way at the same time, are executed once.

Off unless configured.  The subgraphs' answers may differ between callers only by what is sent to them, so what is
sent is part of the identity: the operation, its variables, the forwarded headers and the token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class _Flight(Generic[T]):
    """One execution and how many wait for it."""

    __slots__ = ("joinable_until_s", "task", "waiting")

    def __init__(self, task: asyncio.Task[T], joinable_until_s: float) -> None:
        self.task = task
        self.joinable_until_s = joinable_until_s
        self.waiting = 0


class SharedExecutions(Generic[T]):
    """The executions under way, by identity.

    Invariants: an execution runs in a task of its own, so that a waiter who leaves harms no other; it is
    cancelled when the last has left; what it gave is not kept.
    Cost: of an execution nobody shares, one task; of every waiter, one future.
    """

    def __init__(self, timeout_s: float) -> None:
        self._joinable_s = timeout_s / 2
        """A newcomer joins while at least half of an execution's time is left."""
        self._flights: dict[Hashable, _Flight[T]] = {}

    def __len__(self) -> int:
        return len(self._flights)

    async def run(self, identity: Hashable, execute: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Give what the execution under way for ``identity`` gives, or what a new one gives.

        Invariant: ``execute`` raises nothing but cancellation; a failure is a value, as many will read it.
        """
        loop = asyncio.get_running_loop()
        flight = self._flights.get(identity)
        if flight is None or flight.task.done() or loop.time() >= flight.joinable_until_s:
            flight = _Flight(loop.create_task(execute()), loop.time() + self._joinable_s)
            self._flights[identity] = flight
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting:
                self._land(identity, flight)

    def _land(self, identity: Hashable, flight: _Flight[T]) -> None:
        flight.task.cancel()  # does nothing to one that is done
        if self._flights.get(identity) is flight:
            del self._flights[identity]
