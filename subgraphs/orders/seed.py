"""The demo's orders as rows."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Table

from subgraphs import world
from subgraphs.database import Rows
from subgraphs.orders.tables import order_items, order_sequences, orders


def seed_rows(today: date) -> list[tuple[Table, Rows]]:
    """Every tenant's rows, table by table in the order that foreign keys want."""
    placed = [
        (tenant, currency, sequence, order)
        for tenant, currency in world.TENANTS.items()
        for sequence, order in enumerate(world.orders(tenant, today), start=1)
    ]
    order_rows = [
        {
            "id": order.id,
            "tenant_id": tenant,
            "sequence": sequence,
            "number": order.number,
            "customer_id": order.customer_id,
            "status": order.status,
            "currency": currency,
            "subtotal_amount": order.subtotal_amount,
            "total_amount": order.total_amount,
            "note": order.note,
            "placed_at": order.placed_at,
            "updated_at": order.updated_at,
        }
        for tenant, currency, sequence, order in placed
    ]
    item_rows = [
        {
            "order_id": order.id,
            "line": item.line,
            "tenant_id": tenant,
            "product_id": item.product_id,
            "sku": item.sku,
            "quantity": item.quantity,
            "unit_price_amount": item.unit_price_amount,
            "currency": item.currency,
        }
        for tenant, _, _, order in placed
        for item in order.items
    ]
    last = {tenant: sequence for tenant, _, sequence, _ in placed}
    sequence_rows = [{"tenant_id": tenant, "last": number} for tenant, number in last.items()]
    return [(orders, order_rows), (order_items, item_rows), (order_sequences, sequence_rows)]
