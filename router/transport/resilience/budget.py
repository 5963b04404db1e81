"""A budget of additional requests: a share of all requests, and a few per second besides."""

from __future__ import annotations

from typing import Final

MOST_S: Final = 10.0
"""For how long ``per_s`` may be saved up."""
MOST_REQUESTS: Final = 1000
"""For how many requests the share may be saved up."""


class Budget:
    """Each request pays in, each additional one takes out one whole.

    So a subgraph that is down is asked ``1 + ratio`` times as often at most, and not ``max_attempts`` times.
    """

    def __init__(self, ratio: float, per_s: float) -> None:
        self._ratio = ratio
        self._per_s = per_s
        self._from_requests = 0.0
        self._from_time = per_s
        self._at_s: float | None = None

    def pay_in(self) -> None:
        """Note a request."""
        self._from_requests = min(self._from_requests + self._ratio, max(1.0, self._ratio * MOST_REQUESTS))

    def take(self, now_s: float) -> bool:
        """Take one additional request; False when there is none left."""
        if self._at_s is not None:
            earned = (now_s - self._at_s) * self._per_s
            self._from_time = min(self._from_time + earned, self._per_s * MOST_S)
        self._at_s = now_s
        if self._from_time >= 1.0:
            self._from_time -= 1.0
            return True
        if self._from_requests >= 1.0:
            self._from_requests -= 1.0
            return True
        return False
