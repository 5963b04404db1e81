"""What was drafted becomes live: one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from router.registry.checks import CheckReport, Severity
from router.registry.database.connect import Database
from router.registry.database.reads import State
from router.registry.database.writes import (
    Signed,
    add_audit,
    add_release,
    add_revisions,
    add_variant,
    set_contract,
    set_heads,
    take_turn,
)
from router.registry.draft import Draft, changed_names
from router.registry.model import Contract, ReleaseKind, ReleaseText, SubgraphRevision, VariantRef
from router.registry.webhooks.store import RELEASE, enqueue

Reason: TypeAlias = tuple[ReleaseKind, int | None]
"""Why there is a release, and the one that it repeats or is derived from."""


async def write_release(
    database: Database,
    variant: tuple[VariantRef, State | None],
    heads: Mapping[str, SubgraphRevision],
    draft: Draft,
    reason: Reason,
    signed: Signed,
) -> list[int] | None:
    """Write revisions, what the variant is made of, the release, those of its contracts, and the audit.

    Gives the ids of the releases, the variant's own first; none where the draft has no supergraph.  None when the
    variant is no longer what was read: nothing is written then.
    Raises: AlreadyThereError, RegistryUnavailableError.
    """
    ref, state = variant
    async with database.writing() as connection:
        if state is None:
            (graph_id, variant_id), version, before = await add_variant(connection, ref, signed.at), 0, {}
        else:
            graph_id, variant_id, version, before = (
                state.graph_id,
                state.variant_id,
                state.version,
                state.heads,
            )
        if not await take_turn(connection, variant_id, version):
            await connection.rollback()
            return None
        stored = await add_revisions(connection, graph_id, heads)
        await set_heads(connection, variant_id, before, stored)
        released = []
        if draft.text is not None:
            revisions = [revision.id for revision in stored.values()]
            released.append(await add_release(connection, variant_id, draft.text, reason, revisions, signed))
            names = changed_names(before, stored)
            await _tell(connection, ref, released[0], reason, names, signed)
            for contract in draft.contracts:
                if contract.is_new and contract.text is not None:
                    of = (ReleaseKind.CONTRACT, released[0])
                    id_ = await add_release(
                        connection, contract.variant_id, contract.text, of, revisions, signed
                    )
                    released.append(id_)
                    await _tell(connection, contract.variant.ref, id_, of, names, signed)
        detail = {
            "releases": released,
            "forced": [
                f.code for f in draft.findings if f.severity is Severity.ERROR and draft.text is not None
            ],
        }
        subject = _subject(reason, ", ".join(changed_names(before, stored)))
        await add_audit(connection, signed, reason[0].value, ref, subject, detail)
    return released


async def write_contract(
    database: Database,
    variants: tuple[VariantRef, State | None, State],
    contract: Contract,
    text: ReleaseText | None,
    signed: Signed,
) -> list[int] | None:
    """Let a variant be a contract of another; ``variants`` are the contract, as it was, and its source.

    Gives the id of its release, where it has something to show.  None when the source is no longer what was read.
    """
    ref, there, source = variants
    async with database.writing() as connection:
        turns = (
            [source] if there is None else [source, there]
        )  # nobody may publish to what becomes a contract
        for state in turns:
            if not await take_turn(connection, state.variant_id, state.version):
                await connection.rollback()
                return None
        variant_id = await _contract_id(connection, ref, there, signed)
        await set_contract(connection, variant_id, source.variant_id, contract)
        released = []
        if text is not None:
            of = (ReleaseKind.CONTRACT, source.variant.live_release_id)
            revisions = [revision.id for revision in source.heads.values()]
            released.append(await add_release(connection, variant_id, text, of, revisions, signed))
            await _tell(connection, ref, released[0], of, (), signed)
        detail = {
            "releases": released,
            "source": contract.source,
            "include": list(contract.include_tags),
            "exclude": list(contract.exclude_tags),
            "hide_unreachable": contract.hides_unreachable,
        }
        await add_audit(connection, signed, "contract", ref, contract.source, detail)
    return released


async def tell_of_rejection(
    database: Database,
    ref: VariantRef,
    what: tuple[ReleaseKind, tuple[str, ...]],
    report: CheckReport,
    signed: Signed,
) -> None:
    """Write down that a change was refused, and why."""
    kind, names = what
    codes = sorted({finding.code for finding in report.findings if finding.severity is Severity.ERROR})
    async with database.writing() as connection:
        await add_audit(connection, signed, f"{kind.value}_rejected", ref, ", ".join(names), {"codes": codes})


async def _tell(
    connection: AsyncConnection,
    ref: VariantRef,
    release_id: int,
    reason: Reason,
    changed: Sequence[str],
    signed: Signed,
) -> None:
    """Let webhooks be told of a release."""
    payload = {
        "release": release_id,
        "kind": reason[0].value,
        "of": reason[1],
        "createdAt": signed.at.isoformat(timespec="seconds"),
        "createdBy": signed.actor,
        "subgraphs": list(changed),
    }
    await enqueue(connection, ref, RELEASE, payload, signed.at)


async def _contract_id(
    connection: AsyncConnection, ref: VariantRef, there: State | None, signed: Signed
) -> int:
    return there.variant_id if there is not None else (await add_variant(connection, ref, signed.at))[1]


def _subject(reason: Reason, names: str) -> str:
    kind, of = reason
    return str(of) if kind is ReleaseKind.ROLLBACK else names
