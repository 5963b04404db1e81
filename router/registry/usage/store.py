"""Usage in the registry's database.  Writes are part of their caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from router.registry.database.usage_tables import (
    BUCKET_NAMES,
    OPERATION_COORDINATES,
    OPERATIONS,
    USAGE,
)
from router.registry.usage.model import Client, UsageCount, UsageReport

CHUNK: Final = 500
"""Values of one statement: SQLite takes 32,766 parameters, PostgreSQL's driver 32,767."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RecordedOperation:
    """An operation that was seen in the days asked for."""

    id: int
    hash: str
    kind: str
    name: str | None
    signature: str
    clients: tuple[ClientUse, ...]
    """The most frequent first."""

    @property
    def requests(self) -> int:
        """Of all clients."""
        return sum(one.requests for one in self.clients)


@dataclass(frozen=True, slots=True)
class ClientUse:
    """How much one client sent one operation."""

    client: Client
    requests: int
    errors: int
    latency_us: int
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class DayUse:
    """What one client did on one day with what was asked for."""

    day: date
    client: Client
    requests: int
    errors: int


async def add_usage(connection: AsyncConnection, variant_id: int, report: UsageReport) -> list[str]:
    """Add what a router saw to the day's sums.

    Counts of an operation that nobody has described are left out; gives their hashes, sorted.
    """
    await _add_operations(connection, variant_id, report)
    ids = await _ids(connection, variant_id, {one.hash for one in report.counts})
    rows = [_row(ids[one.hash], one, report.at) for one in report.counts if one.hash in ids]
    key = ["operation_id", "day", "client_name", "client_version"]
    summed = ("requests", "errors", "latency_us", *BUCKET_NAMES)
    # In one order, so that two reports at once do not wait for each other in a circle.
    rows.sort(key=lambda row: [str(row[name]) for name in key])
    for part in _parts(_merged(rows, key, summed)):
        statement: Any = _insert(connection, USAGE).values(part)
        new = statement.excluded
        sums = {name: USAGE.c[name] + new[name] for name in summed}
        sums["last_seen"] = new.last_seen
        await connection.execute(statement.on_conflict_do_update(index_elements=key, set_=sums))
    return sorted({one.hash for one in report.counts} - ids.keys())


async def forget_usage(connection: AsyncConnection, before: date) -> None:
    """Delete the sums of days before this one, and the operations that were not seen since."""
    await connection.execute(delete(USAGE).where(USAGE.c.day < before))
    unseen = (
        select(OPERATIONS.c.id)
        .outerjoin(USAGE, USAGE.c.operation_id == OPERATIONS.c.id)
        .where(
            USAGE.c.operation_id.is_(None), OPERATIONS.c.first_seen < datetime.combine(before, time(), UTC)
        )
    )
    gone = [row.id for row in await connection.execute(unseen)]
    for part in _parts(gone):
        await connection.execute(
            delete(OPERATION_COORDINATES).where(OPERATION_COORDINATES.c.operation_id.in_(part))
        )
        await connection.execute(delete(OPERATIONS).where(OPERATIONS.c.id.in_(part)))


async def _add_operations(connection: AsyncConnection, variant_id: int, report: UsageReport) -> None:
    described = {one.hash: one for one in report.operations}
    known = await _ids(connection, variant_id, described)
    new = [one for hash_, one in sorted(described.items()) if hash_ not in known]
    for one in new:
        added: Any = _insert(connection, OPERATIONS).values(
            variant_id=variant_id,
            hash=one.hash,
            kind=one.kind,
            name=one.name,
            signature=one.signature,
            first_seen=report.at,
        )
        await connection.execute(added.on_conflict_do_nothing(index_elements=["variant_id", "hash"]))
    ids = await _ids(connection, variant_id, described)
    # Of known ones too: another schema may give the same text other coordinates, and both are used.
    pairs = [(ids[one.hash], coordinate) for one in described.values() for coordinate in one.coordinates]
    for part in _parts(sorted(pairs)):
        rows = [{"operation_id": id_, "coordinate": coordinate} for id_, coordinate in part]
        statement: Any = _insert(connection, OPERATION_COORDINATES).values(rows)
        await connection.execute(statement.on_conflict_do_nothing())


