"""Turns a question that was understood into the metric it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from subgraphs.analytics.facts import currency_of
from subgraphs.analytics.period import Period
from subgraphs.analytics.question import Question
from subgraphs.analytics.sales import CustomerTotals, ProductTotals, Sales
from subgraphs.schema_types import money

Json = dict[str, Any]


async def measure(sales: Sales, tenant: str, question: Question) -> Json:
    """The `Metric` that answers the question, with its ``__typename``."""
    metric = {"name": question.metric, "days": question.period.days}
    if question.metric == "revenue":
        return metric | await _revenue(sales, tenant, question)
    if question.metric == "orders":
        return metric | await _orders(sales, tenant, question)
    currency = currency_of(tenant)
    if question.metric == "top products":
        products = await sales.top_products(tenant, question.period, question.first)
        return metric | {"__typename": "TopProductsMetric", "products": product_sales(products, currency)}
    customers = await sales.top_customers(tenant, question.period, question.first)
    return metric | {"__typename": "TopCustomersMetric", "customers": customer_sales(customers, currency)}


async def _revenue(sales: Sales, tenant: str, question: Question) -> Json:
    currency, period = currency_of(tenant), question.period
    total = (await sales.totals(tenant, period)).revenue
    answer: Json = {"__typename": "RevenueMetric", "total": money(total, currency)}
    if question.grouping == "day":
        answer["byDay"] = day_revenues(await sales.revenue_by_day(tenant, period), currency)
    if question.grouping == "category":
        found = await sales.revenue_by_category(tenant, period)
        answer["byCategory"] = [
            {"category": {"id": category_id}, "revenue": money(revenue, currency)}
            for category_id, revenue in found.items()
        ]
    return answer


async def _orders(sales: Sales, tenant: str, question: Question) -> Json:
    by_status = await sales.orders_by_status(tenant, question.period)
    answer: Json = {"__typename": "OrdersMetric", "total": sum(by_status.values())}
    if question.grouping == "status":
        answer["byStatus"] = status_counts(by_status)
    return answer


async def movers(sales: Sales, tenant: str, period: Period, first: int = 3) -> list[Json]:
    """``first`` products and ``first`` customers whose revenue grew most, the strongest first."""
    grown = [("Product", growth) for growth in await sales.growing_products(tenant, period, first)]
    grown += [("Customer", growth) for growth in await sales.growing_customers(tenant, period, first)]
    grown.sort(key=lambda mover: mover[1].revenue, reverse=True)
    return [{"__typename": typename, "id": growth.id} for typename, growth in grown]


def status_counts(found: Mapping[str, int]) -> list[Json]:
    """`StatusCount` values."""
    return [{"status": status, "count": count} for status, count in found.items()]


def day_revenues(found: Mapping[date, int], currency: str) -> list[Json]:
    """`DayRevenue` values."""
    return [{"day": day.isoformat(), "revenue": money(revenue, currency)} for day, revenue in found.items()]


def product_sales(found: Iterable[ProductTotals], currency: str) -> list[Json]:
    """`ProductSales` values."""
    return [
        {
            "product": {"id": totals.product_id},
            "units": totals.units,
            "revenue": money(totals.revenue, currency),
        }
        for totals in found
    ]


def customer_sales(found: Iterable[CustomerTotals], currency: str) -> list[Json]:
    """`CustomerSales` values."""
    return [
        {
            "customer": {"id": totals.customer_id},
            "orders": totals.orders,
            "revenue": money(totals.revenue, currency),
        }
        for totals in found
    ]
