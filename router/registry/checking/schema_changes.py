"""Changes of the API schema, and whom they hit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from router.composition.diff.change import Change as SchemaChange
from router.composition.diff.change import Severity as ChangeSeverity
from router.composition.diff.diff import changes_between
from router.language.sdl_lexer import SdlSyntaxError
from router.registry.checking.policy import PERCENT, CheckPolicy, read_policy
from router.registry.checks import AffectedOperation, Change, CheckContext, Finding, Severity
from router.registry.usage.store import (
    RecordedOperation,
    count_requests,
    read_coordinates,
    read_operations,
)

NAME: Final = "schema"
MAX_SHOWN: Final = 50
"""Operations named with one change."""
MAX_NAMED: Final = 3
"""Of them in the message."""


async def schema_changes(change: Change, context: CheckContext) -> Sequence[Finding]:
    """Tell every change for clients; one that breaks a recorded operation is an error.

    One that breaks none passes with a warning, as the variant's policy says.
    """
    if change.before is None or change.before.api_sdl == change.after.api_sdl:
        return ()
    try:
        changes = await asyncio.to_thread(changes_between, change.before.api_sdl, change.after.api_sdl)
    except SdlSyntaxError:  # a stored text of another time
        return ()
    concerning = [one for one in changes if one.severity is not ChangeSeverity.SAFE]
    if not concerning:
        return [_safe(one) for one in changes]
    since = datetime.now(UTC).date()
    async with context.database.reading() as connection:
        variant_id, policy = await read_policy(connection, change.ref)
        since -= timedelta(days=policy.days)
        used: dict[int, set[str]] = {}
        operations: list[RecordedOperation] = []
        total = 0
        if variant_id is not None:
            total = await count_requests(connection, variant_id, since)
            named = {name for one in concerning for together in one.uses for name in together}
            used = await read_coordinates(connection, variant_id, named)
            operations = await read_operations(connection, variant_id, since, used) if used else []
    judge = _Judge(policy, total, used, operations)
    found = [_safe(one) if one.severity is ChangeSeverity.SAFE else judge.finding(one) for one in changes]
    if not total and any(one.severity is ChangeSeverity.BREAKING for one in changes):
        found.append(_nothing_recorded(policy))
    return found


def _safe(change: SchemaChange) -> Finding:
    return Finding(NAME, Severity.INFO, change.code, change.message, change.coordinate)


def _nothing_recorded(policy: CheckPolicy) -> Finding:
    message = (
        f"No operation was recorded in the last {policy.days} days, so nobody knows whom a breaking change hits; "
        "let the routers report usage"
    )
    return Finding(NAME, Severity.WARNING, "NO_USAGE_RECORDED", message)


class _Judge:
    def __init__(
        self,
        policy: CheckPolicy,
        total: int,
        used: Mapping[int, set[str]],
        operations: Iterable[RecordedOperation],
    ) -> None:
        self._policy = policy
        self._total = total
        self._used = used
        self._operations = [kept for one in operations if (kept := self._counted(one)) is not None]

    def _counted(self, operation: RecordedOperation) -> RecordedOperation | None:
        """Give the operation as the policy sees it; None where it does not count."""
        excluded = self._policy.excluded_clients
        clients = tuple(use for use in operation.clients if use.client.name not in excluded)
        kept = replace(operation, clients=clients)
        least = max(self._policy.min_requests, self._policy.min_percentage / PERCENT * self._total)
        return kept if clients and kept.requests >= least else None

    def finding(self, change: SchemaChange) -> Finding:
        """Tell one change that concerns operations."""
        hit = [one for one in self._operations if change.concerns(self._used[one.id])]
        affected = tuple(
            AffectedOperation(
                one.hash, one.name, use.client.name or None, use.client.version or None, use.requests
            )
            for one in hit
            for use in one.clients
        )
        return Finding(
            NAME,
            self._severity(change, is_hit=bool(hit)),
            change.code,
            change.message + self._who(change, hit),
            change.coordinate,
            operations=affected[:MAX_SHOWN],
        )

    def _severity(self, change: SchemaChange, *, is_hit: bool) -> Severity:
        if change.severity is not ChangeSeverity.BREAKING:
            return Severity.WARNING
        policy = self._policy
        is_unknown = policy.needs_usage and not self._total
        return Severity.ERROR if is_hit or is_unknown or not policy.allows_unused else Severity.WARNING

    def _who(self, change: SchemaChange, hit: Sequence[RecordedOperation]) -> str:
        verb = "breaks" if change.severity is ChangeSeverity.BREAKING else "concerns"
        if not hit:
            return f"; it {verb} no operation of the last {self._policy.days} days" if self._total else ""
        named = ", ".join(_label(one) for one in hit[:MAX_NAMED])
        more = f" and {len(hit) - MAX_NAMED} more" if len(hit) > MAX_NAMED else ""
        noun = "operation" if len(hit) == 1 else "operations"
        return f"; it {verb} {len(hit)} {noun} of the last {self._policy.days} days: {named}{more}"


def _label(operation: RecordedOperation) -> str:
    """Give an operation's name and who sends it, the most frequent first."""
    names = dict.fromkeys(f"{use.client.name or 'an unnamed client'}" for use in operation.clients)
    clients = ", ".join(list(names)[:MAX_NAMED])
    return f"{operation.name or operation.kind + ' ' + operation.hash[:8]} ({clients})"
