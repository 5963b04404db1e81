"""Label values that clients choose: so many of them, and ``other`` for the rest."""

from __future__ import annotations

from typing import Final

OTHER: Final = "other"
MAX_LENGTH: Final = 100


class BoundedLabels:
    """The values that one label may have.  First come, first served, for as long as the process lives."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def of(self, *values: str) -> tuple[str, ...]:
        """Give the values, together one of so many; or ``other`` for each."""
        known = self._known.get(values)
        if known is not None:
            return known
        if len(self._known) >= self._limit:
            return (OTHER,) * len(values)
        self._known[values] = kept = tuple(value[:MAX_LENGTH] for value in values)
        return kept
