"""The errors a subgraph answers on purpose: a stable code and what to do about it."""

from __future__ import annotations

from typing import Final

from graphql import GraphQLError

UNAUTHENTICATED: Final = "UNAUTHENTICATED"
FORBIDDEN: Final = "FORBIDDEN"
BAD_USER_INPUT: Final = "BAD_USER_INPUT"
NOT_FOUND: Final = "NOT_FOUND"


class Refusal(GraphQLError):
    """An expected error: shown to the caller with ``extensions.code``, never logged with a traceback."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, extensions={"code": code})


def is_expected(error: GraphQLError) -> bool:
    """True when the caller is at fault: a `Refusal`, or a request that does not parse or validate."""
    return error.original_error is None or isinstance(error.original_error, Refusal)
