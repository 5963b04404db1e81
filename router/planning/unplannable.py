"""What cannot be planned, and the bound on what may be tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_PLACES: Final = 20_000
"""Places one operation may spell out into: nested interfaces whose fields differ between subgraphs multiply."""


class UnplannableError(Exception):
    """Nothing the subgraphs offer can answer a part of the operation; the message says which."""


@dataclass(slots=True)
class PlaceBudget:
    """Counts the places of one operation."""

    left: int = MAX_PLACES

    def spend(self) -> None:
        """Count one more.  Raises: UnplannableError when there are too many."""
        self.left -= 1
        if self.left < 0:
            raise UnplannableError(
                f"the operation spells out into more than {MAX_PLACES} objects; ask for less at once"
            )
