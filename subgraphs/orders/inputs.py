"""What callers may send: filters, paging and the inputs of the mutations, with their rules.

What is left out is ``UNSET``, and false, like null."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import strawberry

from subgraphs.code_first_types import Currency
from subgraphs.errors import BAD_USER_INPUT, Refusal
from subgraphs.identity import Caller
from subgraphs.orders.enums import OrderStatus
from subgraphs.orders.rows import NewItem, NewOrder, OrderQuery, PageQuery
from subgraphs.paging import decode_sequence_cursor, page_size

MAX_ITEMS: Final = 100
MAX_NOTE_CHARACTERS: Final = 500
# Totals are GraphQL Ints, which have 32 bits.
MAX_SUBTOTAL: Final = 2_000_000_000


@strawberry.input(description="Which orders to give; what is left out does not matter.")
class OrderFilter:
    """Conditions that all hold."""

    status: OrderStatus | None = strawberry.field(
        default=strawberry.UNSET, description="Only orders with this status."
    )
    date_from: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Only orders placed at this moment or later."
    )
    date_to: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Only orders placed at this moment or before."
    )


@strawberry.input(description="Which part of a list to give.")
class Pagination:
    """Forward paging."""

    first: int = strawberry.field(default=20, description="How many to give, at most 100.")
    after: str | None = strawberry.field(
        default=strawberry.UNSET, description="Give those after this cursor."
    )


@strawberry.input(description="An amount of money.")
class MoneyInput:
    """Like Money, for input."""

    amount: int = strawberry.field(description="The amount in minor units: 1250 is 12.50.")
    currency: Currency = strawberry.field(description="The currency of the amount.")


@strawberry.input(description="One line of an order to be placed.")
class OrderItemInput:
    """One product."""

    product_id: strawberry.ID = strawberry.field(description="The id of the product.")
    sku: str = strawberry.field(description="The stock keeping unit of the product.")
    unit_price: MoneyInput = strawberry.field(description="What one piece costs.")
    quantity: int = strawberry.field(default=1, description="How many pieces, at least 1.")


@strawberry.input(description="An order to be placed.")
class CreateOrderInput:
    """For ``createOrder``."""

    customer_id: strawberry.ID = strawberry.field(description="The id of the customer who orders.")
    items: list[OrderItemInput] = strawberry.field(
        description="The lines, at least one and at most 100, all in one currency."
    )
    note: str | None = strawberry.field(
        default=strawberry.UNSET, description="What the customer wants us to know."
    )

    def checked(self, caller: Caller) -> NewOrder:
        """The order to place.

        Raises: Refusal BAD_USER_INPUT.
        """
        for problem in self._problems(caller):
            raise Refusal(BAD_USER_INPUT, problem)
        items = tuple(
            NewItem(item.product_id, item.sku, item.quantity, item.unit_price.amount) for item in self.items
        )
        return NewOrder(self.customer_id, self.items[0].unit_price.currency.name, items, self.note or None)

    def _problems(self, caller: Caller) -> list[str]:
        problems = []
        if not caller.owns(self.customer_id):
            problems.append(f"There is no customer {self.customer_id}.")
        if not 1 <= len(self.items) <= MAX_ITEMS:
            problems.append(f"An order has 1 to {MAX_ITEMS} items, not {len(self.items)}.")
        for line, item in enumerate(self.items, start=1):
            if not caller.owns(item.product_id):
                problems.append(f"Item {line}: there is no product {item.product_id}.")
            if item.quantity < 1:
                problems.append(f"Item {line}: quantity is {item.quantity}; order at least 1.")
            if item.unit_price.amount < 0:
                problems.append(f"Item {line}: unitPrice is negative.")
        if len({item.unit_price.currency for item in self.items}) > 1:
            problems.append("The items are in different currencies; place one order for each.")
        if sum(item.quantity * item.unit_price.amount for item in self.items) > MAX_SUBTOTAL:
            problems.append("The order is too large.")
        if len(self.note or "") > MAX_NOTE_CHARACTERS:
            problems.append(f"The note is longer than {MAX_NOTE_CHARACTERS} characters.")
        return problems


@strawberry.input(description="An order to be moved to another status.")
class UpdateOrderStatusInput:
    """For ``updateOrderStatus``."""

    id: strawberry.ID = strawberry.field(description="The id of the order.")
    status: OrderStatus = strawberry.field(description="The status it gets.")


def order_query(filter_: OrderFilter | None) -> OrderQuery:
    """What the filter asks of the store."""
    if not filter_:
        return OrderQuery()
    status = filter_.status.name if filter_.status else None
    return OrderQuery(status, filter_.date_from or None, filter_.date_to or None)


def page_query(pagination: Pagination | None) -> PageQuery:
    """What the paging asks of the store.

    Raises: Refusal BAD_USER_INPUT.
    """
    if not pagination:
        return PageQuery(page_size(None))
    after = None if pagination.after in (None, strawberry.UNSET) else pagination.after
    return PageQuery(page_size(pagination.first), None if after is None else decode_sequence_cursor(after))
