"""Webhooks and their deliveries in the database.  Each function is part of its caller's transaction."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from router.registry.checking.runs import CheckRun
from router.registry.checks import Severity
from router.registry.database.usage_tables import WEBHOOK_DELIVERIES, WEBHOOKS
from router.registry.errors import RegistryInvalidError
from router.registry.model import VariantRef

RELEASE: Final = "release"
CHECK: Final = "check"
EVENTS: Final = (CHECK, RELEASE)
_SEVERITIES: Final = tuple(Severity)
MAX_FINDINGS: Final = 50
"""Told with one check."""
MAX_URL: Final = 2048
KEPT_DELIVERIES: Final = 200
"""Of one webhook, those that ended."""
LEASE: Final = timedelta(seconds=60)
"""How long one process has for one attempt before another may try."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Who is told of what."""

    id: int
    graph: str
    variant: str | None
    """None: every variant."""
    url: str
    events: tuple[str, ...]
    secret: str = field(repr=False)
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing that is told to one webhook."""

    id: int
    webhook_id: int
    event: str
    body: str
    created_at: datetime
    attempts: int
    next_at: datetime | None
    """None: it was delivered, or given up."""
    delivered_at: datetime | None
    status: int | None
    """Of the last answer."""
    error: str | None


def check_webhook(url: str, events: Sequence[str]) -> None:
    """Raises: RegistryInvalidError."""
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or len(url) > MAX_URL or not url.isprintable() or " " in url:
        raise RegistryInvalidError("a webhook's URL begins with http:// or https:// and names a host")
    if parts.username is not None or parts.password is not None:
        raise RegistryInvalidError("a webhook's URL has no password: what is sent is signed with its secret")
    unknown = sorted(set(events) - set(EVENTS))
    if unknown or not events:
        raise RegistryInvalidError(f"events are {' and '.join(EVENTS)}")


async def add_webhook(
    connection: AsyncConnection,
    place: tuple[str, str | None],
    url: str,
    events: Sequence[str],
    made: tuple[str, datetime],
) -> Webhook:
    """Add a webhook with a new secret; ``place`` is graph and variant, ``made`` by whom and when."""
    check_webhook(url, events)
    values: dict[str, Any] = {
        "graph": place[0],
        "variant": place[1],
        "url": url,
        "events": sorted(set(events)),
        "secret": f"olw_{secrets.token_urlsafe(32)}",
        "created_at": made[1],
        "created_by": made[0],
    }
    added = await connection.execute(insert(WEBHOOKS).values(**values))
    key = added.inserted_primary_key
    values["events"] = tuple(values["events"])
    return Webhook(id=int(key[0]) if key is not None else 0, **values)


async def delete_webhook(connection: AsyncConnection, graph: str, id_: int) -> bool:
    """Delete a graph's webhook with its deliveries; False where it has no such one."""
    ours = select(WEBHOOKS.c.id).where(WEBHOOKS.c.graph == graph, WEBHOOKS.c.id == id_)
    await connection.execute(delete(WEBHOOK_DELIVERIES).where(WEBHOOK_DELIVERIES.c.webhook_id.in_(ours)))
    gone = await connection.execute(delete(WEBHOOKS).where(WEBHOOKS.c.graph == graph, WEBHOOKS.c.id == id_))
    return gone.rowcount == 1


async def read_webhooks(connection: AsyncConnection, graph: str) -> list[Webhook]:
    """Give a graph's webhooks, the oldest first."""
    statement = select(WEBHOOKS).where(WEBHOOKS.c.graph == graph).order_by(WEBHOOKS.c.id)
    return [_webhook(row) for row in await connection.execute(statement)]


async def read_webhook(connection: AsyncConnection, id_: int) -> Webhook | None:
    """Give one webhook."""
    row = (await connection.execute(select(WEBHOOKS).where(WEBHOOKS.c.id == id_))).first()
    return None if row is None else _webhook(row)


