"""One change between two schemas, and every code a change can have."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """What a change does to operations that clients send today."""

    BREAKING = "breaking"
    """Some operation that ran is refused, or gets what it was promised never to get."""
    DANGEROUS = "dangerous"
    """Every operation goes on to run, and may be answered with what its client does not expect."""
    SAFE = "safe"


ORDER: Final = {severity: rank for rank, severity in enumerate(Severity)}
"""The worst first."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, seen from a client of the older schema."""

    code: str
    """A key of `CHANGES`."""
    severity: Severity
    coordinate: str
    """Schema coordinate of what changed, in the schema that has it."""
    message: str
    """Says what changed; of what breaks, what to do instead."""
    uses: tuple[tuple[str, ...], ...] = ()
    """An operation that uses all coordinates of one of these is concerned; empty: none is."""

    def concerns(self, used: AbstractSet[str]) -> bool:
        """Tell whether an operation that uses these coordinates is concerned."""
        return any(used >= set(together) for together in self.uses)


CHANGES: Final[dict[str, str]] = {}
"""What each code means."""


def _code(code: str, meaning: str) -> str:
    CHANGES[code] = meaning
    return code


TYPE_ADDED: Final = _code("TYPE_ADDED", "A type is new.")
TYPE_REMOVED: Final = _code("TYPE_REMOVED", "A type is gone.")
TYPE_KIND_CHANGED: Final = _code("TYPE_KIND_CHANGED", "A name stands for a type of another kind.")
ROOT_TYPE_ADDED: Final = _code("ROOT_TYPE_ADDED", "A kind of operation can be asked that could not.")
ROOT_TYPE_REMOVED: Final = _code("ROOT_TYPE_REMOVED", "A kind of operation can no longer be asked.")
ROOT_TYPE_CHANGED: Final = _code("ROOT_TYPE_CHANGED", "A root type is another type.")
FIELD_ADDED: Final = _code("FIELD_ADDED", "A field is new.")
FIELD_REMOVED: Final = _code("FIELD_REMOVED", "A field is gone.")
FIELD_TYPE_CHANGED: Final = _code(
    "FIELD_TYPE_CHANGED", "A field has another type; safe where it only promises more."
)
ARGUMENT_ADDED: Final = _code("ARGUMENT_ADDED", "A field takes one more optional argument.")
REQUIRED_ARGUMENT_ADDED: Final = _code(
    "REQUIRED_ARGUMENT_ADDED", "A field takes one more argument that must be given."
)
ARGUMENT_REMOVED: Final = _code("ARGUMENT_REMOVED", "A field no longer takes an argument.")
ARGUMENT_TYPE_CHANGED: Final = _code(
    "ARGUMENT_TYPE_CHANGED", "An argument has another type; safe where it only accepts more."
)
ARGUMENT_BECAME_REQUIRED: Final = _code(
    "ARGUMENT_BECAME_REQUIRED", "An argument that could be left out must be given."
)
ARGUMENT_DEFAULT_CHANGED: Final = _code(
    "ARGUMENT_DEFAULT_CHANGED", "Leaving an argument out means something else."
)
INPUT_FIELD_ADDED: Final = _code("INPUT_FIELD_ADDED", "An input type has one more optional field.")
REQUIRED_INPUT_FIELD_ADDED: Final = _code(
    "REQUIRED_INPUT_FIELD_ADDED", "An input type has one more field that must be given."
)
INPUT_FIELD_REMOVED: Final = _code("INPUT_FIELD_REMOVED", "An input field is gone.")
INPUT_FIELD_TYPE_CHANGED: Final = _code(
    "INPUT_FIELD_TYPE_CHANGED", "An input field has another type; safe where it only accepts more."
)
INPUT_FIELD_BECAME_REQUIRED: Final = _code(
    "INPUT_FIELD_BECAME_REQUIRED", "An input field that could be left out must be given."
)
INPUT_FIELD_DEFAULT_CHANGED: Final = _code(
    "INPUT_FIELD_DEFAULT_CHANGED", "Leaving an input field out means something else."
)
ONE_OF_ADDED: Final = _code("ONE_OF_ADDED", "An input type now takes exactly one of its fields.")
ONE_OF_REMOVED: Final = _code("ONE_OF_REMOVED", "An input type no longer takes exactly one of its fields.")
ENUM_VALUE_ADDED: Final = _code(
    "ENUM_VALUE_ADDED", "An enum has one more value; dangerous where answers may hold it."
)
ENUM_VALUE_REMOVED: Final = _code("ENUM_VALUE_REMOVED", "An enum value is gone.")
UNION_MEMBER_ADDED: Final = _code("UNION_MEMBER_ADDED", "A union has one more member.")
UNION_MEMBER_REMOVED: Final = _code("UNION_MEMBER_REMOVED", "A type is no longer a member of a union.")
INTERFACE_ADDED: Final = _code("INTERFACE_ADDED", "A type implements one more interface.")
INTERFACE_REMOVED: Final = _code("INTERFACE_REMOVED", "A type no longer implements an interface.")
DIRECTIVE_ADDED: Final = _code("DIRECTIVE_ADDED", "A directive is new.")
DIRECTIVE_REMOVED: Final = _code("DIRECTIVE_REMOVED", "A directive is gone.")
DIRECTIVE_LOCATION_ADDED: Final = _code(
    "DIRECTIVE_LOCATION_ADDED", "A directive may stand in one more place."
)
DIRECTIVE_LOCATION_REMOVED: Final = _code(
    "DIRECTIVE_LOCATION_REMOVED", "A directive may no longer stand in a place."
)
DIRECTIVE_REPEATABLE_ADDED: Final = _code("DIRECTIVE_REPEATABLE_ADDED", "A directive may be repeated.")
DIRECTIVE_REPEATABLE_REMOVED: Final = _code(
    "DIRECTIVE_REPEATABLE_REMOVED", "A directive may no longer be repeated."
)
SPECIFIED_BY_CHANGED: Final = _code("SPECIFIED_BY_CHANGED", "A scalar's @specifiedBy names another text.")
DEPRECATION_ADDED: Final = _code("DEPRECATION_ADDED", "An element is deprecated.")
DEPRECATION_REMOVED: Final = _code("DEPRECATION_REMOVED", "An element is no longer deprecated.")
DEPRECATION_REASON_CHANGED: Final = _code("DEPRECATION_REASON_CHANGED", "A deprecation has another reason.")
DESCRIPTION_ADDED: Final = _code("DESCRIPTION_ADDED", "An element has a description.")
DESCRIPTION_REMOVED: Final = _code("DESCRIPTION_REMOVED", "An element has no description any more.")
DESCRIPTION_CHANGED: Final = _code("DESCRIPTION_CHANGED", "An element has another description.")
APPLIED_DIRECTIVE_ADDED: Final = _code(
    "APPLIED_DIRECTIVE_ADDED", "A subgraph's element has one more directive; composition says what it does."
)
APPLIED_DIRECTIVE_REMOVED: Final = _code(
    "APPLIED_DIRECTIVE_REMOVED", "A subgraph's element has one directive less."
)


def _each(uses: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple((one,) for one in uses)


def breaking(code: str, coordinate: str, message: str, *uses: str) -> Change:
    """A change that breaks the operations that use one of ``uses``; by default what changed."""
    return Change(code, Severity.BREAKING, coordinate, message, _each(uses or (coordinate,)))


def dangerous(code: str, coordinate: str, message: str, *uses: str) -> Change:
    """A change that may surprise the operations that use one of ``uses``; by default what changed."""
    return Change(code, Severity.DANGEROUS, coordinate, message, _each(uses or (coordinate,)))


def safe(code: str, coordinate: str, message: str) -> Change:
    """A change that concerns no operation."""
    return Change(code, Severity.SAFE, coordinate, message)
