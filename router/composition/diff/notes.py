"""What stands beside an element and changes no operation: description, deprecation, other directives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final, Protocol

from router.composition.diff.change import (
    APPLIED_DIRECTIVE_ADDED,
    APPLIED_DIRECTIVE_REMOVED,
    DEPRECATION_ADDED,
    DEPRECATION_REASON_CHANGED,
    DEPRECATION_REMOVED,
    DESCRIPTION_ADDED,
    DESCRIPTION_CHANGED,
    DESCRIPTION_REMOVED,
    SPECIFIED_BY_CHANGED,
    Change,
    dangerous,
    safe,
)
from router.composition.diff.shape import Applied
from router.language.sdl_nodes import SdlDirective
from router.language.values import string_argument, value_text

COMPARED_APART: Final = frozenset({"deprecated", "specifiedBy", "oneOf"})
NO_REASON: Final = "No longer supported"


class Noted(Protocol):
    """Anything with a description and directives."""

    @property
    def description(self) -> str | None:
        """The text before it."""

    @property
    def directives(self) -> Applied:
        """What is applied to it."""


def note_changes(coordinate: str, before: Noted, after: Noted) -> Iterator[Change]:
    """Compare what stands beside one element."""
    yield from _description(coordinate, before.description or "", after.description or "")
    if before.directives == after.directives:
        return
    yield from _deprecation(coordinate, before.directives, after.directives)
    yield from _specification(coordinate, before.directives, after.directives)
    yield from applied_changes(coordinate, before.directives, after.directives)


def _description(coordinate: str, before: str, after: str) -> Iterator[Change]:
    if before == after:
        return
    if not before:
        yield safe(DESCRIPTION_ADDED, coordinate, f"{coordinate} has a description now")
    elif not after:
        yield safe(DESCRIPTION_REMOVED, coordinate, f"{coordinate} has lost its description")
    else:
        yield safe(DESCRIPTION_CHANGED, coordinate, f"{coordinate} has another description")


def _deprecation(coordinate: str, before: Applied, after: Applied) -> Iterator[Change]:
    old, new = (_argument(applied, "deprecated", "reason", NO_REASON) for applied in (before, after))
    if old == new:
        return
    if old is None:
        yield safe(DEPRECATION_ADDED, coordinate, f'{coordinate} is deprecated: "{new}"')
    elif new is None:
        yield safe(DEPRECATION_REMOVED, coordinate, f"{coordinate} is no longer deprecated")
    else:
        message = f'{coordinate} is deprecated for another reason: "{new}", before "{old}"'
        yield safe(DEPRECATION_REASON_CHANGED, coordinate, message)


def _specification(coordinate: str, before: Applied, after: Applied) -> Iterator[Change]:
    old, new = (_argument(applied, "specifiedBy", "url", "") for applied in (before, after))
    if old != new:
        message = (
            f"{coordinate} is specified by {new or 'nothing'}, before by {old or 'nothing'}; "
            "see that its values keep their form"
        )
        yield dangerous(SPECIFIED_BY_CHANGED, coordinate, message)


def applied_changes(coordinate: str, before: Applied, after: Applied) -> Iterator[Change]:
    """Compare the directives that composition reads; each use counts."""
    old, new = (
        Counter(_text(d) for d in applied if d.name not in COMPARED_APART) for applied in (before, after)
    )
    for text in sorted((old - new).elements()):
        yield safe(APPLIED_DIRECTIVE_REMOVED, coordinate, f"{coordinate} no longer has {text}")
    for text in sorted((new - old).elements()):
        yield safe(APPLIED_DIRECTIVE_ADDED, coordinate, f"{coordinate} has {text}")


def _argument(applied: Applied, name: str, argument: str, default: str) -> str | None:
    """Give an argument of a directive that is applied; None where it is not."""
    for directive in applied:
        if directive.name == name:
            value = string_argument(dict(directive.arguments).get(argument))
            return default if value is None else value
    return None


def _text(directive: SdlDirective) -> str:
    arguments = ", ".join(f"{name}: {value_text(value)}" for name, value in sorted(directive.arguments))
    return f"@{directive.name}({arguments})" if arguments else f"@{directive.name}"
