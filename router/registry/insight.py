"""What the registry knows besides what is live: usage, policies, results of checks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from router.language.sdl_nodes import SdlTypeBlock
from router.language.sdl_parser import parse_sdl
from router.registry.checking.policy import (
    MAX_DAYS,
    CheckPolicy,
    read_policy,
    write_policy,
)
from router.registry.checking.runs import CheckRun, add_run, read_run, read_runs
from router.registry.checks import CheckReport
from router.registry.database.connect import AlreadyThereError, Database
from router.registry.database.reads import read_graphs, read_live_id, read_release_text
from router.registry.database.writes import Signed, add_audit
from router.registry.errors import RegistryInvalidError, RegistryNotFoundError
from router.registry.model import VariantRef
from router.registry.usage.model import UsageReport
from router.registry.usage.store import (
    DayUse,
    RecordedOperation,
    add_usage,
    forget_usage,
    read_coordinates,
    read_days,
    read_operations,
)
from router.registry.webhooks.store import (
    CHECK,
    Delivery,
    Webhook,
    add_webhook,
    check_payload,
    delete_webhook,
    enqueue,
    read_deliveries,
    read_webhooks,
)


@dataclass(frozen=True, slots=True)
class CoordinateUse:
    """Who used one coordinate."""

    coordinate: str
    operations: tuple[RecordedOperation, ...]
    """The most frequent first."""
    days: tuple[DayUse, ...]
    """The oldest first."""


class Insight:
    """Usage, policies and results over one database."""

    def __init__(self, database: Database, usage_days: int = MAX_DAYS) -> None:
        """Keep usage for ``usage_days``."""
        self._database = database
        self._usage_days = usage_days
        self._forgot_on: date | None = None

    async def report_usage(self, ref: VariantRef, report: UsageReport) -> list[str]:
        """Store what a router saw; gives the hashes of operations that it must describe first.

        Raises: RegistryNotFoundError, RegistryUnavailableError.
        """
        try:
            return await self._add_usage(ref, report)
        except AlreadyThereError:  # two routers told of the same new operation at once
            return await self._add_usage(ref, report)

    async def _add_usage(self, ref: VariantRef, report: UsageReport) -> list[str]:
        async with self._database.writing() as connection:
            variant_id, _ = await read_policy(connection, ref)
            if variant_id is None:
                raise RegistryNotFoundError(f"there is no variant {ref}")
            unknown = await add_usage(connection, variant_id, report)
            if self._forgot_on != report.at.date():  # once a day
                await forget_usage(connection, report.at.date() - timedelta(days=self._usage_days))
        self._forgot_on = report.at.date()
        return unknown

    async def usage(
        self, ref: VariantRef, coordinate: str, now: datetime, days: int = 30
    ) -> list[CoordinateUse]:
        """Give who used a coordinate in the last days, and who used it through an interface.

        The first entry is the coordinate's own; one more follows for each interface that the field's type
        implements, where somebody asked for the field there.
        Raises: RegistryNotFoundError for a variant or a coordinate that is not there and never was used.
        """
        if not 1 <= days <= MAX_DAYS:
            raise RegistryInvalidError(f"days is from 1 to {MAX_DAYS}")
        since = now.date() - timedelta(days=days)
        async with self._database.reading() as connection:
            variant_id, _ = await read_policy(connection, ref)
            if variant_id is None:
                raise RegistryNotFoundError(f"there is no variant {ref}")
            live_id = await read_live_id(connection, ref)
            text = None if live_id is None else await read_release_text(connection, live_id)
            names = [coordinate]
            if text is not None:
                names += await asyncio.to_thread(interfaces_with, text.api_sdl, coordinate)
            found = []
            for name in names:
                ids = await read_coordinates(connection, variant_id, {name})
                operations = await read_operations(connection, variant_id, since, ids) if ids else []
                use = await read_days(connection, variant_id, name, since) if ids else []
                if operations or name == coordinate:
                    found.append(CoordinateUse(name, tuple(operations), tuple(use)))
        if found[0].operations or text is None:
            return found
        if not await asyncio.to_thread(is_in, text.api_sdl, coordinate):
            raise RegistryNotFoundError(
                f"{ref} has no {coordinate}, and nobody used it in the last {days} days"
            )
        return found

    async def operations(self, ref: VariantRef, now: datetime, days: int = 30) -> list[RecordedOperation]:
        """Give every operation seen in the last days, the most frequent first."""
        async with self._database.reading() as connection:
            variant_id, _ = await read_policy(connection, ref)
            since = now.date() - timedelta(days=days)
            return [] if variant_id is None else await read_operations(connection, variant_id, since)

    async def policy(self, ref: VariantRef) -> CheckPolicy:
        """Give what the variant's checks let pass; the default for one that is not there yet."""
        async with self._database.reading() as connection:
            return (await read_policy(connection, ref))[1]

    async def set_policy(self, ref: VariantRef, policy: CheckPolicy, signed: Signed) -> None:
        """Replace what the variant's checks let pass.  Raises: RegistryNotFoundError."""
        async with self._database.writing() as connection:
            variant_id, _ = await read_policy(connection, ref)
            if variant_id is None:
                raise RegistryNotFoundError(f"there is no variant {ref}")
            await write_policy(connection, variant_id, policy)
            await add_audit(connection, signed, "set_policy", ref, None, policy.to_json())

    async def keep_run(
        self, ref: VariantRef, action: str, subgraphs: Sequence[str], report: CheckReport, signed: Signed
    ) -> int:
        """Keep what checks found, and let webhooks be told; gives the run's id."""
        made = (action, signed.actor, signed.at)
        async with self._database.writing() as connection:
            id_ = await add_run(connection, ref, made, subgraphs, report)
            run = CheckRun(id_, ref, signed.at, signed.actor, action, tuple(subgraphs), report)
            await enqueue(connection, ref, CHECK, check_payload(run), signed.at)
            return id_

    async def webhooks(self, graph: str) -> list[Webhook]:
        """Give a graph's webhooks, the oldest first."""
        async with self._database.reading() as connection:
            return await read_webhooks(connection, graph)

    async def deliveries(self, webhook_id: int, limit: int = 20) -> list[Delivery]:
        """Give what a webhook was told, or is to be told, the newest first."""
        async with self._database.reading() as connection:
            return await read_deliveries(connection, webhook_id, limit)

    async def add_webhook(
        self, graph: str, variant: str | None, url: str, events: Sequence[str], signed: Signed
    ) -> Webhook:
        """Let a URL be told of a graph's events.  Raises: RegistryInvalidError, RegistryNotFoundError."""
        async with self._database.writing() as connection:
            if graph not in await read_graphs(connection):
                raise RegistryNotFoundError(f"there is no graph {graph}")
            made = (signed.actor, signed.at)
            webhook = await add_webhook(connection, (graph, variant), url, events, made)
            ref = None if variant is None else VariantRef(graph, variant)
            detail = {"graph": graph, "events": list(webhook.events)}
            await add_audit(connection, signed, "add_webhook", ref, url, detail)
            return webhook

    async def delete_webhook(self, graph: str, id_: int, signed: Signed) -> None:
        """Tell a URL nothing more.  Raises: RegistryNotFoundError."""
        async with self._database.writing() as connection:
            if not await delete_webhook(connection, graph, id_):
                raise RegistryNotFoundError(f"{graph} has no webhook {id_}")
            await add_audit(connection, signed, "delete_webhook", None, str(id_), {"graph": graph})

    async def runs(self, ref: VariantRef, limit: int = 20, before: int | None = None) -> list[CheckRun]:
        """Give what checks found, the newest first."""
        async with self._database.reading() as connection:
            return await read_runs(connection, ref, limit, before)

    async def run(self, id_: int) -> CheckRun | None:
        """Give one run of any variant."""
        async with self._database.reading() as connection:
            return await read_run(connection, id_)


def interfaces_with(api_sdl: str, coordinate: str) -> list[str]:
    """Give ``Interface.field`` for each interface through which ``Type.field`` can be asked for."""
    type_name, dot, field = coordinate.partition(".")
    if not dot:
        return []
    types = {node.name: node for node in parse_sdl(api_sdl).definitions if isinstance(node, SdlTypeBlock)}
    name = field.partition("(")[0]
    own = types.get(type_name)
    return [
        f"{one.name}.{field}"
        for one in (() if own is None else own.interfaces)
        if one.name in types and any(known.name == name for known in types[one.name].fields)
    ]


def is_in(api_sdl: str, coordinate: str) -> bool:
    """Tell whether a schema has what a coordinate names; arguments and directives count by their owner."""
    owner, _, member = coordinate.partition("(")[0].partition(".")
    for node in parse_sdl(api_sdl).definitions:
        if owner.startswith("@") and getattr(node, "name", None) == owner[1:]:
            return True
        if isinstance(node, SdlTypeBlock) and node.name == owner:
            names = {one.name for part in (node.fields, node.inputs, node.values) for one in part}
            return not member or member in names
    return False
