"""How many directives does the operation use?"""

from __future__ import annotations

from graphql.language import SelectionSetNode

from router.errors import ClientError
from router.guards.selections import Selections


class MaxDirectivesLimitError(ClientError):
    """The operation uses more than ``limits.max_directives`` directives.

    What to do: write operations for the cases apart, or raise the limit.
    """

    code = "MAX_DIRECTIVES_LIMIT"


def directives(selections: Selections) -> int:
    """Give how many directives are applied to the operation and its selections, a fragment's at each spread."""
    return len(selections.operation.directives or ()) + selections.total(_applied)


def _applied(selection_set: SelectionSetNode) -> int:
    return sum(len(node.directives or ()) for node in selection_set.selections)
