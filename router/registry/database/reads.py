"""What the database says: each function is one look, consistent in itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, select
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
from router.registry.model import (
    AuditEntry,
    Contract,
    Release,
    ReleaseKind,
    ReleaseText,
    SubgraphRevision,
    Variant,
    VariantRef,
)

_SOURCE: Final = VARIANTS.alias("source")
_REVISION_COLUMNS: Final = (
    REVISIONS.c.id,
    REVISIONS.c.subgraph,
    REVISIONS.c.url,
    REVISIONS.c.sdl,
    REVISIONS.c.sha256,
    REVISIONS.c.created_at,
    REVISIONS.c.created_by,
)


@dataclass(frozen=True, slots=True)
class State:
    """A variant, and by which version it may be changed."""

    graph_id: int
    variant_id: int
    version: int
    variant: Variant
    heads: dict[str, SubgraphRevision]
    """By name, sorted."""


async def read_state(connection: AsyncConnection, ref: VariantRef) -> State | None:
    """Give the variant with what it is made of; None where there is none.  One statement: nothing moves between."""
    statement = (
        select(
            VARIANTS.c.graph_id,
            VARIANTS.c.id.label("variant_id"),
            VARIANTS.c.version,
            *_VARIANT_COLUMNS,
            *(column.label(f"revision_{column.name}") for column in _REVISION_COLUMNS),
        )
        .select_from(
            _VARIANTS_WITH_GRAPHS.outerjoin(HEADS, HEADS.c.variant_id == VARIANTS.c.id).outerjoin(
                REVISIONS, REVISIONS.c.id == HEADS.c.revision_id
            )
        )
        .where(GRAPHS.c.name == ref.graph, VARIANTS.c.name == ref.variant)
        .order_by(HEADS.c.subgraph)
    )
    rows = (await connection.execute(statement)).all()
    if not rows:
        return None
    names = [column.name for column in _REVISION_COLUMNS]
    revisions = (
        SubgraphRevision(*(getattr(row, f"revision_{name}") for name in names))
        for row in rows
        if row.revision_id is not None
    )
    heads = {revision.subgraph: revision for revision in sorted(revisions, key=lambda r: r.subgraph)}
    first = rows[0]
    return State(first.graph_id, first.variant_id, first.version, _variant(first), heads)


async def read_graphs(connection: AsyncConnection) -> list[str]:
    """Give every graph's name, sorted."""
    found = await connection.execute(select(GRAPHS.c.name).order_by(GRAPHS.c.name))
    return list(found.scalars())


async def read_variants(connection: AsyncConnection, graph: str) -> list[Variant]:
    """Give a graph's variants, sorted by name."""
    statement = (
        select(*_VARIANT_COLUMNS)
        .select_from(_VARIANTS_WITH_GRAPHS)
        .where(GRAPHS.c.name == graph)
        .order_by(VARIANTS.c.name)
    )
    return [_variant(row) for row in await connection.execute(statement)]


async def read_contracts(
    connection: AsyncConnection, source_id: int
) -> list[tuple[int, Variant, ReleaseText | None]]:
    """Give the contracts derived from a variant, each with its id and what is live there."""
    statement = (
        select(
            VARIANTS.c.id.label("variant_id"),
            *_VARIANT_COLUMNS,
            RELEASES.c.supergraph_sdl,
            RELEASES.c.api_sdl,
        )
        .select_from(_VARIANTS_WITH_GRAPHS.outerjoin(RELEASES, RELEASES.c.id == VARIANTS.c.live_release_id))
        .where(VARIANTS.c.source_id == source_id)
        .order_by(VARIANTS.c.name)
    )
    return [
        (
            row.variant_id,
            _variant(row),
            None if row.supergraph_sdl is None else ReleaseText(row.supergraph_sdl, row.api_sdl),
        )
        for row in await connection.execute(statement)
    ]


async def read_releases(
    connection: AsyncConnection, ref: VariantRef, limit: int, before: int | None = None
) -> list[Release]:
    """Give a variant's releases, the newest first; with ``before``, those older than it."""
    statement = _releases().where(GRAPHS.c.name == ref.graph, VARIANTS.c.name == ref.variant)
    if before is not None:
        statement = statement.where(RELEASES.c.id < before)
    rows = await connection.execute(statement.order_by(RELEASES.c.id.desc()).limit(limit))
    return [_release(row) for row in rows]


