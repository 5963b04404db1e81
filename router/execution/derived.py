"""What follows from shared answers, derived once for all requests that share them.

Requests whose fetches were joined in flight hold the same response objects.  Answers are never changed and
nothing but answers decides what a program gathers and completes, so the first of these requests leaves its
work with the first of the responses, where the others find it, for as long as that response lives.

Invariant: an entry keeps the program and the other responses it was made from alive, so that no identity in
its key is ever another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from router.execution.context import ExecutionContext
from router.transport.base import SubgraphResponse

NOT_SHARED: Final = SubgraphResponse(200, (), b"")
"""Stands for an answer that came in another way than as one whole response."""


class Derived:
    """One piece of work on shared answers: to be taken from there, or left there."""

    __slots__ = ("_alive", "_entries", "_key")

    def __init__(self, entries: dict[Any, Any], key: tuple[Any, ...], alive: tuple[Any, ...]) -> None:
        self._entries = entries
        self._key = key
        self._alive = alive

    def get(self) -> Any:
        """Give what another request left; None when none did."""
        entry = self._entries.get(self._key)
        return None if entry is None else entry[0]

    def keep(self, value: Any) -> None:
        """Leave a value that nobody will change."""
        self._entries[self._key] = (value, self._alive)


def derived(work: object, program: object, ctx: ExecutionContext, fetches: Sequence[int]) -> Derived | None:
    """Give the place of the work that reads only the answers of these fetches.

    Shapes: ``work`` says what is done, and for which fetch where the program does the like for several: two that
    run side by side read the same answers.  None where one of them is not shared, or where anything went wrong so far.
    Cost: where nothing is shared, one look at the first response.
    """
    first: SubgraphResponse | None = None
    key: list[Any] = [work, id(program)]
    alive: list[Any] = [program]
    for fetch in fetches:
        response = ctx.responses[fetch]
        if response is not None:
            if response.shared is None:
                return None
            if first is None:
                first = response
            else:
                alive.append(response)
        key.append(id(response))
    if first is None or first.shared is None or ctx.failures or ctx.reported:
        return None
    return Derived(first.shared.derived, tuple(key), tuple(alive))
