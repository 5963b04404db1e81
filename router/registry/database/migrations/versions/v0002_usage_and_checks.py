"""Usage by operation, client and day; policies and results of checks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BUCKETS = 12


def upgrade() -> None:
    """Make the tables."""
    _operations()
    _usage()
    op.create_table(
        "check_policies",
        sa.Column("variant_id", _ID, nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("variant_id", name="pk_check_policies"),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name="fk_check_policies_variant_id"),
    )
    op.create_table(
        "check_runs",
        sa.Column("id", _ID, nullable=False),
        sa.Column("graph", sa.String(64), nullable=False),
        sa.Column("variant", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("subgraphs", sa.JSON(), nullable=False),
        sa.Column("has_passed", sa.Boolean(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_check_runs"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_check_runs_graph_variant_id", "check_runs", ["graph", "variant", "id"])


def downgrade() -> None:
    """Drop them all."""
    for table in ("check_runs", "check_policies", "usage", "operation_coordinates", "operations"):
        op.drop_table(table)


def _operations() -> None:
    op.create_table(
        "operations",
        sa.Column("id", _ID, nullable=False),
        sa.Column("variant_id", _ID, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(128)),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_operations"),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name="fk_operations_variant_id"),
        sa.UniqueConstraint("variant_id", "hash", name="uq_operations_variant_id_hash"),
    )
    op.create_table(
        "operation_coordinates",
        sa.Column("operation_id", _ID, nullable=False),
        sa.Column("coordinate", sa.String(512), nullable=False),
        sa.PrimaryKeyConstraint("operation_id", "coordinate", name="pk_operation_coordinates"),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name="fk_operation_coordinates_operation_id"
        ),
    )
    op.create_index(
        "ix_operation_coordinates_coordinate_operation_id",
        "operation_coordinates",
        ["coordinate", "operation_id"],
    )


def _usage() -> None:
    op.create_table(
        "usage",
        sa.Column("operation_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("client_name", sa.String(128), nullable=False),
        sa.Column("client_version", sa.String(128), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("latency_us", sa.BigInteger(), nullable=False),
        *(sa.Column(f"bucket_{number}", sa.BigInteger(), nullable=False) for number in range(_BUCKETS)),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("operation_id", "day", "client_name", "client_version", name="pk_usage"),
        sa.ForeignKeyConstraint(["operation_id"], ["operations.id"], name="fk_usage_operation_id"),
    )
    op.create_index("ix_usage_day", "usage", ["day"])
