"""Every change between two schemas."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.diff.change import (
    ORDER,
    ROOT_TYPE_ADDED,
    ROOT_TYPE_CHANGED,
    ROOT_TYPE_REMOVED,
    Change,
    breaking,
    safe,
)
from router.composition.diff.directives import directive_changes
from router.composition.diff.notes import applied_changes
from router.composition.diff.shape import ROOTS, Shape, shape_of
from router.composition.diff.types import type_changes
from router.language.sdl_parser import parse_sdl


def changes_between(before: str, after: str) -> tuple[Change, ...]:
    """Give what changes for clients of ``before`` when they are answered by ``after``.

    Takes API schemas, whose changes are those of operations; for the SDLs of one subgraph it says what its owner
    changed, and composition what that comes to.  The worst come first, then by coordinate and code.
    Cost: a parse of each, and linear in the schemas.
    Raises: SdlSyntaxError; an empty text is a schema of nothing.
    """
    if before == after:
        return ()
    old, new = _shape(before), _shape(after)
    found = [*_roots(old, new), *type_changes(old, new), *directive_changes(old, new)]
    found += applied_changes("schema", old.applied, new.applied)
    return tuple(sorted(found, key=lambda one: (ORDER[one.severity], one.coordinate, one.code, one.message)))


def _shape(sdl: str) -> Shape:
    return shape_of(parse_sdl(sdl)) if sdl.strip() else Shape({}, {}, {})


def _roots(before: Shape, after: Shape) -> Iterator[Change]:
    for operation in ROOTS:
        old, new = before.roots.get(operation), after.roots.get(operation)
        if old == new:
            continue
        if new is None and old is not None:
            message = f"No {operation} can be asked any more; keep the root type {old} until nobody asks one"
            yield breaking(ROOT_TYPE_REMOVED, old, message)
        elif old is None and new is not None:
            yield safe(ROOT_TYPE_ADDED, new, f"The {operation} root type {new} was added")
        elif old is not None:
            message = f"The {operation} root type is {new} and was {old}; keep {old}"
            yield breaking(ROOT_TYPE_CHANGED, old, message)
