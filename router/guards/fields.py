"""How many fields does the operation select, each time counted?"""

from __future__ import annotations

from graphql.language import FieldNode, SelectionSetNode

from router.errors import ClientError
from router.guards.selections import Selections


class MaxFieldsLimitError(ClientError):
    """The operation has more than ``limits.max_total_fields`` fields.

    What to do: ask for less at once, or raise the limit.
    """

    code = "MAX_TOTAL_FIELDS_LIMIT"


class MaxRootFieldsLimitError(ClientError):
    """The operation has more than ``limits.max_root_fields`` fields at its root.

    What to do: send several operations, or raise the limit.
    """

    code = "MAX_ROOT_FIELDS_LIMIT"


def total_fields(selections: Selections) -> int:
    """Give how many fields there are, aliases too, a fragment's at each spread."""
    return selections.total(_fields)


def root_fields(selections: Selections) -> int:
    """Give how many fields stand at the root, aliases too, fragments' too."""
    return selections.total(_fields, is_nested=False)


def _fields(selection_set: SelectionSetNode) -> int:
    return sum(isinstance(node, FieldNode) for node in selection_set.selections)