async def read_deliveries(connection: AsyncConnection, webhook_id: int, limit: int) -> list[Delivery]:
    """Give a webhook's deliveries, the newest first."""
    statement = (
        select(WEBHOOK_DELIVERIES)
        .where(WEBHOOK_DELIVERIES.c.webhook_id == webhook_id)
        .order_by(WEBHOOK_DELIVERIES.c.id.desc())
        .limit(limit)
    )
    return [Delivery(*row) for row in await connection.execute(statement)]


async def enqueue(
    connection: AsyncConnection, ref: VariantRef, event: str, payload: Mapping[str, Any], at: datetime
) -> None:
    """Let every webhook that wants to hear of it be told."""
    statement = select(WEBHOOKS.c.id, WEBHOOKS.c.events).where(
        WEBHOOKS.c.graph == ref.graph,
        or_(WEBHOOKS.c.variant.is_(None), WEBHOOKS.c.variant == ref.variant),
    )
    wanted = [row.id for row in await connection.execute(statement) if event in row.events]
    if not wanted:
        return
    told = {"event": event, "graph": ref.graph, "variant": ref.variant, **payload}
    body = json.dumps(told, ensure_ascii=False)
    rows = [
        {"webhook_id": id_, "event": event, "body": body, "created_at": at, "attempts": 0, "next_at": at}
        for id_ in wanted
    ]
    await connection.execute(insert(WEBHOOK_DELIVERIES), rows)


def check_payload(run: CheckRun) -> dict[str, Any]:
    """Tell what checks found; the worst findings come first."""
    findings = sorted(run.report.findings, key=lambda one: _SEVERITIES.index(one.severity))
    return {
        "checkRun": run.id,
        "action": run.action,
        "actor": run.actor,
        "at": run.at.isoformat(timespec="seconds"),
        "subgraphs": list(run.subgraphs),
        "passed": run.report.passed,
        "findings": [
            {
                "check": one.check,
                "severity": one.severity.value,
                "code": one.code,
                "message": one.message,
                "coordinate": one.coordinate,
            }
            for one in findings[:MAX_FINDINGS]
        ],
        "findingCount": len(findings),
    }


async def is_due(connection: AsyncConnection, now: datetime) -> bool:
    """Tell whether there is something to send.  Takes no lock."""
    found = select(WEBHOOK_DELIVERIES.c.id).where(WEBHOOK_DELIVERIES.c.next_at <= now).limit(1)
    return (await connection.execute(found)).first() is not None


async def claim(connection: AsyncConnection, now: datetime) -> Delivery | None:
    """Take the delivery that has been due longest, for one attempt; None where none is due."""
    table = WEBHOOK_DELIVERIES
    due = select(table).where(table.c.next_at <= now).order_by(table.c.next_at, table.c.id).limit(1)
    row = (await connection.execute(due)).first()
    if row is None:
        return None
    mine = (
        update(table)
        .where(table.c.id == row.id, table.c.attempts == row.attempts, table.c.next_at == row.next_at)
        .values(attempts=row.attempts + 1, next_at=now + LEASE)
    )
    if (await connection.execute(mine)).rowcount != 1:
        return None
    return Delivery(*row)


async def end_attempt(
    connection: AsyncConnection,
    delivery: Delivery,
    at: datetime,
    result: tuple[int | None, str | None],
    next_at: datetime | None,
) -> None:
    """Write down how an attempt went: the answer's status, or an error; and when the next one is."""
    status, error = result
    table = WEBHOOK_DELIVERIES
    values = {
        "status": status,
        "error": error,
        "next_at": next_at,
        "delivered_at": at if error is None else None,
    }
    await connection.execute(update(table).where(table.c.id == delivery.id).values(**values))
    ended = (table.c.webhook_id == delivery.webhook_id) & table.c.next_at.is_(None)
    last = (
        await connection.execute(
            select(table.c.id).where(ended).order_by(table.c.id.desc()).offset(KEPT_DELIVERIES).limit(1)
        )
    ).scalar()
    if last is not None:
        await connection.execute(delete(table).where(ended, table.c.id <= last))


def _webhook(row: Any) -> Webhook:
    return Webhook(
        row.id,
        row.graph,
        row.variant,
        row.url,
        tuple(row.events),
        row.secret,
        row.created_at,
        row.created_by,
    )
