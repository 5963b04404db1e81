"""What checks found, kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from router.registry.checks import AffectedOperation, CheckReport, Finding, Location, Severity
from router.registry.database.usage_tables import CHECK_RUNS
from router.registry.model import VariantRef

KEPT: Final = 500
"""Runs of one variant; older ones are deleted."""


@dataclass(frozen=True, slots=True)
class CheckRun:
    """One change that was checked."""

    id: int
    ref: VariantRef
    at: datetime
    actor: str
    action: str
    """What was asked: ``check``, ``publish``, ``delete``."""
    subgraphs: tuple[str, ...]
    report: CheckReport


async def add_run(
    connection: AsyncConnection,
    ref: VariantRef,
    made: tuple[str, str, datetime],
    subgraphs: Sequence[str],
    report: CheckReport,
) -> int:
    """Keep a run; ``made`` is what was asked, by whom and when.  Gives its id."""
    action, actor, at = made
    added = await connection.execute(
        insert(CHECK_RUNS).values(
            graph=ref.graph,
            variant=ref.variant,
            at=at,
            actor=actor,
            action=action,
            subgraphs=list(subgraphs),
            has_passed=report.passed,
            findings=[asdict(finding) for finding in report.findings],
        )
    )
    key = added.inserted_primary_key
    ours = (CHECK_RUNS.c.graph == ref.graph) & (CHECK_RUNS.c.variant == ref.variant)
    oldest = select(CHECK_RUNS.c.id).where(ours).order_by(CHECK_RUNS.c.id.desc()).offset(KEPT).limit(1)
    last = (await connection.execute(oldest)).scalar()
    if last is not None:
        await connection.execute(delete(CHECK_RUNS).where(ours, CHECK_RUNS.c.id <= last))
    return int(key[0]) if key is not None else 0


async def read_runs(
    connection: AsyncConnection, ref: VariantRef, limit: int, before: int | None = None
) -> list[CheckRun]:
    """Give a variant's runs, the newest first."""
    statement = (
        select(CHECK_RUNS)
        .where(CHECK_RUNS.c.graph == ref.graph, CHECK_RUNS.c.variant == ref.variant)
        .order_by(CHECK_RUNS.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(CHECK_RUNS.c.id < before)
    return [_run(row) for row in await connection.execute(statement)]


async def read_run(connection: AsyncConnection, id_: int) -> CheckRun | None:
    """Give one run of any variant."""
    row = (await connection.execute(select(CHECK_RUNS).where(CHECK_RUNS.c.id == id_))).first()
    return None if row is None else _run(row)


def _run(row: Any) -> CheckRun:
    return CheckRun(
        row.id,
        VariantRef(row.graph, row.variant),
        row.at,
        row.actor,
        row.action,
        tuple(row.subgraphs),
        CheckReport(tuple(_finding(one) for one in row.findings)),
    )


def _finding(value: dict[str, Any]) -> Finding:
    return Finding(
        **{
            **value,
            "severity": Severity(value["severity"]),
            "locations": tuple(Location(**one) for one in value["locations"]),
            "operations": tuple(AffectedOperation(**one) for one in value["operations"]),
        }
    )
