"""The root types of the orders subgraph."""

# strawberry.field(description=...) is typed as Any, which strict typing takes for an untyped decorator.
# mypy: allow-untyped-decorators
from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from subgraphs.code_first import FederatedSchema
from subgraphs.errors import FORBIDDEN, Refusal
from subgraphs.event_source import EventSource
from subgraphs.orders.changes import (
    ORDER_CREATED,
    ORDER_STATUS_CHANGED,
    change_event,
    orders_channel,
    read_change,
)
from subgraphs.orders.context import Info
from subgraphs.orders.inputs import CreateOrderInput, UpdateOrderStatusInput, order_query, page_query
from subgraphs.orders.types import FilterArgument, Order, OrderConnection, OrderUpdate, PaginationArgument
from subgraphs.values import utc_now


@strawberry.type(description="What can be asked.")
class Query:
    """Everything is of the caller's tenant."""

    @strawberry.field(description="One order, or null when there is none with this id.")
    async def order(
        self,
        info: Info,
        order_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The id of the order.")
        ],
    ) -> Order | None:
        """By id."""
        row = await info.context.orders.load(order_id)
        return None if row is None else Order.of(row)

    @strawberry.field(description="The orders, newest first.")
    async def orders(
        self,
        info: Info,
        filter_: FilterArgument = strawberry.UNSET,
        pagination: PaginationArgument = strawberry.UNSET,
    ) -> OrderConnection:
        """A page."""
        tenant, query, page = info.context.tenant, order_query(filter_), page_query(pagination)
        rows = await info.context.store.page(tenant, query, page)
        return OrderConnection.of(rows, page, lambda: info.context.store.count(tenant, query))


@strawberry.type(description="What can be changed.")
class Mutation:
    """Every change is told on the bus after it is committed."""

    @strawberry.mutation(description="Places an order.")
    async def create_order(
        self,
        info: Info,
        input_: Annotated[
            CreateOrderInput, strawberry.argument(name="input", description="The order to place.")
        ],
    ) -> Order:
        """Starts as PENDING."""
        context = info.context
        row, items = await context.store.place(context.tenant, input_.checked(context.caller), utc_now())
        event = change_event(ORDER_CREATED, context.tenant, row, items)
        await context.bus.publish(orders_channel(context.tenant), event)
        return Order.of(row, items)

    @strawberry.mutation(
        description="Moves an order to its next status: PENDING, PAID, SHIPPED, DELIVERED;"
        " before it is sent also to CANCELLED."
    )
    async def update_order_status(
        self,
        info: Info,
        input_: Annotated[
            UpdateOrderStatusInput,
            strawberry.argument(name="input", description="The order and its new status."),
        ],
    ) -> Order:
        """One step at a time."""
        context = info.context
        row = await context.store.change_status(context.tenant, input_.id, input_.status.name, utc_now())
        items = await context.items.load(row.id)
        event = change_event(ORDER_STATUS_CHANGED, context.tenant, row, items)
        await context.bus.publish(orders_channel(context.tenant), event)
        return Order.of(row, items)


@strawberry.type(description="What can be followed.")
class Subscription:
    """Live changes."""

    @strawberry.subscription(
        description="Every change of the tenant's orders from now on.",
        directives=[EventSource(channel="orders:{args.tenantId}", allow="args.tenantId == claims.tenant_id")],
    )
    async def order_updates(
        self,
        info: Info,
        tenant_id: Annotated[
            strawberry.ID, strawberry.argument(description="The tenant; it must be the caller's own.")
        ],
    ) -> AsyncGenerator[OrderUpdate, None]:
        """One update for each event on the tenant's channel."""
        if info.context.tenant != tenant_id:
            raise Refusal(FORBIDDEN, "The orders of another tenant cannot be followed.")
        async with info.context.bus.subscribe(orders_channel(tenant_id)) as events:
            async for event in events:
                yield OrderUpdate.of(read_change(event))


schema = FederatedSchema(Query, Mutation, Subscription)
