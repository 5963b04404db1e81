"""The tables of the orders database; `migrations/` makes them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table

from subgraphs.database import UtcDateTime

metadata: Final = MetaData()

orders: Final = Table(
    "orders",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant_id", String(20), nullable=False),
    # Counts up per tenant as orders are placed: the order of every list, and the cursors.
    Column("sequence", Integer, nullable=False),
    Column("number", String(20), nullable=False),
    Column("customer_id", String(40), nullable=False),
    Column("status", String(20), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("subtotal_amount", Integer, nullable=False),
    Column("total_amount", Integer, nullable=False),
    Column("note", String(500)),
    Column("placed_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("orders_by_tenant", "tenant_id", "sequence", unique=True),
    Index("orders_by_customer", "tenant_id", "customer_id", "sequence"),
)

order_items: Final = Table(
    "order_items",
    metadata,
    Column("order_id", String(40), ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("tenant_id", String(20), nullable=False),
    Column("product_id", String(40), nullable=False),
    Column("sku", String(40), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("unit_price_amount", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
)

order_sequences: Final = Table(
    "order_sequences",
    metadata,
    Column("tenant_id", String(20), primary_key=True),
    Column("last", Integer, nullable=False),
)
