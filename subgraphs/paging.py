"""Connections: how many at once, and where to go on."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from subgraphs.errors import BAD_USER_INPUT, Refusal

MAX_FIRST: Final = 100


def page_size(first: int | None, default: int = 20) -> int:
    """``first``, at most `MAX_FIRST`.

    Raises: Refusal BAD_USER_INPUT when it is negative.
    """
    if first is None:
        return default
    if first < 0:
        raise Refusal(BAD_USER_INPUT, f"first is {first}; ask for 0 to {MAX_FIRST}.")
    return min(first, MAX_FIRST)


def encode_cursor(position: str | int) -> str:
    """An opaque cursor for a position: a sort key that does not change when rows come or go."""
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode()


def decode_cursor(cursor: str) -> str:
    """The position inside a cursor of `encode_cursor`.

    Raises: Refusal BAD_USER_INPUT when it is not one.
    """
    try:
        text = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    if not text.startswith("at:"):
        raise Refusal(BAD_USER_INPUT, f"{cursor!r} is not a cursor; send one that an edge or pageInfo gave.")
    return text.removeprefix("at:")


def decode_sequence_cursor(cursor: str) -> int:
    """The position as a number that fits a database integer.

    Raises: Refusal BAD_USER_INPUT when it is not one.
    """
    position = decode_cursor(cursor)
    if not (position.isascii() and position.isdigit() and len(position) <= 9):
        raise Refusal(BAD_USER_INPUT, f"{cursor!r} is not a cursor of this list.")
    return int(position)
