"""The enums of the orders subgraph."""

from __future__ import annotations

from enum import Enum

import strawberry


@strawberry.enum(description="How far an order got.")
class OrderStatus(Enum):
    """In the order in which an order goes through them."""

    PENDING = strawberry.enum_value("PENDING", description="Placed, not yet paid.")
    PAID = strawberry.enum_value("PAID", description="Paid, not yet sent.")
    SHIPPED = strawberry.enum_value("SHIPPED", description="On its way to the customer.")
    DELIVERED = strawberry.enum_value("DELIVERED", description="With the customer.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="Called off before it was sent.")


@strawberry.enum(description="What happened to an order.")
class OrderUpdateKind(Enum):
    """The kinds of change."""

    CREATED = strawberry.enum_value("CREATED", description="The order was placed.")
    STATUS_CHANGED = strawberry.enum_value("STATUS_CHANGED", description="The order got another status.")
