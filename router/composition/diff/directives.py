"""Directives that operations may use."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.diff.change import (
    DIRECTIVE_ADDED,
    DIRECTIVE_LOCATION_ADDED,
    DIRECTIVE_LOCATION_REMOVED,
    DIRECTIVE_REMOVED,
    DIRECTIVE_REPEATABLE_ADDED,
    DIRECTIVE_REPEATABLE_REMOVED,
    Change,
    Severity,
    breaking,
    safe,
)
from router.composition.diff.inputs import argument_changes
from router.composition.diff.notes import note_changes
from router.composition.diff.shape import EXECUTABLE, Shape, gone_and_new, pairs
from router.language.sdl_nodes import SdlDirectiveDefinition


def directive_changes(before: Shape, after: Shape) -> Iterator[Change]:
    """Compare the definitions; nothing about one that only schemas may use breaks an operation."""
    for name, old, new in pairs(before.directives, after.directives):
        changes = _directive(f"@{name}", old, new)
        if old is not None and EXECUTABLE.isdisjoint(old.locations):
            changes = (_harmless(change) for change in changes)
        yield from changes


def _harmless(change: Change) -> Change:
    return (
        change if change.severity is Severity.SAFE else safe(change.code, change.coordinate, change.message)
    )


def _directive(
    at: str, old: SdlDirectiveDefinition | None, new: SdlDirectiveDefinition | None
) -> Iterator[Change]:
    if old is None:
        yield safe(DIRECTIVE_ADDED, at, f"The directive {at} was added")
    elif new is None:
        yield breaking(
            DIRECTIVE_REMOVED, at, f"The directive {at} was removed; keep it until no operation uses it"
        )
    else:
        yield from _locations(at, old, new)
        yield from _repeatable(at, was=old.is_repeatable, is_now=new.is_repeatable)
        yield from argument_changes(at, old.arguments, new.arguments)
        yield from note_changes(at, old, new)


def _locations(at: str, old: SdlDirectiveDefinition, new: SdlDirectiveDefinition) -> Iterator[Change]:
    gone, added = gone_and_new(old.locations, new.locations)
    for location in gone:
        message = f"The directive {at} may no longer stand on {location}; keep the location until no operation uses it"
        if location in EXECUTABLE:
            yield breaking(DIRECTIVE_LOCATION_REMOVED, at, message)
        else:
            yield safe(
                DIRECTIVE_LOCATION_REMOVED, at, f"The directive {at} may no longer stand on {location}"
            )
    for location in added:
        yield safe(DIRECTIVE_LOCATION_ADDED, at, f"The directive {at} may stand on {location}")


def _repeatable(at: str, *, was: bool, is_now: bool) -> Iterator[Change]:
    if was and not is_now:
        message = (
            f"The directive {at} may no longer be repeated; keep it repeatable until no operation repeats it"
        )
        yield breaking(DIRECTIVE_REPEATABLE_REMOVED, at, message)
    elif is_now and not was:
        yield safe(DIRECTIVE_REPEATABLE_ADDED, at, f"The directive {at} may be repeated")
