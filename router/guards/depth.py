"""How deep is the operation?"""

from __future__ import annotations

from router.errors import ClientError
from router.guards.selections import Selections


class MaxDepthLimitError(ClientError):
    """Fields are nested more than ``limits.max_depth`` deep.

    What to do: ask for the deeper part in a second operation, or raise the limit.
    """

    code = "MAX_DEPTH_LIMIT"


def depth(selections: Selections) -> int:
    """Give how many fields stand on the longest path: ``{ a { b } }`` has 2.  Fragments add none."""
    return selections.deepest()
