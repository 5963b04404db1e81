"""What became of the attempts to reload something; read by health answers and metrics."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(slots=True)
class ReloadRecord:
    """Of one thing: the supergraph, or the configuration.  Counters only grow."""

    taken: int = 0
    refused: int = 0
    taken_at_s: float | None = None
    """Unix time of the last one taken."""
    refused_at_s: float | None = None
    reason: str | None = None
    """Why the last attempt was refused; None when it was taken.  May name files: for the operator."""

    def take(self) -> None:
        """Note one that is live now."""
        self.taken += 1
        self.taken_at_s = time.time()
        self.reason = None

    def settle(self) -> None:
        """Note that what is live is again what the source says, without a change."""
        self.reason = None

    def refuse(self, reason: str) -> None:
        """Note one that was not taken: the last good one goes on."""
        self.refused += 1
        self.refused_at_s = time.time()
        self.reason = reason

    def follow(self, earlier: ReloadRecord) -> None:
        """Count on from a record that ends here."""
        self.taken += earlier.taken
        self.refused += earlier.refused
        self.refused_at_s = self.refused_at_s or earlier.refused_at_s
