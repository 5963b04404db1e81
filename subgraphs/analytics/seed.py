"""The first facts: what would have been heard of the demo world's orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Table

from subgraphs import world
from subgraphs.analytics import tables
from subgraphs.database import Rows


def seed_rows(today: date) -> Callable[[], list[tuple[Table, Rows]]]:
    """Makes the rows of every tenant, parents first, for orders that lead up to ``today``."""

    def rows() -> list[tuple[Table, Rows]]:
        products: list[dict[str, Any]] = []
        orders: list[dict[str, Any]] = []
        lines: list[dict[str, Any]] = []
        for tenant in world.TENANTS:
            products += (
                {"tenant_id": tenant, "id": product.id, "category_id": product.category_id}
                for product in world.products(tenant)
            )
            for order in world.orders(tenant, today):
                orders.append(_order(tenant, order))
                lines += (_line(tenant, order.id, item) for item in order.items)
        return [(tables.PRODUCTS, products), (tables.ORDERS, orders), (tables.LINES, lines)]

    return rows


def _order(tenant: str, order: world.OrderSeed) -> dict[str, Any]:
    return {
        "tenant_id": tenant,
        "id": order.id,
        "customer_id": order.customer_id,
        "status": order.status,
        "total_amount": order.total_amount,
        "placed_at": order.placed_at,
        "placed_day": order.placed_at.date(),
        "updated_at": order.updated_at,
    }


def _line(tenant: str, order_id: str, item: world.OrderItemSeed) -> dict[str, Any]:
    return {
        "tenant_id": tenant,
        "order_id": order_id,
        "line": item.line,
        "product_id": item.product_id,
        "quantity": item.quantity,
        "amount": item.quantity * item.unit_price_amount,
    }
