"""The tables, as SQLAlchemy Core sees them.

    graphs ─< variants ─< heads >─ revisions        what a variant is made of now
                       ─< releases ─< release_revisions >─ revisions
    tokens ─< token_scopes                          who may do what
    audit                                           who did what when

Rows of revisions, releases and audit are written once and never changed.  A change here needs a migration in
``migrations/versions``, whose last revision is `HEAD`; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

HEAD: Final = "0003"
"""The newest migration: a database that has it is opened without Alembic, which takes half a second to import."""
VERSION_TABLE: Final = "alembic_version_registry"

NAME_LENGTH: Final = 64


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, also where the database (SQLite) keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Send UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite counts rows by INTEGER only.
Id: Final = BigInteger().with_variant(Integer(), "sqlite")

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

GRAPHS: Final = Table(
    "graphs",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("name", String(NAME_LENGTH), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
)

VARIANTS: Final = Table(
    "variants",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("graph_id", ForeignKey(GRAPHS.c.id), nullable=False),
    Column("name", String(NAME_LENGTH), nullable=False),
    # Grows with every change of heads, release or contract: what compare-and-set compares.
    Column("version", Integer, nullable=False),
    # No foreign key: releases refer to variants, and SQLite cannot add one afterwards.
    Column("live_release_id", Id, nullable=True),
    # Of a contract: the variant it is derived from, and by which tags.
    Column("source_id", ForeignKey("variants.id"), nullable=True),
    Column("include_tags", JSON, nullable=True),
    Column("exclude_tags", JSON, nullable=True),
    Column("hides_unreachable", Boolean, nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("graph_id", "name"),
    Index(None, "source_id"),
)

REVISIONS: Final = Table(
    "revisions",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("graph_id", ForeignKey(GRAPHS.c.id), nullable=False),
    Column("subgraph", String(NAME_LENGTH), nullable=False),
    Column("url", Text, nullable=False),
    Column("sdl", Text, nullable=False),
    # Of URL and SDL, in hex.
    Column("sha256", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Index(None, "graph_id", "subgraph"),
    sqlite_autoincrement=True,
)

HEADS: Final = Table(
    "heads",
    METADATA,
    Column("variant_id", ForeignKey(VARIANTS.c.id), primary_key=True),
    Column("subgraph", String(NAME_LENGTH), primary_key=True),
    Column("revision_id", ForeignKey(REVISIONS.c.id), nullable=False),
)

RELEASES: Final = Table(
    "releases",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("variant_id", ForeignKey(VARIANTS.c.id), nullable=False),
    Column("kind", String(16), nullable=False),
    # What it repeats (a rollback) or is derived from (a contract).
    Column("of_release_id", Id, nullable=True),
    Column("supergraph_sdl", Text, nullable=False),
    Column("api_sdl", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Index(None, "variant_id", "id"),
    # An id is never given twice, not even after a row was taken away by hand.
    sqlite_autoincrement=True,
)

RELEASE_REVISIONS: Final = Table(
    "release_revisions",
    METADATA,
    Column("release_id", ForeignKey(RELEASES.c.id), primary_key=True),
    Column("revision_id", ForeignKey(REVISIONS.c.id), primary_key=True),
)

TOKENS: Final = Table(
    "tokens",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("name", Text, nullable=False),
    # SHA-256 of the secret part, in hex; the secret has 256 bits of chance, so it needs no slow hash.
    Column("sha256", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=True),
    Column("revoked_at", UtcDateTime, nullable=True),
)

TOKEN_SCOPES: Final = Table(
    "token_scopes",
    METADATA,
    Column("token_id", ForeignKey(TOKENS.c.id), primary_key=True),
    # A graph's name, or * for all.
    Column("graph", String(NAME_LENGTH), primary_key=True),
    Column("scope", String(16), nullable=False),
)

AUDIT: Final = Table(
    "audit",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(32), nullable=False),
    # Names, and not references: entries outlive what they tell of.
    Column("graph", String(NAME_LENGTH), nullable=True),
    Column("variant", String(NAME_LENGTH), nullable=True),
    Column("subject", Text, nullable=True),
    Column("detail", JSON, nullable=False),
    Index(None, "graph", "variant", "id"),
    sqlite_autoincrement=True,
)
