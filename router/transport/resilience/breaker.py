"""The circuit breaker: a subgraph that fails too often is left alone for a while.

    CLOSED --too many failures--> OPEN --sleep_s over--> HALF_OPEN --successes--> CLOSED
                                    ^                        | failure
                                    +------------------------+

Half open lets one request through at a time.  What an earlier state let through says nothing about a later one.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from router.transport.resilience.options import BreakerOptions

BUCKETS: Final = 10
"""Parts of the window; the oldest is forgotten as a whole."""


class BreakerState(Enum):
    """Of a circuit; the values are those of metrics."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Breaker:
    """Of one subgraph.  Times are seconds of any clock that never goes back.

    Invariant: in HALF_OPEN at most one admitted request is neither recorded nor forgotten.
    """

    def __init__(self, options: BreakerOptions) -> None:
        self._options = options
        self._bucket_s = options.window_s / BUCKETS
        self._buckets: dict[int, list[int]] = {}  # by number: requests, failures
        self._opens_until_s = 0.0
        self._is_probing = False
        self._successes = 0
        self._epoch = 0
        self.state = BreakerState.CLOSED
        self.opened = 0
        """How often it has opened; only grows."""

    def admit(self, now_s: float) -> int | None:
        """Give a ticket for `record` or `forget`; None when the circuit is open."""
        if self.state is BreakerState.CLOSED:
            return self._epoch
        if self.state is BreakerState.OPEN:
            if now_s < self._opens_until_s:
                return None
            self._enter(BreakerState.HALF_OPEN)
            self._successes = 0
        if self._is_probing:
            return None
        self._is_probing = True
        return self._epoch

    def wait_s(self, now_s: float) -> float:
        """Give how long it stays open for certain."""
        return max(0.0, self._opens_until_s - now_s) if self.state is BreakerState.OPEN else 0.0

    def record(self, ticket: int, now_s: float, *, is_failure: bool) -> None:
        """Say how an admitted request ended."""
        if ticket != self._epoch:
            return
        if self.state is BreakerState.HALF_OPEN:
            self._is_probing = False
            self._successes += 1
            if is_failure:
                self._open(now_s)
            elif self._successes >= self._options.required_successes:
                self._enter(BreakerState.CLOSED)
        elif self.state is BreakerState.CLOSED:
            self._count(now_s, is_failure)

    def forget(self, ticket: int) -> None:
        """Say that an admitted request ended without telling anything: its caller left."""
        if ticket == self._epoch:
            self._is_probing = False

    def _count(self, now_s: float, is_failure: bool) -> None:
        number = int(now_s / self._bucket_s)
        bucket = self._buckets.get(number)
        if bucket is None:
            for old in [one for one in self._buckets if one <= number - BUCKETS]:
                del self._buckets[old]
            bucket = self._buckets[number] = [0, 0]
        bucket[0] += 1
        if not is_failure:
            return
        bucket[1] += 1
        requests = sum(counts[0] for counts in self._buckets.values())
        failures = sum(counts[1] for counts in self._buckets.values())
        if requests >= self._options.min_requests and failures >= requests * self._options.error_ratio:
            self._open(now_s)

    def _open(self, now_s: float) -> None:
        self.opened += 1
        self._opens_until_s = now_s + self._options.sleep_s
        self._enter(BreakerState.OPEN)

    def _enter(self, state: BreakerState) -> None:
        self.state = state
        self._epoch += 1
        self._is_probing = False
        self._buckets.clear()
