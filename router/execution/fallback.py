"""What generated completion falls back on: the patient one, for single values, from the first need on."""

from __future__ import annotations

from typing import Any

from router.execution.absent import ABSENT
from router.execution.completion import BUBBLE, Below, Completion
from router.execution.context import ExecutionContext, Json
from router.execution.emit.support import Bubbled
from router.execution.errors import ErrorPath, ExecutionError
from router.execution.places import Place


class Fallback:
    """The patient side of one response's completion.

    Cost: of a response that needs none, one small object.
    """

    __slots__ = ("_completion", "_ctx", "_located", "_root")

    def __init__(self, root: Place, ctx: ExecutionContext, located: list[tuple[int, ExecutionError]]) -> None:
        """``located``: see `Completion`."""
        self._root = root
        self._ctx = ctx
        self._located = located
        self._completion: Completion | None = None

    @property
    def errors(self) -> list[ExecutionError]:
        """What was found wrong."""
        return [] if self._completion is None else self._completion.errors

    def value(self, below: Below, owner: str, path: ErrorPath, *raws: Any) -> Any:
        """Give one completed value.

        Invariant: values are completed in response order, so what was said about this one before is last.
        Raises: Bubbled when a null must rise.
        """
        completion = self._patient()
        errors, length = completion.errors, len(path)
        while errors and (errors[-1].path or ())[:length] == path:
            errors.pop()
        value = completion.below(below, owner, path, _without_absent(raws))
        if value is BUBBLE:
            raise Bubbled
        return value

    def null(self, below: Below, owner: str, path: ErrorPath, *sources: Any) -> Any:
        """Say what there is to say about a field that is null in all its sources and must not be.

        Raises: Bubbled, always.
        """
        self._patient().null(below, owner, path, _without_absent(sources))
        raise Bubbled

    def _patient(self) -> Completion:
        if self._completion is None:
            self._completion = Completion(self._root, self._ctx, self._located)
        return self._completion

    def complete_all(self) -> Json | None:
        """Give the whole data, forgetting what was found before."""
        self._completion = Completion(self._root, self._ctx, self._located)
        return self._completion.complete()


def _without_absent(objects: tuple[Any, ...]) -> list[Any]:
    return [None if one is ABSENT else one for one in objects]
