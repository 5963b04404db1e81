"""Recorded operations that need more fetches on the new supergraph, or more steps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from router.errors import ClientError
from router.federation.supergraph import InvalidSupergraphError, Supergraph, read_supergraph
from router.language.document import parse_operation
from router.language.validate import validate_operation
from router.planning.normalize.normalize import normalize
from router.planning.planner import NO_LABELS, Planner
from router.registry.checking.policy import read_policy
from router.registry.checks import AffectedOperation, Change, CheckContext, Finding, Severity
from router.registry.usage.store import RecordedOperation, read_operations

NAME: Final = "plans"
LARGER: Final = "PLAN_NEEDS_MORE_FETCHES"
LONGER: Final = "PLAN_NEEDS_MORE_STEPS"
NOT_ALL: Final = "PLANS_NOT_ALL_COMPARED"
ONE_PLAN_S: Final = 1.0
"""After which the search for the best plan of one operation ends."""


@dataclass(frozen=True, slots=True)
class PlanSize:
    """How much a plan asks."""

    fetches: int
    steps: int
    """Of fetches that wait for each other, the most in a row."""


async def plan_size(change: Change, context: CheckContext) -> Sequence[Finding]:
    """Plan recorded operations on both supergraphs, and warn of those whose plan grew."""
    if change.before is None or change.before.supergraph_sdl == change.after.supergraph_sdl:
        return ()
    async with context.database.reading() as connection:
        variant_id, policy = await read_policy(connection, change.ref)
        if variant_id is None or not policy.plans:
            return ()
        since = datetime.now(UTC).date() - timedelta(days=policy.days)
        operations = await read_operations(connection, variant_id, since)
    wanted = operations[: policy.plan_operations]
    if not wanted:
        return ()
    until_s = time.monotonic() + policy.plan_budget_s
    before, after = change.before.supergraph_sdl, change.after.supergraph_sdl
    return await asyncio.to_thread(
        compare_plans, wanted, before, after, lambda: time.monotonic() > until_s, len(operations)
    )


def compare_plans(
    operations: Sequence[RecordedOperation],
    before: str,
    after: str,
    should_stop: Callable[[], bool],
    recorded: int,
) -> list[Finding]:
    """Give a warning for each operation that needs more, and say if not all ``recorded`` were looked at.

    Operations that either schema refuses have nothing to compare.
    """
    try:
        old, new = (_Sizes(read_supergraph(sdl)) for sdl in (before, after))
    except InvalidSupergraphError:
        return []
    found: list[Finding] = []
    compared = 0
    for operation in operations:
        if should_stop():
            break
        compared += 1
        was, now = old.of(operation), new.of(operation)
        if was is not None and now is not None and (now.fetches > was.fetches or now.steps > was.steps):
            found.append(_finding(operation, was, now))
    if compared < recorded:
        message = f"The plans of {compared} of {recorded} recorded operations were compared, the most frequent first"
        found.append(Finding(NAME, Severity.INFO, NOT_ALL, message))
    return found


def _finding(operation: RecordedOperation, was: PlanSize, now: PlanSize) -> Finding:
    code = LARGER if now.fetches > was.fetches else LONGER
    message = (
        f"The plan of {operation.name or operation.kind + ' ' + operation.hash[:8]} needs {now.fetches} fetches in "
        f"{now.steps} steps, before {was.fetches} in {was.steps}; see why with olympus explain"
    )
    clients = tuple(
        AffectedOperation(
            operation.hash,
            operation.name,
            use.client.name or None,
            use.client.version or None,
            use.requests,
        )
        for use in operation.clients
    )
    return Finding(NAME, Severity.WARNING, code, message, operations=clients)


class _Sizes:
    """Plans over one supergraph, of which only the size is kept."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._planner = Planner(supergraph)

    def of(self, operation: RecordedOperation) -> PlanSize | None:
        """Give the size; None for what this supergraph cannot answer."""
        try:
            document = parse_operation(operation.signature)
            if validate_operation(document, self._supergraph.api_schema):
                return None
            normal = normalize(document, operation.name, self._supergraph)
        except (ClientError, KeyError):  # KeyError: no root type of the kind
            return None
        until_s = time.monotonic() + ONE_PLAN_S
        plan = self._planner.plan(normal, NO_LABELS, lambda: time.monotonic() > until_s)
        if plan.unplannable:
            return None
        return PlanSize(len(plan.fetches), plan.steps)