async def read_release(connection: AsyncConnection, id_: int) -> Release | None:
    """Give a release of any variant."""
    row = (await connection.execute(_releases().where(RELEASES.c.id == id_))).first()
    return None if row is None else _release(row)


async def read_live_id(connection: AsyncConnection, ref: VariantRef) -> int | None:
    """Give the id of what is live; None where nothing is."""
    statement = (
        select(VARIANTS.c.live_release_id)
        .join(GRAPHS, GRAPHS.c.id == VARIANTS.c.graph_id)
        .where(GRAPHS.c.name == ref.graph, VARIANTS.c.name == ref.variant)
    )
    return (await connection.execute(statement)).scalar()


async def read_release_text(connection: AsyncConnection, id_: int) -> ReleaseText | None:
    """Give a release's supergraph."""
    statement = select(RELEASES.c.supergraph_sdl, RELEASES.c.api_sdl).where(RELEASES.c.id == id_)
    row = (await connection.execute(statement)).first()
    return None if row is None else ReleaseText(row.supergraph_sdl, row.api_sdl)


async def read_release_revisions(connection: AsyncConnection, id_: int) -> list[SubgraphRevision]:
    """Give what a release was made of, sorted by name."""
    statement = (
        select(*_REVISION_COLUMNS)
        .join(RELEASE_REVISIONS, RELEASE_REVISIONS.c.revision_id == REVISIONS.c.id)
        .where(RELEASE_REVISIONS.c.release_id == id_)
    )
    revisions = [SubgraphRevision(*row) for row in await connection.execute(statement)]
    return sorted(revisions, key=lambda revision: revision.subgraph)


async def read_audit(
    connection: AsyncConnection, graph: str | None, variant: str | None, limit: int, before: int | None
) -> list[AuditEntry]:
    """Give entries, the newest first; of one graph or variant where they are named."""
    statement = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)
    for column, wanted in ((AUDIT.c.graph, graph), (AUDIT.c.variant, variant)):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if before is not None:
        statement = statement.where(AUDIT.c.id < before)
    return [AuditEntry(*row) for row in await connection.execute(statement)]


_VARIANTS_WITH_GRAPHS: Final = VARIANTS.join(GRAPHS, GRAPHS.c.id == VARIANTS.c.graph_id).outerjoin(
    _SOURCE, _SOURCE.c.id == VARIANTS.c.source_id
)
_VARIANT_COLUMNS: Final = (
    GRAPHS.c.name.label("graph_name"),
    VARIANTS.c.name.label("variant_name"),
    VARIANTS.c.live_release_id,
    _SOURCE.c.name.label("source_name"),
    VARIANTS.c.include_tags,
    VARIANTS.c.exclude_tags,
    VARIANTS.c.hides_unreachable,
    VARIANTS.c.created_at.label("variant_created_at"),
)


def _variant(row: Any) -> Variant:
    contract = None
    if row.source_name is not None:
        contract = Contract(
            row.source_name, tuple(row.include_tags), tuple(row.exclude_tags), row.hides_unreachable
        )
    ref = VariantRef(row.graph_name, row.variant_name)
    return Variant(ref, row.live_release_id, contract, row.variant_created_at)


def _releases() -> Select[Any]:
    return (
        select(
            RELEASES.c.id,
            GRAPHS.c.name.label("graph_name"),
            VARIANTS.c.name.label("variant_name"),
            RELEASES.c.kind,
            RELEASES.c.of_release_id,
            RELEASES.c.created_at,
            RELEASES.c.created_by,
            VARIANTS.c.live_release_id,
        )
        .join(VARIANTS, VARIANTS.c.id == RELEASES.c.variant_id)
        .join(GRAPHS, GRAPHS.c.id == VARIANTS.c.graph_id)
    )


def _release(row: Any) -> Release:
    return Release(
        row.id,
        VariantRef(row.graph_name, row.variant_name),
        ReleaseKind(row.kind),
        row.of_release_id,
        row.created_at,
        row.created_by,
        row.id == row.live_release_id,
    )
