"""What the lint rules do not like in the subgraphs that change."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from router.composition.lint.lint import lint
from router.registry.checking.policy import read_policy
from router.registry.checks import Change, CheckContext, Finding, Location, Severity

NAME: Final = "lint"


async def lint_rules(change: Change, context: CheckContext) -> Sequence[Finding]:
    """Warn; nothing here fails a change."""
    changed = [change.subgraphs[name] for name in change.changed if name in change.subgraphs]
    if not changed:
        return ()
    async with context.database.reading() as connection:
        _, policy = await read_policy(connection, change.ref)
    found: list[Finding] = []
    for revision in changed:
        for warning in await asyncio.to_thread(lint, revision.subgraph, revision.sdl, policy.lint):
            place = Location(revision.subgraph, warning.line, warning.column)
            found.append(
                Finding(NAME, Severity.WARNING, warning.code, warning.message, warning.coordinate, (place,))
            )
    return found
