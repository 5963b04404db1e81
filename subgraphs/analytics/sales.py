"""Adds up the facts: one statement per question, however many keys it has.

Units: revenue is in minor units of the tenant's currency.  A cancelled order is counted as an
order and earns nothing.
Invariant: every statement names the tenant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from subgraphs.analytics.facts import STATUSES
from subgraphs.analytics.period import Period
from subgraphs.analytics.tables import LINES, ORDERS, PRODUCTS
from subgraphs.database import Database


class Totals(NamedTuple):
    """The sums of a period."""

    orders: int
    sold_orders: int
    """Those that are not cancelled."""
    revenue: int


class ProductTotals(NamedTuple):
    """What one product sold."""

    product_id: str
    units: int
    revenue: int


class CustomerTotals(NamedTuple):
    """What one customer bought."""

    customer_id: str
    orders: int
    revenue: int


class Growth(NamedTuple):
    """By how much the revenue with a product or customer grew."""

    id: str
    revenue: int


_IS_SOLD = ORDERS.c.status != "CANCELLED"
_LINE_OF_ORDER = and_(LINES.c.tenant_id == ORDERS.c.tenant_id, LINES.c.order_id == ORDERS.c.id)
_REVENUE = func.sum(ORDERS.c.total_amount)
_LINE_REVENUE = func.sum(LINES.c.amount)
_UNITS = func.sum(LINES.c.quantity)


@dataclass(frozen=True, slots=True)
class Sales:
    """What can be asked about what was sold."""

    database: Database

    async def totals(self, tenant: str, period: Period) -> Totals:
        """The sums of a period."""
        sold = func.coalesce(func.sum(case((_IS_SOLD, 1), else_=0)), 0)
        revenue = func.coalesce(func.sum(case((_IS_SOLD, ORDERS.c.total_amount), else_=0)), 0)
        (row,) = await self._rows(select(func.count(), sold, revenue).where(_placed(tenant, period)))
        return Totals(*row)

    async def orders_by_status(self, tenant: str, period: Period) -> dict[str, int]:
        """How many orders have each status, in the order of an order's life; those with none left out."""
        query = select(ORDERS.c.status, func.count()).where(_placed(tenant, period))
        found = dict(await self._rows(query.group_by(ORDERS.c.status)))
        return {status: found[status] for status in STATUSES if status in found}

    async def revenue_by_day(self, tenant: str, period: Period) -> dict[date, int]:
        """The revenue of every day, the first day first."""
        query = select(ORDERS.c.placed_day, _REVENUE).where(_placed(tenant, period), _IS_SOLD)
        found = dict(await self._rows(query.group_by(ORDERS.c.placed_day)))
        return {day: found.get(day, 0) for day in period.each_day()}

    async def revenue_by_category(self, tenant: str, period: Period) -> dict[str, int]:
        """The revenue of each category that sold, best first."""
        in_dimension = and_(PRODUCTS.c.tenant_id == LINES.c.tenant_id, PRODUCTS.c.id == LINES.c.product_id)
        query = (
            _sold_lines(tenant, period, PRODUCTS.c.category_id, _LINE_REVENUE)
            .join(PRODUCTS, in_dimension)
            .group_by(PRODUCTS.c.category_id)
            .order_by(_LINE_REVENUE.desc(), PRODUCTS.c.category_id)
        )
        return dict(await self._rows(query))

    async def top_products(self, tenant: str, period: Period, first: int) -> list[ProductTotals]:
        """The products that brought the most, best first."""
        query = (
            _sold_lines(tenant, period, LINES.c.product_id, _UNITS, _LINE_REVENUE)
            .group_by(LINES.c.product_id)
            .order_by(_LINE_REVENUE.desc(), LINES.c.product_id)
            .limit(first)
        )
        return [ProductTotals(*row) for row in await self._rows(query)]

    async def top_customers(self, tenant: str, period: Period, first: int) -> list[CustomerTotals]:
        """The customers who spent the most, best first."""
        query = (
            select(ORDERS.c.customer_id, func.count(), _REVENUE)
            .where(_placed(tenant, period), _IS_SOLD)
            .group_by(ORDERS.c.customer_id)
            .order_by(_REVENUE.desc(), ORDERS.c.customer_id)
            .limit(first)
        )
        return [CustomerTotals(*row) for row in await self._rows(query)]

    async def growing_products(self, tenant: str, period: Period, first: int) -> list[Growth]:
        """The products whose revenue grew most against as many days before, the strongest first."""
        growth = func.sum(_signed(LINES.c.amount, period))
        query = _sold_lines(tenant, _doubled(period), LINES.c.product_id, growth)
        return await self._growing(query, LINES.c.product_id, growth, first)

    async def growing_customers(self, tenant: str, period: Period, first: int) -> list[Growth]:
        """The customers whose spending grew most against as many days before, the strongest first."""
        growth = func.sum(_signed(ORDERS.c.total_amount, period))
        query = select(ORDERS.c.customer_id, growth).where(_placed(tenant, _doubled(period)), _IS_SOLD)
        return await self._growing(query, ORDERS.c.customer_id, growth, first)

    async def lifetime_values(self, tenant: str, customer_ids: Iterable[str]) -> dict[str, int]:
        """What the orders of each customer are worth; customers without any are left out."""
        query = select(ORDERS.c.customer_id, _REVENUE).where(
            ORDERS.c.tenant_id == tenant, ORDERS.c.customer_id.in_(customer_ids), _IS_SOLD
        )
        return dict(await self._rows(query.group_by(ORDERS.c.customer_id)))

    async def units_sold(self, tenant: str, period: Period, product_ids: Iterable[str]) -> dict[str, int]:
        """The units of each product that sold."""
        query = _sold_lines(tenant, period, LINES.c.product_id, _UNITS)
        query = query.where(LINES.c.product_id.in_(product_ids)).group_by(LINES.c.product_id)
        return dict(await self._rows(query))

    async def sales_ranks(self, tenant: str, product_ids: Iterable[str]) -> dict[str, int]:
        """The place of each product that ever sold, among all of them, by units; without gaps."""
        rank = func.dense_rank().over(order_by=_UNITS.desc())
        ranked = (
            select(LINES.c.product_id, rank.label("place"))
            .join(ORDERS, _LINE_OF_ORDER)
            .where(LINES.c.tenant_id == tenant, _IS_SOLD)
            .group_by(LINES.c.product_id)
            .subquery()
        )
        query = select(ranked.c.product_id, ranked.c.place).where(ranked.c.product_id.in_(product_ids))
        return dict(await self._rows(query))

    async def latest_order_id(self, tenant: str) -> str | None:
        """The order that was placed last."""
        query = select(ORDERS.c.id).where(ORDERS.c.tenant_id == tenant)
        rows = await self._rows(query.order_by(ORDERS.c.placed_at.desc(), ORDERS.c.id.desc()).limit(1))
        return rows[0][0] if rows else None

    async def _growing(
        self, query: Select[Any], key: ColumnElement[str], growth: ColumnElement[int], first: int
    ) -> list[Growth]:
        grown = query.group_by(key).having(growth > 0).order_by(growth.desc(), key).limit(first)
        return [Growth(*row) for row in await self._rows(grown)]

    async def _rows(self, query: Select[Any]) -> list[Any]:
        async with self.database.reading() as connection:
            return [tuple(row) for row in await connection.execute(query)]


def _placed(tenant: str, period: Period) -> ColumnElement[bool]:
    return and_(
        ORDERS.c.tenant_id == tenant,
        ORDERS.c.placed_day >= period.first_day,
        ORDERS.c.placed_day <= period.last_day,
    )


def _sold_lines(tenant: str, period: Period, *columns: ColumnElement[Any]) -> Select[Any]:
    return (
        select(*columns)
        .select_from(LINES)
        .join(ORDERS, _LINE_OF_ORDER)
        .where(_placed(tenant, period), _IS_SOLD)
    )


def _doubled(period: Period) -> Period:
    return Period(period.before().first_day, period.last_day)


def _signed(amount: ColumnElement[int], period: Period) -> ColumnElement[int]:
    return case((ORDERS.c.placed_day >= period.first_day, amount), else_=-amount)
