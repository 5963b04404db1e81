"""Graphs, variants, revisions, releases, tokens and the audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _graphs()
    _revisions()
    _releases()
    _tokens()
    op.create_table(
        "audit",
        sa.Column("id", _ID, nullable=False),
        _moment("at"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("graph", sa.String(64)),
        sa.Column("variant", sa.String(64)),
        sa.Column("subject", sa.Text()),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_graph_variant_id", "audit", ["graph", "variant", "id"])


def downgrade() -> None:
    """Drop them all."""
    for table in (
        "audit",
        "token_scopes",
        "tokens",
        "release_revisions",
        "releases",
        "heads",
        "revisions",
        "variants",
        "graphs",
    ):
        op.drop_table(table)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _graphs() -> None:
    op.create_table(
        "graphs",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_graphs"),
        sa.UniqueConstraint("name", name="uq_graphs_name"),
    )
    op.create_table(
        "variants",
        sa.Column("id", _ID, nullable=False),
        sa.Column("graph_id", _ID, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("live_release_id", _ID),
        sa.Column("source_id", _ID),
        sa.Column("include_tags", sa.JSON()),
        sa.Column("exclude_tags", sa.JSON()),
        sa.Column("hides_unreachable", sa.Boolean()),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_variants"),
        sa.ForeignKeyConstraint(["graph_id"], ["graphs.id"], name="fk_variants_graph_id"),
        sa.ForeignKeyConstraint(["source_id"], ["variants.id"], name="fk_variants_source_id"),
        sa.UniqueConstraint("graph_id", "name", name="uq_variants_graph_id_name"),
    )
    op.create_index("ix_variants_source_id", "variants", ["source_id"])


def _revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("graph_id", _ID, nullable=False),
        sa.Column("subgraph", sa.String(64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("sdl", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        _moment("created_at"),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revisions"),
        sa.ForeignKeyConstraint(["graph_id"], ["graphs.id"], name="fk_revisions_graph_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_revisions_graph_id_subgraph", "revisions", ["graph_id", "subgraph"])
    op.create_table(
        "heads",
        sa.Column("variant_id", _ID, nullable=False),
        sa.Column("subgraph", sa.String(64), nullable=False),
        sa.Column("revision_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("variant_id", "subgraph", name="pk_heads"),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name="fk_heads_variant_id"),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name="fk_heads_revision_id"),
    )


def _releases() -> None:
    op.create_table(
        "releases",
        sa.Column("id", _ID, nullable=False),
        sa.Column("variant_id", _ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("of_release_id", _ID),
        sa.Column("supergraph_sdl", sa.Text(), nullable=False),
        sa.Column("api_sdl", sa.Text(), nullable=False),
        _moment("created_at"),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_releases"),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name="fk_releases_variant_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_releases_variant_id_id", "releases", ["variant_id", "id"])
    op.create_table(
        "release_revisions",
        sa.Column("release_id", _ID, nullable=False),
        sa.Column("revision_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("release_id", "revision_id", name="pk_release_revisions"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name="fk_release_revisions_release_id"),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name="fk_release_revisions_revision_id"),
    )


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        _moment("created_at"),
        sa.Column("created_by", sa.Text(), nullable=False),
        _moment("expires_at", nullable=True),
        _moment("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
    )
    op.create_table(
        "token_scopes",
        sa.Column("token_id", sa.String(16), nullable=False),
        sa.Column("graph", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("token_id", "graph", name="pk_token_scopes"),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name="fk_token_scopes_token_id"),
    )
