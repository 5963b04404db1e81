"""The facts: orders, their lines, and the categories of products."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "order_facts",
        sa.Column("tenant_id", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("total_amount", sa.Integer, nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_day", sa.Date, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("order_facts_by_day", "order_facts", ["tenant_id", "placed_day"])
    op.create_index("order_facts_by_customer", "order_facts", ["tenant_id", "customer_id"])
    op.create_table(
        "order_line_facts",
        sa.Column("tenant_id", sa.String(64), primary_key=True),
        sa.Column("order_id", sa.String(64), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True),
        sa.Column("product_id", sa.String(64), nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "order_id"], ["order_facts.tenant_id", "order_facts.id"]),
    )
    op.create_index("order_line_facts_by_product", "order_line_facts", ["tenant_id", "product_id"])
    # No foreign key from lines to products: an order may be heard of before its product is.
    op.create_table(
        "product_dimension",
        sa.Column("tenant_id", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("category_id", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("product_dimension", "order_line_facts", "order_facts"):
        op.drop_table(table)
