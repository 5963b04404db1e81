"""Where the rate limits' buckets are: in this process, or in Redis for all routers.

A bucket is one number, the time at which it is full again (GCRA): no counters, no windows, no clean-up.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from router.telemetry.logs import get_log

_log = get_log("guards")

MAX_BUCKETS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Bucket:
    """One caller's part of one limit."""

    key: str
    step_us: int
    """What one request takes."""
    burst_us: int
    """What requests at once may take together."""


@dataclass(frozen=True, slots=True)
class Level:
    """A bucket after a request."""

    remaining: int
    """Requests that would pass now."""
    full_in_us: int
    wait_us: int
    """Until a request like this one passes; 0: it did, as far as this bucket goes."""


class BucketsUnavailableError(Exception):
    """Nobody can tell whether a request is within its limits."""


class Buckets(Protocol):
    """Takes requests out of buckets."""

    async def take(self, buckets: Sequence[Bucket], weight: int) -> tuple[bool, list[Level]]:
        """Tell whether a request passes all of these, and charge them if so; none otherwise.

        Raises: BucketsUnavailableError.
        """

    async def close(self) -> None:
        """Close what is open."""


class MemoryBuckets:
    """In this process; the bucket not asked for longest leaves first."""

    def __init__(
        self, clock_ns: Callable[[], int] = time.monotonic_ns, max_buckets: int = MAX_BUCKETS
    ) -> None:
        self._clock_ns = clock_ns
        self._max_buckets = max_buckets
        self._full_at_us: OrderedDict[str, int] = OrderedDict()

    async def take(self, buckets: Sequence[Bucket], weight: int) -> tuple[bool, list[Level]]:
        """Tell whether a request passes, and charge it if so.  Cost: a microsecond per bucket."""
        now = self._clock_ns() // 1000
        before = [max(self._full_at_us.get(bucket.key, now), now) for bucket in buckets]
        after = [at + bucket.step_us * weight for at, bucket in zip(before, buckets, strict=True)]
        waits = [max(at - bucket.burst_us - now, 0) for at, bucket in zip(after, buckets, strict=True)]
        passes = not any(waits)
        levels = after if passes else before
        if passes:
            for bucket, at in zip(buckets, after, strict=True):
                self._full_at_us[bucket.key] = at
                self._full_at_us.move_to_end(bucket.key)
            while len(self._full_at_us) > self._max_buckets:
                self._full_at_us.popitem(last=False)
        return passes, [
            Level(max((now + bucket.burst_us - at) // bucket.step_us, 0), at - now, wait)
            for bucket, at, wait in zip(buckets, levels, waits, strict=True)
        ]

    def continue_with(self, older: MemoryBuckets) -> None:
        """Share the older one's buckets: what was taken from them stays taken, by both."""
        self._full_at_us = older._full_at_us

    async def close(self) -> None:
        """Nothing is open."""
