"""Stand-ins for objects that are not there; both read as null under every key, and neither is ever filled."""

from __future__ import annotations

from typing import Any, Final


class Nulls(dict[str, Any]):
    """An empty dictionary that has null under every key."""

    def __missing__(self, key: str) -> None:
        return None


ABSENT: Final = Nulls()
"""Nothing came: the place is empty, the fetch failed or was not sent.  Its values are not known."""
UNKNOWN: Final = Nulls()
"""The subgraph answered null without an error: it does not know the entity, and its values are null."""
