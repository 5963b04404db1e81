"""What changes the database.  Each function is part of its caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from router.registry.database.tables import (
    AUDIT,
    GRAPHS,
    HEADS,
    RELEASE_REVISIONS,
    RELEASES,
    REVISIONS,
    VARIANTS,
)
from router.registry.model import Contract, ReleaseKind, ReleaseText, SubgraphRevision, VariantRef


@dataclass(frozen=True, slots=True)
class Signed:
    """Who does something, and when."""

    actor: str
    at: datetime


async def add_variant(connection: AsyncConnection, ref: VariantRef, at: datetime) -> tuple[int, int]:
    """Add the variant, and its graph where that is new, too.  Gives the ids of graph and variant.

    Raises: what the database raises for a variant that exists.
    """
    found = await connection.execute(select(GRAPHS.c.id).where(GRAPHS.c.name == ref.graph))
    graph_id = found.scalar()
    if graph_id is None:
        graph_id = await _insert(connection, GRAPHS, name=ref.graph, created_at=at)
    variant_id = await _insert(
        connection, VARIANTS, graph_id=graph_id, name=ref.variant, version=0, created_at=at
    )
    return graph_id, variant_id


async def take_turn(connection: AsyncConnection, variant_id: int, version: int) -> bool:
    """Raise the variant's version; False when it is no longer the one that was read: nothing may be written then.

    Compare-and-set: until the end of the transaction nobody else passes here.
    """
    statement = (
        update(VARIANTS)
        .where(VARIANTS.c.id == variant_id, VARIANTS.c.version == version)
        .values(version=version + 1)
    )
    return (await connection.execute(statement)).rowcount == 1


async def add_revisions(
    connection: AsyncConnection, graph_id: int, heads: Mapping[str, SubgraphRevision]
) -> dict[str, SubgraphRevision]:
    """Store those that are not stored yet; gives all with their ids."""
    stored = dict(heads)
    for name, revision in heads.items():
        if not revision.id:
            id_ = await _insert(
                connection,
                REVISIONS,
                graph_id=graph_id,
                subgraph=name,
                url=revision.url,
                sdl=revision.sdl,
                sha256=revision.sha256,
                created_at=revision.created_at,
                created_by=revision.created_by,
            )
            stored[name] = replace(revision, id=id_)
    return stored


async def set_heads(
    connection: AsyncConnection,
    variant_id: int,
    old: Mapping[str, SubgraphRevision],
    new: Mapping[str, SubgraphRevision],
) -> None:
    """Let the variant be made of ``new``."""
    changed = [
        name for name in {*old, *new} if name not in new or name not in old or old[name].id != new[name].id
    ]
    if changed:
        await connection.execute(
            delete(HEADS).where(HEADS.c.variant_id == variant_id, HEADS.c.subgraph.in_(changed))
        )
    rows = [
        {"variant_id": variant_id, "subgraph": name, "revision_id": new[name].id}
        for name in sorted(changed)
        if name in new
    ]
    if rows:
        await connection.execute(insert(HEADS), rows)


async def add_release(
    connection: AsyncConnection,
    variant_id: int,
    text: ReleaseText,
    reason: tuple[ReleaseKind, int | None],
    revisions: Iterable[int],
    signed: Signed,
) -> int:
    """Add a release and make it live.  ``reason`` is its kind, and the release it repeats or is derived from."""
    kind, of_release_id = reason
    id_ = await _insert(
        connection,
        RELEASES,
        variant_id=variant_id,
        kind=kind.value,
        of_release_id=of_release_id,
        supergraph_sdl=text.supergraph_sdl,
        api_sdl=text.api_sdl,
        created_at=signed.at,
        created_by=signed.actor,
    )
    rows = [{"release_id": id_, "revision_id": revision} for revision in revisions]
    if rows:
        await connection.execute(insert(RELEASE_REVISIONS), rows)
    await connection.execute(update(VARIANTS).where(VARIANTS.c.id == variant_id).values(live_release_id=id_))
    return id_


async def set_contract(
    connection: AsyncConnection, variant_id: int, source_id: int, contract: Contract
) -> None:
    """Let a variant be a contract of another."""
    await connection.execute(
        update(VARIANTS)
        .where(VARIANTS.c.id == variant_id)
        .values(
            source_id=source_id,
            include_tags=list(contract.include_tags),
            exclude_tags=list(contract.exclude_tags),
            hides_unreachable=contract.hides_unreachable,
        )
    )


async def add_audit(
    connection: AsyncConnection,
    signed: Signed,
    action: str,
    ref: VariantRef | None,
    subject: str | None,
    detail: Mapping[str, Any],
) -> None:
    """Write down who did what when."""
    await connection.execute(
        insert(AUDIT).values(
            at=signed.at,
            actor=signed.actor,
            action=action,
            graph=None if ref is None else ref.graph,
            variant=None if ref is None else ref.variant,
            subject=subject,
            detail=dict(detail),
        )
    )


async def _insert(connection: AsyncConnection, table: Any, **values: Any) -> int:
    inserted = await connection.execute(insert(table).values(**values))
    key = inserted.inserted_primary_key
    return int(key[0]) if key is not None else 0
