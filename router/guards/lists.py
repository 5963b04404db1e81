"""How long is the longest list that a client sends?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql.language import DocumentNode, ListValueNode, Visitor, visit

from router.errors import ClientError


class MaxListItemsLimitError(ClientError):
    """A list of an argument or a variable has more than ``limits.max_list_items`` items.

    What to do: send several operations with a part of the list each, or raise the limit.
    """

    code = "MAX_LIST_ITEMS_LIMIT"


def longest_literal(document: DocumentNode) -> int:
    """Give how many items the longest list written in the document has."""
    finder = _Longest()
    visit(document, finder)
    return finder.items


def longest_value(variables: Mapping[str, Any]) -> int:
    """Give how many items the longest list within the variables has, at any depth.

    Cost: one step per value.
    """
    longest = 0
    waiting: list[Any] = list(variables.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            longest = max(longest, len(value))
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
    return longest


class _Longest(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.items = 0

    def enter_list_value(self, node: ListValueNode, *_: Any) -> None:
        self.items = max(self.items, len(node.values))
