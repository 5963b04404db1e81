"""How long a subgraph usually takes: a percentile of the answers seen lately."""

from __future__ import annotations

from collections import deque
from typing import Final

KEPT: Final = 1000
RECKONED_EVERY: Final = 50
"""Sorting a thousand numbers costs some 50 us; between two sortings the old result stands."""


class Latencies:
    """The last ``KEPT`` of one subgraph."""

    def __init__(self, percentile: float, min_samples: int) -> None:
        self._percentile = percentile
        self._min_samples = min_samples
        self._kept: deque[float] = deque(maxlen=KEPT)
        self._since = 0
        self.threshold_s: float | None = None
        """The percentile; None while too little was seen."""

    def add(self, latency_s: float) -> None:
        """Note an answer."""
        self._kept.append(latency_s)
        self._since += 1
        if len(self._kept) >= self._min_samples and (
            self.threshold_s is None or self._since >= RECKONED_EVERY
        ):
            self._since = 0
            in_order = sorted(self._kept)
            self.threshold_s = in_order[min(len(in_order) - 1, int(len(in_order) * self._percentile))]
