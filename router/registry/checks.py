"""Checks of a change before anything is live.

    composed → checks, one after another → CheckReport

A check is a function that looks at one `Change` and gives findings.  Findings of severity ERROR fail the change;
what else it knows goes into the report as warnings and information.  Composition is not in the list: what does not
compose has nothing to be checked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from router.composition.result import CompositionError, CompositionHint
from router.registry.database.connect import Database
from router.registry.model import ReleaseText, SubgraphRevision, VariantRef


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """The change fails."""
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in one subgraph's SDL; line and column count from one."""

    subgraph: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class AffectedOperation:
    """A recorded operation that a change would hit."""

    hash: str
    name: str | None
    client_name: str | None
    client_version: str | None
    requests: int
    """In the days that were looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found."""

    check: str
    """The check's name: ``composition``, ``contract``, …"""
    severity: Severity
    code: str
    message: str
    coordinate: str | None = None
    """Schema coordinate of the element."""
    locations: tuple[Location, ...] = ()
    operations: tuple[AffectedOperation, ...] = ()
    variant: str | None = None
    """The contract variant it was found in; None for the changed variant itself."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything found about one change; ``passed`` when nothing of it is an error."""

    findings: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to become live, and what it would replace."""

    ref: VariantRef
    before: ReleaseText | None
    """None where nothing is live."""
    after: ReleaseText
    changed: tuple[str, ...]
    """Names of the subgraphs that are new, other or gone."""
    subgraphs: Mapping[str, SubgraphRevision] = field(repr=False)
    """By name: what ``after`` is made of."""


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What checks may ask besides the change itself."""

    database: Database


Check: TypeAlias = Callable[[Change, CheckContext], Awaitable[Sequence[Finding]]]
"""Raises: nothing for a user's mistake; `router.registry.errors.RegistryUnavailableError` where it cannot look."""


async def run_checks(change: Change, context: CheckContext, checks: Sequence[Check]) -> list[Finding]:
    """Give what all checks find."""
    return [finding for check in checks for finding in await check(change, context)]


def composition_findings(
    errors: Sequence[CompositionError], hints: Sequence[CompositionHint] = (), check: str = "composition"
) -> list[Finding]:
    """Give what composition says, as findings: its errors are errors, its hints are information."""
    found = [_finding(check, Severity.ERROR, error) for error in errors]
    return found + [_finding(check, Severity.INFO, hint) for hint in hints]


def _finding(check: str, severity: Severity, said: CompositionError | CompositionHint) -> Finding:
    places = tuple(Location(node.subgraph, node.line, node.column) for node in said.nodes)
    return Finding(check, severity, said.code, said.message, said.at, places)