async def _ids(connection: AsyncConnection, variant_id: int, hashes: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in _parts(sorted(hashes)):
        statement = select(OPERATIONS.c.hash, OPERATIONS.c.id).where(
            OPERATIONS.c.variant_id == variant_id, OPERATIONS.c.hash.in_(part)
        )
        found.update((row.hash, row.id) for row in await connection.execute(statement))
    return found


def _row(operation_id: int, count: UsageCount, at: datetime) -> dict[str, Any]:
    return {
        "operation_id": operation_id,
        "day": at.date(),
        "client_name": count.client.name,
        "client_version": count.client.version,
        "requests": count.requests,
        "errors": count.errors,
        "latency_us": count.latency_us,
        **dict(zip(BUCKET_NAMES, count.buckets, strict=True)),
        "last_seen": at,
    }


def _merged(
    rows: Sequence[dict[str, Any]], key: Sequence[str], summed: Sequence[str]
) -> list[dict[str, Any]]:
    """Give one row for each key: one statement may not touch a row twice."""
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        known = merged.setdefault(tuple(row[name] for name in key), row)
        if known is not row:
            known.update((name, known[name] + row[name]) for name in summed)
    return list(merged.values())


def _insert(connection: AsyncConnection, table: Table) -> Any:
    """Give an INSERT that can say what to do on conflict, which each database says by itself."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


async def count_requests(connection: AsyncConnection, variant_id: int, since: date) -> int:
    """Give how many requests were recorded since a day, that day included."""
    statement = (
        select(func.coalesce(func.sum(USAGE.c.requests), 0))
        .join(OPERATIONS, OPERATIONS.c.id == USAGE.c.operation_id)
        .where(OPERATIONS.c.variant_id == variant_id, USAGE.c.day >= since)
    )
    return int((await connection.execute(statement)).scalar_one())


async def read_coordinates(
    connection: AsyncConnection, variant_id: int, coordinates: Collection[str]
) -> dict[int, set[str]]:
    """Give, by operation, which of these coordinates it uses."""
    found: dict[int, set[str]] = {}
    for part in _parts(sorted(coordinates)):
        statement = (
            select(OPERATION_COORDINATES.c.operation_id, OPERATION_COORDINATES.c.coordinate)
            .join(OPERATIONS, OPERATIONS.c.id == OPERATION_COORDINATES.c.operation_id)
            .where(OPERATIONS.c.variant_id == variant_id, OPERATION_COORDINATES.c.coordinate.in_(part))
        )
        for row in await connection.execute(statement):
            found.setdefault(row.operation_id, set()).add(row.coordinate)
    return found


async def read_operations(
    connection: AsyncConnection,
    variant_id: int,
    since: date,
    ids: Collection[int] | None = None,
) -> list[RecordedOperation]:
    """Give the operations seen since a day, the most frequent first; only ``ids`` where they are given."""
    uses: dict[int, list[ClientUse]] = {}
    described: dict[int, Any] = {}
    parts: Iterable[tuple[int, ...] | None] = [None] if ids is None else _parts(sorted(ids))
    for part in parts:
        statement = (
            select(
                OPERATIONS,
                USAGE.c.client_name,
                USAGE.c.client_version,
                func.sum(USAGE.c.requests).label("requests"),
                func.sum(USAGE.c.errors).label("errors"),
                func.sum(USAGE.c.latency_us).label("latency_us"),
                func.max(USAGE.c.last_seen).label("seen"),
            )
            .join(USAGE, USAGE.c.operation_id == OPERATIONS.c.id)
            .where(OPERATIONS.c.variant_id == variant_id, USAGE.c.day >= since)
            .group_by(OPERATIONS.c.id, USAGE.c.client_name, USAGE.c.client_version)
        )
        if part is not None:
            statement = statement.where(OPERATIONS.c.id.in_(part))
        for row in await connection.execute(statement):
            described[row.id] = row
            client = Client(row.client_name, row.client_version)
            numbers = (int(row.requests), int(row.errors), int(row.latency_us))
            uses.setdefault(row.id, []).append(ClientUse(client, *numbers, row.seen))
    operations = [
        RecordedOperation(
            id_,
            row.hash,
            row.kind,
            row.name,
            row.signature,
            tuple(sorted(uses[id_], key=lambda use: (-use.requests, use.client.name, use.client.version))),
        )
        for id_, row in described.items()
    ]
    return sorted(operations, key=lambda one: (-one.requests, one.hash))


async def read_days(
    connection: AsyncConnection, variant_id: int, coordinate: str, since: date
) -> list[DayUse]:
    """Give how much a coordinate was used since a day, by day and client, the oldest first."""
    statement = (
        select(
            USAGE.c.day,
            USAGE.c.client_name,
            USAGE.c.client_version,
            func.sum(USAGE.c.requests).label("requests"),
            func.sum(USAGE.c.errors).label("errors"),
        )
        .join(OPERATIONS, OPERATIONS.c.id == USAGE.c.operation_id)
        .join(OPERATION_COORDINATES, OPERATION_COORDINATES.c.operation_id == OPERATIONS.c.id)
        .where(
            OPERATIONS.c.variant_id == variant_id,
            OPERATION_COORDINATES.c.coordinate == coordinate,
            USAGE.c.day >= since,
        )
        .group_by(USAGE.c.day, USAGE.c.client_name, USAGE.c.client_version)
        .order_by(USAGE.c.day, USAGE.c.client_name, USAGE.c.client_version)
    )
    return [
        DayUse(row.day, Client(row.client_name, row.client_version), int(row.requests), int(row.errors))
        for row in await connection.execute(statement)
    ]


def _parts(values: Iterable[T]) -> Iterator[tuple[T, ...]]:
    waiting = iter(values)
    while part := tuple(islice(waiting, CHUNK)):
        yield part
