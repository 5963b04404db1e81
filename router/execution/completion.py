"""Completes the response patiently: with paths, errors and null propagation.

Spec: GraphQL, sections 6.4.3 "Value Completion" and 6.4.4 "Handling Execution Errors".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from router.execution.context import ExecutionContext, Json
from router.execution.errors import (
    ErrorPath,
    ExecutionError,
    SubgraphInvalidValueError,
    SubgraphNullValueError,
    withheld_error,
)
from router.execution.leaves import Leaf, UnfitError
from router.execution.objects import Spot, Walk, item_at
from router.execution.places import Place, Shown, Variant
from router.execution.sources import Read
from router.language.operation import TypeRef


@dataclass(frozen=True, slots=True, eq=False)
class Below:
    """A field, or a list inside it, whose value may have to be completed patiently."""

    variant: Variant
    """Of the objects that show the field."""
    shown: Shown
    type: TypeRef


class _Bubble:
    """What stands for a null that its parent must become too."""


BUBBLE: Final = _Bubble()


class Completion:
    """One completion of one response."""

    def __init__(self, root: Place, ctx: ExecutionContext, located: list[tuple[int, ExecutionError]]) -> None:
        """``located`` are the errors already known, with their fetch: a null they explain gets no second one."""
        self.errors: list[ExecutionError] = []
        self._root = root
        self._fetches = root.layout.plan.fetches
        self._walk = Walk(ctx.answers, ctx.found, None)
        self._introspection = ctx.introspection
        self._failed = {failure.fetch for failure in ctx.failures}
        self._failed |= {reported.fetch for reported in ctx.reported if not reported.error.get("path")}
        explained = {(fetch, error.path) for fetch, error in located if error.path}
        self._explained = {(fetch, path) for fetch, path in explained if fetch not in self._failed}
        self._at_or_above = {path[:n] for _, path in self._explained for n in range(1, len(path) + 1)}

    def below(self, below: Below, owner: str, path: ErrorPath, raws: Sequence[Any]) -> Any:
        """Give one completed value, or BUBBLE; ``owner`` is the runtime type of the object around it."""
        spot = Spot((), below.variant, owner, ())
        return self._value(spot, below.shown, below.type, raws, path)

    def null(self, below: Below, owner: str, path: ErrorPath, sources: Sequence[Any]) -> Any:
        """Give BUBBLE for a null field, after a word about it; ``sources`` are the field's reads'."""
        objects = [None] * len(below.variant.sources)
        for read, source in zip(below.shown.reads, sources, strict=True):
            objects[read.source] = source
        return self._null(Spot((), below.variant, owner, tuple(objects)), below.shown, below.type, path)

    def complete(self) -> Json | None:
        """Give the response's ``data``; `errors` has what was found on the way."""
        spot = self._walk.root(self._root)
        if spot is None:
            return None
        data = self._object(spot, ())
        return data if isinstance(data, dict) else None

    def _object(self, spot: Spot, path: ErrorPath) -> Any:
        """Give the completed object, or BUBBLE.  After a field bubbles no later one is looked at."""
        completed: Json = {}
        for shown in spot.variant.shown:
            value = self._field(spot, shown, (*path, shown.response_key))
            if value is BUBBLE:
                return BUBBLE
            completed[shown.response_key] = value
        return completed

    def _field(self, spot: Spot, shown: Shown, path: ErrorPath) -> Any:
        if shown.is_plain and shown.leaf is not None:
            read = shown.reads[0]
            source = spot.objects[read.source]
            raw = None if source is None else source.get(read.wire_key)
            if raw is None:
                return self._null(spot, shown, shown.type, path)
            return self._leaf(spot, shown, shown.leaf, raw, path)
        if shown.introspection_key is not None:
            return self._introspection.get(shown.introspection_key)
        if shown.is_typename:
            if spot.type_name is None:
                return self._null(spot, shown, shown.type, path)
            return spot.type_name
        raws = [value for _, value in self._walk.values(spot, shown.reads)]
        return self._value(spot, shown, shown.type, raws, path)

    def _value(self, spot: Spot, shown: Shown, type_: TypeRef, raws: Sequence[Any], path: ErrorPath) -> Any:
        there = [raw for raw in raws if raw is not None]
        if not there:
            return self._null(spot, shown, type_, path)
        if type_.of is not None:
            return self._list(spot, shown, type_, raws, path)
        if shown.leaf is not None:
            return self._leaf(spot, shown, shown.leaf, there[0], path)
        if not all(type(raw) is dict for raw in there):
            return self._invalid(shown, type_, path, f"{type_.name} must be an object")
        return self._composite(spot, shown, type_, raws, path)

    def _list(self, spot: Spot, shown: Shown, type_: TypeRef, raws: Sequence[Any], path: ErrorPath) -> Any:
        there = [raw for raw in raws if raw is not None]
        item = type_.of
        if item is None or not all(type(raw) is list for raw in there):
            return self._invalid(shown, type_, path, f"{type_} must be a list")
        completed: list[Any] = []
        for index in range(max(map(len, there))):
            items = [item_at(raw, index) for raw in raws]
            value = self._value(spot, shown, item, items, (*path, index))
            if value is BUBBLE:
                return BUBBLE if type_.is_non_null else None
            completed.append(value)
        return completed

    def _leaf(self, spot: Spot, shown: Shown, leaf: Leaf, value: Any, path: ErrorPath) -> Any:
        try:
            completed = leaf.complete(value)
        except UnfitError as unfit:
            return self._invalid(shown, _innermost(shown.type), path, str(unfit))
        if completed is None:
            return self._null(spot, shown, _innermost(shown.type), path)
        return completed

    def _composite(
        self, spot: Spot, shown: Shown, type_: TypeRef, raws: Sequence[Any], path: ErrorPath
    ) -> Any:
        place = spot.variant.child(shown.data_key)
        below = None if place is None else self._walk.look(place, raws, path)
        if below is None:
            return self._invalid(shown, type_, path, f"the runtime type of {type_.name} is missing or wrong")
        if below.variant.is_withheld:
            self.errors.append(withheld_error(path))
            return BUBBLE if type_.is_non_null else None
        if below.variant.is_hidden:
            return self._null(spot, shown, type_, path)
        completed = self._object(below, path)
        if completed is BUBBLE and not type_.is_non_null:
            return None
        return completed

    def _null(self, spot: Spot, shown: Shown, type_: TypeRef, path: ErrorPath) -> Any:
        if not type_.is_non_null:
            return None
        if not shown.is_withheld and not self._is_explained(spot, shown, path):
            field = f"{spot.type_name or spot.variant.type_name}.{shown.name}"
            self.errors.append(
                ExecutionError(
                    f"Cannot return null for non-nullable field {field}.",
                    path,
                    SubgraphNullValueError.code,
                    self._subgraph(shown),
                )
            )
        return BUBBLE

    def _invalid(self, shown: Shown, type_: TypeRef, path: ErrorPath, message: str) -> Any:
        code = SubgraphInvalidValueError.code
        self.errors.append(ExecutionError(f"Invalid value: {message}.", path, code, self._subgraph(shown)))
        return BUBBLE if type_.is_non_null else None

    def _subgraph(self, shown: Shown) -> str | None:
        return self._fetches[shown.reads[0].fetch].subgraph if shown.reads else None

    def _is_explained(self, spot: Spot, shown: Shown, path: ErrorPath) -> bool:
        """Say whether a subgraph gave a reason for a null.

        That is an error of any fetch at or below the path, or one above it of a fetch the field comes from.
        """
        if path in self._at_or_above or any(read.fetch in self._failed for read in shown.reads):
            return True
        return any(
            self._is_above(read.fetch, path) or self._is_lost_with(spot, read, path) for read in shown.reads
        )

    def _is_above(self, fetch: int, path: ErrorPath) -> bool:
        return any((fetch, path[:n]) in self._explained for n in range(1, len(path)))

    def _is_lost_with(self, spot: Spot, read: Read, path: ErrorPath) -> bool:
        """Say whether the whole object is missing for a reason.

        Either its subgraph has an error below it (a null there rose), or a fetch that it needed failed there.
        """
        if not spot.objects or spot.objects[read.source] is not None:
            return False
        around, needed = path[:-1], self._root.layout.ancestors[read.fetch]
        return (
            any(fetch == read.fetch and at[: len(around)] == around for fetch, at in self._explained)
            or any(self._is_above(fetch, path) for fetch in needed)
            or not needed.isdisjoint(self._failed)
        )


def _innermost(type_: TypeRef) -> TypeRef:
    return type_ if type_.of is None else _innermost(type_.of)
