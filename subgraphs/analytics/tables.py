"""The tables of facts; `migrations` makes them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Date, Integer, MetaData, String, Table

from subgraphs.database import UtcDateTime

METADATA: Final = MetaData()

ORDERS: Final = Table(
    "order_facts",
    METADATA,
    Column("tenant_id", String(64), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("customer_id", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("total_amount", Integer, nullable=False),
    Column("placed_at", UtcDateTime, nullable=False),
    Column("placed_day", Date, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
"""``total_amount``: minor units of the tenant's currency; ``placed_day``: of ``placed_at``, in UTC."""

LINES: Final = Table(
    "order_line_facts",
    METADATA,
    Column("tenant_id", String(64), primary_key=True),
    Column("order_id", String(64), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("product_id", String(64), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("amount", Integer, nullable=False),
)
"""``amount``: the whole line, in minor units of the tenant's currency."""

PRODUCTS: Final = Table(
    "product_dimension",
    METADATA,
    Column("tenant_id", String(64), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("category_id", String(64), nullable=False),
)
