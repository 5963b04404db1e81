"""What generated text calls: the few things that are shorter as functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any, Final

from router.execution.absent import ABSENT
from router.execution.context import Nulled, Slot
from router.execution.leaves import UnfitError


class Unexpected(Exception):
    """The answer is not as a good answer is; the patient function decides what that means."""


class Bubbled(Exception):
    """A null rises to the next nullable position; what there is to say about it is said."""


GAVE_UP: Final = (Unexpected, UnfitError, KeyError, TypeError, AttributeError)
"""What generated text raises when an answer is not as expected; then the patient functions decide."""


def together(*values: Any) -> Iterator[tuple[Any, ...]]:
    """Walk lists that several fetches gave for one place, item by item; the shorter ones end in nulls.

    Raises: Unexpected when one is neither a list nor null.
    """
    if not all(value is None or type(value) is list for value in values):
        raise Unexpected
    return zip_longest(*(value or () for value in values))


def as_object(value: Any) -> dict[str, Any]:
    """Give the object, or ABSENT for null.

    Raises: Unexpected for anything else.
    """
    if value is None:
        return ABSENT
    if type(value) is not dict:
        raise Unexpected
    return value


def each_object(value: Any, function: Callable[[Any, list[Slot], Nulled], Any], *rest: Any) -> Any:
    """Apply a function to the object, or to each object of a list of any depth; null stays null.

    Raises: Unexpected for anything else, and what the function raises.
    """
    if type(value) is dict:
        return function(value, *rest)
    if value is None:
        return None
    if type(value) is not list:
        raise Unexpected
    return [each_object(item, function, *rest) for item in value]
