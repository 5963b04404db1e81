"""The tables of the catalogue; `migrations` makes them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Integer, MetaData, String, Table, Text

from subgraphs.database import UtcDateTime

METADATA: Final = MetaData()

CATEGORIES: Final = Table(
    "categories",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("tenant_id", String(64), nullable=False),
    Column("name", String(120), nullable=False),
    Column("slug", String(120), nullable=False),
    Column("folded_name", String(240), nullable=False),
)

PRODUCTS: Final = Table(
    "products",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("tenant_id", String(64), nullable=False),
    Column("sku", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("description", Text),
    Column("category_id", String(64), nullable=False),
    Column("price_amount", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("weight_grams", Integer, nullable=False),
    Column("available", Integer, nullable=False),
    Column("warehouse", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # Case-folded here, because databases differ in what they do to letters outside ASCII.
    Column("folded_name", String(400), nullable=False),
    Column("folded_text", Text, nullable=False),
)
"""``folded_text``: name, SKU and description, what `ProductFilter.text` looks into."""

PRODUCT_TAGS: Final = Table(
    "product_tags",
    METADATA,
    Column("product_id", String(64), primary_key=True),
    Column("tag", String(64), primary_key=True),
    Column("folded_tag", String(128), nullable=False),
)

DISCOUNTS: Final = Table(
    "discounts",
    METADATA,
    Column("product_id", String(64), primary_key=True),
    Column("code", String(64), primary_key=True),
    Column("label", String(120), nullable=False),
    Column("percent", Integer),
    Column("off_amount", Integer),
)
"""Exactly one of ``percent`` and ``off_amount`` is set."""

RELATED: Final = Table(
    "related_products",
    METADATA,
    Column("product_id", String(64), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("related_id", String(64), nullable=False),
)
