"""What became of operations that were to be prepared; read by metrics and the log."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field


@dataclass(slots=True)
class PlanningRecord:
    """Of one engine, over all its supergraphs.  Counters only grow; all but ``cut_short`` on the event loop."""

    hits: int = 0
    """Requests whose operation was prepared already."""
    misses: int = 0
    """Operations that a request had prepared."""
    joins: int = 0
    """Requests that waited for an operation which another request had under way."""
    failures: int = 0
    """Misses that came to nothing: the operation is invalid, too large, or cannot be read."""
    evictions: int = 0
    """Prepared operations that made room for others."""
    warmed: int = 0
    """Operations prepared for a new supergraph before anybody asked for them."""
    cut_short: int = 0
    """Plans whose search for the fewest fetches ended at a bound."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def note_cut_short(self) -> None:
        """Count a plan that was cut short; on any thread."""
        with self._lock:
            self.cut_short += 1


@dataclass(frozen=True, slots=True)
class PlanningStatistics:
    """What the cache of prepared operations holds now, and the engine's counters (see `PlanningRecord`)."""

    size: int
    """Operations kept."""
    bytes: int
    """How much they are estimated to take."""
    capacity: int
    under_way: int
    """Operations being prepared."""
    hits: int
    misses: int
    joins: int
    failures: int
    evictions: int
    warmed: int
    cut_short: int

    def as_dict(self) -> dict[str, int]:
        """Give all of it by name."""
        return asdict(self)
