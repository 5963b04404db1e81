"""The catalogue: categories, products, their tags, discounts and relatives."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "categories",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False, index=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("slug", sa.String(120), nullable=False),
        sa.Column("folded_name", sa.String(240), nullable=False),
        sa.UniqueConstraint("tenant_id", "slug"),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("category_id", sa.String(64), sa.ForeignKey("categories.id"), nullable=False),
        sa.Column("price_amount", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("weight_grams", sa.Integer, nullable=False),
        sa.Column("available", sa.Integer, nullable=False),
        sa.Column("warehouse", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("folded_name", sa.String(400), nullable=False),
        sa.Column("folded_text", sa.Text, nullable=False),
        sa.UniqueConstraint("tenant_id", "sku"),
        sa.CheckConstraint("available >= 0"),
        sa.CheckConstraint("price_amount > 0"),
    )
    op.create_index("products_by_tenant", "products", ["tenant_id", "id"])
    op.create_index("products_by_category", "products", ["tenant_id", "category_id", "id"])
    op.create_table(
        "product_tags",
        sa.Column("product_id", sa.String(64), sa.ForeignKey("products.id"), primary_key=True),
        sa.Column("tag", sa.String(64), primary_key=True),
        sa.Column("folded_tag", sa.String(128), nullable=False, index=True),
    )
    op.create_table(
        "discounts",
        sa.Column("product_id", sa.String(64), sa.ForeignKey("products.id"), primary_key=True),
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("label", sa.String(120), nullable=False),
        sa.Column("percent", sa.Integer),
        sa.Column("off_amount", sa.Integer),
        sa.CheckConstraint("(percent IS NULL) <> (off_amount IS NULL)"),
    )
    op.create_table(
        "related_products",
        sa.Column("product_id", sa.String(64), sa.ForeignKey("products.id"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("related_id", sa.String(64), sa.ForeignKey("products.id"), nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("related_products", "discounts", "product_tags", "products", "categories"):
        op.drop_table(table)
