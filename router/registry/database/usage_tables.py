"""The tables of usage, checks and what is to be told to others.

variants ─< operations ─< operation_coordinates
                       ─< usage                      by client and day
         ─ check_policies
         ─< check_runs
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from router.registry.database.tables import METADATA, NAME_LENGTH, VARIANTS, Id, UtcDateTime
from router.registry.usage.model import BUCKETS, MAX_CLIENT, MAX_COORDINATE

OPERATIONS: Final = Table(
    "operations",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("variant_id", ForeignKey(VARIANTS.c.id), nullable=False),
    # SHA-256 of the signature, in hex.
    Column("hash", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(MAX_CLIENT), nullable=True),
    Column("signature", Text, nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    UniqueConstraint("variant_id", "hash"),
)

OPERATION_COORDINATES: Final = Table(
    "operation_coordinates",
    METADATA,
    Column("operation_id", ForeignKey(OPERATIONS.c.id), primary_key=True),
    Column("coordinate", String(MAX_COORDINATE), primary_key=True),
    Index(None, "coordinate", "operation_id"),
)

BUCKET_NAMES: Final = tuple(f"bucket_{number}" for number in range(BUCKETS))
"""In the order of `BOUNDS_MS`, and the rest."""

USAGE: Final = Table(
    "usage",
    METADATA,
    Column("operation_id", ForeignKey(OPERATIONS.c.id), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("client_name", String(MAX_CLIENT), primary_key=True),
    Column("client_version", String(MAX_CLIENT), primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
    Column("latency_us", BigInteger, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in BUCKET_NAMES),
    Column("last_seen", UtcDateTime, nullable=False),
    Index(None, "day"),
)

CHECK_POLICIES: Final = Table(
    "check_policies",
    METADATA,
    Column("variant_id", ForeignKey(VARIANTS.c.id), primary_key=True),
    Column("policy", JSON, nullable=False),
)

CHECK_RUNS: Final = Table(
    "check_runs",
    METADATA,
    Column("id", Id, primary_key=True),
    # Names: a variant that is checked need not be there.
    Column("graph", String(NAME_LENGTH), nullable=False),
    Column("variant", String(NAME_LENGTH), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    # What was asked: check, publish, delete, …
    Column("action", String(16), nullable=False),
    Column("subgraphs", JSON, nullable=False),
    Column("has_passed", Boolean, nullable=False),
    Column("findings", JSON, nullable=False),
    Index(None, "graph", "variant", "id"),
    sqlite_autoincrement=True,
)

WEBHOOKS: Final = Table(
    "webhooks",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("graph", String(NAME_LENGTH), nullable=False),
    Column("variant", String(NAME_LENGTH), nullable=True),
    Column("url", Text, nullable=False),
    Column("events", JSON, nullable=False),
    # As it is: a signature is made with it.
    Column("secret", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Index(None, "graph"),
    sqlite_autoincrement=True,
)

WEBHOOK_DELIVERIES: Final = Table(
    "webhook_deliveries",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("webhook_id", ForeignKey(WEBHOOKS.c.id), nullable=False),
    Column("event", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    # Null: it ended.
    Column("next_at", UtcDateTime, nullable=True),
    Column("delivered_at", UtcDateTime, nullable=True),
    Column("status", Integer, nullable=True),
    Column("error", Text, nullable=True),
    Index(None, "next_at"),
    Index(None, "webhook_id", "id"),
    sqlite_autoincrement=True,
)
