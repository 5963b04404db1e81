"""The demo world."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from subgraphs import world

TODAY = date(2026, 11, 22)
TENANTS = tuple(world.TENANTS)


@pytest.mark.parametrize("tenant", TENANTS)
def test_every_tenant_has_its_counts_and_no_name_or_id_twice(tenant: str) -> None:
    products, customers, orders = world.products(tenant), world.customers(tenant), world.orders(tenant, TODAY)
    assert len(world.categories(tenant)) == 12
    assert len({p.id for p in products}) == len({p.name for p in products}) == 240
    assert len({c.id for c in customers}) == len({c.email for c in customers}) == 200
    assert len({o.id for o in orders}) == 1500


@pytest.mark.parametrize("tenant", TENANTS)
def test_references_lead_to_rows_of_the_same_tenant(tenant: str) -> None:
    products = {p.id: p for p in world.products(tenant)}
    categories = {c.id for c in world.categories(tenant)}
    customers = {c.id for c in world.customers(tenant)}
    for product in products.values():
        assert product.category_id in categories
        assert all(
            products[other].category_id == product.category_id and other != product.id
            for other in product.related_ids
        )
    for order in world.orders(tenant, TODAY):
        assert order.customer_id in customers
        assert [item.line for item in order.items] == list(range(1, len(order.items) + 1))
        assert all(item.sku == products[item.product_id].sku for item in order.items)


@pytest.mark.parametrize("tenant", TENANTS)
def test_orders_fill_the_days_before_today_oldest_first(tenant: str) -> None:
    midnight = datetime(2026, 11, 22, tzinfo=UTC)
    orders = world.orders(tenant, TODAY)
    placed = [order.placed_at for order in orders]
    assert placed == sorted(placed)
    assert midnight - timedelta(days=120) <= placed[0] < placed[-1] < midnight
    assert all(order.placed_at <= order.updated_at <= midnight for order in orders)


def test_another_today_moves_the_dates_and_nothing_else() -> None:
    here = world.orders("acme", TODAY)
    later = world.orders("acme", TODAY + timedelta(days=3))
    moved = [
        replace(
            order,
            placed_at=order.placed_at + timedelta(days=3),
            updated_at=order.updated_at + timedelta(days=3),
        )
        for order in here
    ]
    assert moved == list(later)


def test_another_process_makes_the_same_world() -> None:
    script = (
        "from datetime import date; from subgraphs import world; import hashlib;"
        "print(hashlib.sha256(repr((world.products('acme'), world.customers('globex'),"
        "world.orders('initech', date(2026, 11, 22)))).encode()).hexdigest())"
    )
    one, other = (
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        )
        for seed in ("1", "2")
    )
    assert one.stdout == other.stdout


def test_an_order_below_the_limit_pays_for_shipping() -> None:
    assert world.order_shipping_amount(9_999) == 390
    assert world.order_shipping_amount(10_000) == 0
