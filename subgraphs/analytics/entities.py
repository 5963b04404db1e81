"""The entities that other subgraphs own, and what analytics knows of them.

Analytics need not have heard of an entity to answer for it: a customer without orders has a
lifetime value of zero.  Only an id of another tenant is not there.
"""

from __future__ import annotations

from typing import Any, Final

from ariadne.contrib.federation import FederatedObjectType

from subgraphs.analytics.context import Context, Info
from subgraphs.analytics.estimates import profitability, return_probability
from subgraphs.analytics.period import MAX_DAYS, Period, last_days
from subgraphs.errors import BAD_USER_INPUT, Refusal

Json = dict[str, Any]

product = FederatedObjectType("Product")
customer = FederatedObjectType("Customer")
order = FederatedObjectType("Order")
order_item = FederatedObjectType("OrderItem")
category = FederatedObjectType("Category")

ENTITIES: Final = (product, customer, order, order_item, category)


def days_until_today(context: Context, days: int | None) -> Period:
    """The last ``days`` days, 30 for null.

    Raises: Refusal BAD_USER_INPUT.
    """
    if days is None:
        days = 30
    if not 1 <= days <= MAX_DAYS:
        raise Refusal(BAD_USER_INPUT, f"days is {days}; give 1 to {MAX_DAYS}.")
    return last_days(context.today, days)


@product.reference_resolver
@customer.reference_resolver
@order.reference_resolver
@category.reference_resolver
def resolve_reference(_: Any, info: Info, representation: Json) -> Json | None:
    """A copy: ariadne writes into what a reference resolver gives."""
    return dict(representation) if _is_own(info, representation.get("id")) else None


@order_item.reference_resolver
def resolve_order_item_reference(_: Any, info: Info, representation: Json) -> Json | None:
    is_own = _is_own(info, representation.get("orderId")) and isinstance(representation.get("line"), int)
    return dict(representation) if is_own else None


@product.field("salesRank")
async def resolve_sales_rank(entity: Json, info: Info) -> int | None:
    context = info.context
    return await context.load.sales_rank.load(entity["id"])


@product.field("unitsSold")
async def resolve_units_sold(entity: Json, info: Info, days: int | None = None) -> int:
    context = info.context
    return await context.load.units_sold.load((entity["id"], days_until_today(context, days)))


@customer.field("lifetimeValue")
async def resolve_lifetime_value(entity: Json, info: Info) -> Json:
    context = info.context
    return context.money(await context.load.lifetime_value.load(entity["id"]) or 0)


@order.field("profitability")
def resolve_profitability(entity: Json, _: Info) -> Json | None:
    return profitability(entity.get("total"), entity.get("status"))


@order_item.field("returnProbability")
def resolve_return_probability(entity: Json, _: Info) -> float:
    return return_probability(entity["orderId"], entity["line"])


def _is_own(info: Info, entity_id: object) -> bool:
    context = info.context
    context.caller.tenant()  # refuses a caller without one
    return isinstance(entity_id, str) and context.caller.owns(entity_id)
