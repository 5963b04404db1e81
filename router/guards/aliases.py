"""How many aliases does the operation have?"""

from __future__ import annotations

from graphql.language import FieldNode, SelectionSetNode

from router.errors import ClientError
from router.guards.selections import Selections


class MaxAliasesLimitError(ClientError):
    """The operation has more than ``limits.max_aliases`` aliased fields.

    What to do: ask a list field for several things at once, or raise the limit.
    """

    code = "MAX_ALIASES_LIMIT"


def aliases(selections: Selections) -> int:
    """Give how many fields have an alias, a fragment's at each spread."""
    return selections.total(_aliased)


def _aliased(selection_set: SelectionSetNode) -> int:
    return sum(isinstance(node, FieldNode) and node.alias is not None for node in selection_set.selections)
