"""How many different fields does the operation select?"""

from __future__ import annotations

from graphql.language import FieldNode, SelectionSetNode

from router.errors import ClientError
from router.guards.selections import Selections


class MaxHeightLimitError(ClientError):
    """The operation selects more than ``limits.max_height`` different fields.

    What to do: ask for less at once, or raise the limit.
    """

    code = "MAX_HEIGHT_LIMIT"


def height(selections: Selections) -> int:
    """Give how many fields there are; one selected again in the same selection set counts once.

    ``{ user { id name also: name } }`` has 3.  A fragment counts at each spread.
    """
    return selections.total(_names)


def _names(selection_set: SelectionSetNode) -> int:
    return len({node.name.value for node in selection_set.selections if isinstance(node, FieldNode)})
