"""The tables of the customers database; `migrations/` makes them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, Column, Index, Integer, MetaData, String, Table

from subgraphs.database import UtcDateTime

metadata: Final = MetaData()

customers: Final = Table(
    "customers",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant_id", String(20), nullable=False),
    # Counts up per tenant as customers join: the order of every list, and the cursors.
    Column("sequence", Integer, nullable=False),
    # In lower case, so that a lookup finds it however it was written.
    Column("email", String(254), nullable=False),
    Column("name", String(200), nullable=False),
    Column("phone", String(40)),
    Column("tier", String(20), nullable=False),
    # A list of objects with the fields of `AddressRow`; read and written as a whole.
    Column("addresses", JSON, nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Index("customers_by_tenant", "tenant_id", "sequence", unique=True),
    Index("customers_by_email", "tenant_id", "email", unique=True),
)

customer_sequences: Final = Table(
    "customer_sequences",
    metadata,
    Column("tenant_id", String(20), primary_key=True),
    Column("last", Integer, nullable=False),
)
