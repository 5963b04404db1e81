"""How the fields of ``schema/analytics.graphql`` are answered; a field not here is a key of its dict."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Final

from ariadne import InterfaceType, ObjectType, QueryType, SubscriptionType, UnionType

from subgraphs.analytics import answers
from subgraphs.analytics.context import Info
from subgraphs.analytics.entities import ENTITIES, days_until_today
from subgraphs.analytics.facts import currency_of
from subgraphs.analytics.listener import recorded_channel
from subgraphs.analytics.period import Period, last_days
from subgraphs.analytics.question import understand
from subgraphs.paging import page_size
from subgraphs.schema_types import date_time
from subgraphs.values import utc_now

Json = dict[str, Any]

query = QueryType()
subscription = SubscriptionType()
dashboard = ObjectType("Dashboard")
mover = UnionType("Mover")
metric = InterfaceType("Metric")

BINDABLES: Final = (query, subscription, dashboard, mover, metric, *ENTITIES, date_time())


@query.field("dashboard")
def resolve_dashboard(_: Any, info: Info, days: int | None = None) -> Period:
    """The dashboard is its period: the default resolver reads ``days`` from it."""
    context = info.context
    context.caller.tenant()
    return days_until_today(context, days)


@dashboard.field("revenue")
async def resolve_revenue(period: Period, info: Info) -> Json:
    context = info.context
    return context.money((await context.load.totals.load(period)).revenue)


@dashboard.field("orderCount")
async def resolve_order_count(period: Period, info: Info) -> int:
    return (await info.context.load.totals.load(period)).orders


@dashboard.field("averageOrderValue")
async def resolve_average_order_value(period: Period, info: Info) -> Json:
    context = info.context
    totals = await context.load.totals.load(period)
    return context.money(round(totals.revenue / totals.sold_orders) if totals.sold_orders else 0)


@dashboard.field("ordersByStatus")
async def resolve_orders_by_status(period: Period, info: Info) -> list[Json]:
    context = info.context
    return answers.status_counts(await context.sales.orders_by_status(context.tenant, period))


@dashboard.field("revenueByDay")
async def resolve_revenue_by_day(period: Period, info: Info) -> list[Json]:
    context = info.context
    found = await context.sales.revenue_by_day(context.tenant, period)
    return answers.day_revenues(found, currency_of(context.tenant))


@dashboard.field("topProducts")
async def resolve_top_products(period: Period, info: Info, first: int | None = None) -> list[Json]:
    context = info.context
    found = await context.sales.top_products(context.tenant, period, page_size(first, default=5))
    return answers.product_sales(found, currency_of(context.tenant))


@dashboard.field("topCustomers")
async def resolve_top_customers(period: Period, info: Info, first: int | None = None) -> list[Json]:
    context = info.context
    found = await context.sales.top_customers(context.tenant, period, page_size(first, default=5))
    return answers.customer_sales(found, currency_of(context.tenant))


@dashboard.field("movers")
async def resolve_movers(period: Period, info: Info) -> list[Json]:
    context = info.context
    return await answers.movers(context.sales, context.tenant, period)


@query.field("ask")
async def resolve_ask(_: Any, info: Info, question: str) -> Json:
    context = info.context
    tenant = context.tenant
    understood = understand(question, context.today)
    return {
        "question": question,
        "understanding": understood.understanding,
        "metric": await answers.measure(context.sales, tenant, understood),
    }


@mover.type_resolver
@metric.type_resolver
def resolve_type(value: Json, *_: Any) -> str:
    return str(value["__typename"])


@subscription.source("liveMetrics")
async def generate_live_metrics(_: Any, info: Info) -> AsyncGenerator[Json, None]:
    context = info.context
    tenant = context.tenant
    # Subscribed before the first look, so that no order falls between the two.
    async with context.recorded.subscribe(recorded_channel(tenant)) as events:
        yield {"orderId": await context.sales.latest_order_id(tenant)}
        async for event in events:
            yield event


@subscription.field("liveMetrics")
async def resolve_live_metrics(event: Json, info: Info) -> Json:
    context = info.context
    totals = await context.sales.totals(context.tenant, last_days(context.today, 1))
    order_id = event["orderId"]
    return {
        "at": utc_now(),
        "ordersToday": totals.orders,
        "revenueToday": context.money(totals.revenue),
        "lastOrder": None if order_id is None else {"id": order_id},
    }
