"""The demo's customers as rows."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Table

from subgraphs import world
from subgraphs.customers.tables import customer_sequences, customers
from subgraphs.database import Rows


def seed_rows() -> list[tuple[Table, Rows]]:
    """Every tenant's rows, table by table."""
    customer_rows = [
        {
            "id": customer.id,
            "tenant_id": tenant,
            "sequence": sequence,
            "email": customer.email,
            "name": customer.name,
            "phone": customer.phone,
            "tier": customer.tier,
            "addresses": [asdict(address) for address in customer.addresses],
            "joined_at": customer.joined_at,
        }
        for tenant in world.TENANTS
        for sequence, customer in enumerate(world.customers(tenant), start=1)
    ]
    sequence_rows = [{"tenant_id": tenant, "last": len(world.customers(tenant))} for tenant in world.TENANTS]
    return [(customers, customer_rows), (customer_sequences, sequence_rows)]
