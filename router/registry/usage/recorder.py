"""What one router sees in one interval, in bounded memory."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from router.language.used_operation import UsedOperation
from router.registry.usage.model import (
    BOUNDS_MS,
    BUCKETS,
    MAX_CLIENT,
    MAX_ENTRIES,
    Client,
    UsageCount,
    UsageReport,
)

MAX_COUNTS: Final = 10_000
"""Pairs of operation and client in one interval; further ones are counted as dropped."""
MAX_KNOWN: Final = 20_000
"""Operations of which the router remembers that the registry has them."""


class _Tally:
    __slots__ = ("buckets", "errors", "latency_us", "requests")

    def __init__(self) -> None:
        self.requests = 0
        self.errors = 0
        self.latency_us = 0
        self.buckets = [0] * BUCKETS


class UsageRecorder:
    """Counts; for one event loop.

    Invariants: never more than ``max_counts`` pairs; ``record`` neither waits nor raises.
    """

    def __init__(self, max_counts: int = MAX_COUNTS) -> None:
        self._max_counts = min(max_counts, MAX_ENTRIES)
        self._tallies: dict[tuple[str, Client], _Tally] = {}
        self._operations: dict[str, UsedOperation] = {}
        self._taken: dict[str, UsedOperation] = {}
        self._known: OrderedDict[str, None] = OrderedDict()
        self.dropped = 0
        """Requests that were not counted, since the last `take`."""

    def record(
        self, used: UsedOperation, client: tuple[str, str], seconds: float, *, has_errors: bool
    ) -> None:
        """Count one request.  ``client``: name and version, as the client says them.  Cost: two look-ups."""
        key = (used.hash, Client(client[0][:MAX_CLIENT], client[1][:MAX_CLIENT]))
        tally = self._tally(key, used)
        if tally is None:
            self.dropped += 1
            return
        tally.requests += 1
        tally.errors += has_errors
        tally.latency_us += round(seconds * 1_000_000)
        tally.buckets[bisect_left(BOUNDS_MS, seconds * 1000)] += 1

    def take(self, at: datetime) -> UsageReport | None:
        """Give what was counted and begin anew; None where nothing was."""
        if not self._tallies:
            return None
        counts = tuple(
            UsageCount(hash_, client, one.requests, one.errors, one.latency_us, tuple(one.buckets))
            for (hash_, client), one in self._tallies.items()
        )
        operations = tuple(one for hash_, one in self._operations.items() if hash_ not in self._known)
        self._taken = dict(self._operations)
        self._tallies, self._operations, self.dropped = {}, {}, 0
        return UsageReport(at, operations, counts)

    def put_back(self, counts: Iterable[UsageCount]) -> None:
        """Count again what was not delivered, as far as there is room."""
        for count in counts:
            used = self._taken.get(count.hash)
            tally = None if used is None else self._tally((count.hash, count.client), used)
            if tally is None:
                self.dropped += count.requests
                continue
            tally.requests += count.requests
            tally.errors += count.errors
            tally.latency_us += count.latency_us
            tally.buckets = [a + b for a, b in zip(tally.buckets, count.buckets, strict=True)]

    def delivered(self, report: UsageReport, unknown: Iterable[str]) -> None:
        """Remember that the registry has these operations; ``unknown`` are those that it had lost."""
        for operation in report.operations:
            self._known[operation.hash] = None
        lost = set(unknown)
        for hash_ in lost:
            self._known.pop(hash_, None)
        while len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        self.put_back(count for count in report.counts if count.hash in lost)

    def _tally(self, key: tuple[str, Client], used: UsedOperation) -> _Tally | None:
        tally = self._tallies.get(key)
        if tally is None and len(self._tallies) < self._max_counts:
            tally = self._tallies[key] = _Tally()
            self._operations[used.hash] = used
        return tally
