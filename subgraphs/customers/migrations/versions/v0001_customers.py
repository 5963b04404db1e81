"""Customers, and the number that the next customer of a tenant gets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0001_customers"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "customers",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(20), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("phone", sa.String(40)),
        sa.Column("tier", sa.String(20), nullable=False),
        sa.Column("addresses", sa.JSON, nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("customers_by_tenant", "customers", ["tenant_id", "sequence"], unique=True)
    op.create_index("customers_by_email", "customers", ["tenant_id", "email"], unique=True)
    op.create_table(
        "customer_sequences",
        sa.Column("tenant_id", sa.String(20), primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("customer_sequences")
    op.drop_table("customers")
