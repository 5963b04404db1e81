"""The types of the orders subgraph: Order and OrderItem, and what orders adds to Customer and Product."""

# strawberry.field(description=...) is typed as Any, which strict typing takes for an untyped decorator.
# mypy: allow-untyped-decorators
from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Self, TypeVar

import strawberry

from subgraphs.code_first_types import Money, Node, PageInfo
from subgraphs.errors import BAD_USER_INPUT, Refusal
from subgraphs.orders.changes import ORDER_CREATED, OrderChange
from subgraphs.orders.context import Info
from subgraphs.orders.enums import OrderStatus, OrderUpdateKind
from subgraphs.orders.inputs import OrderFilter, Pagination, order_query, page_query
from subgraphs.orders.rows import ItemRow, OrderRow, PageQuery
from subgraphs.orders.shipping import shipping_estimate_amount
from subgraphs.paging import encode_cursor

T = TypeVar("T")

FilterArgument = Annotated[
    OrderFilter | None, strawberry.argument(name="filter", description="Which orders to give.")
]
PaginationArgument = Annotated[
    Pagination | None, strawberry.argument(description="Which part of the list to give.")
]


@strawberry.federation.type(keys=["id"], description="Something somebody ordered.")
class Order(Node):
    """Made from a row; the items are read when they are asked for."""

    id: strawberry.ID = strawberry.field(description="The id, for example `acme-o-00001`.")
    number: str = strawberry.field(description="The number on the invoice, for example `ACM-00001`.")
    status: OrderStatus = strawberry.field(description="How far the order got.")
    customer: Customer = strawberry.field(description="Who ordered.")
    subtotal: Money = strawberry.field(description="What the items cost together.")
    total: Money = strawberry.field(description="What the customer pays: the subtotal and the shipping.")
    note: str | None = strawberry.field(description="What the customer wants us to know.")
    placed_at: datetime = strawberry.field(description="When the order was placed.")
    updated_at: datetime = strawberry.field(description="When the order last changed.")
    known_items: strawberry.Private[Sequence[ItemRow] | None] = None

    @strawberry.field(description="What was ordered, line by line.")
    async def items(self, info: Info) -> list[OrderItem]:
        """In line order."""
        rows = await info.context.items.load(self.id) if self.known_items is None else self.known_items
        return [OrderItem.of(row) for row in rows]

    @classmethod
    def of(cls, row: OrderRow, items: Sequence[ItemRow] | None = None) -> Self:
        """The order of a row, with its items when they are at hand."""
        return cls(
            id=strawberry.ID(row.id),
            number=row.number,
            status=OrderStatus[row.status],
            customer=Customer(id=strawberry.ID(row.customer_id)),
            subtotal=Money.of(row.subtotal_amount, row.currency),
            total=Money.of(row.total_amount, row.currency),
            note=row.note,
            placed_at=row.placed_at,
            updated_at=row.updated_at,
            known_items=items,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: object) -> Order | None:  # noqa: A002 - the key's name
        """The caller's order with this id."""
        row = await info.context.orders.load(str(id))
        return None if row is None else cls.of(row)


@strawberry.federation.type(keys=["orderId line"], description="One line of an order.")
class OrderItem:
    """Made from a row."""

    order_id: strawberry.ID = strawberry.field(description="The id of the order.")
    line: int = strawberry.field(description="The place of the item in its order, from 1.")
    product: Product = strawberry.federation.field(provides=["sku"], description="What was ordered.")
    quantity: int = strawberry.field(description="How many pieces.")
    unit_price: Money = strawberry.field(description="What one piece cost when the order was placed.")
    line_total: Money = strawberry.field(description="What the pieces cost together.")

    @classmethod
    def of(cls, row: ItemRow) -> Self:
        """The item of a row."""
        return cls(
            order_id=strawberry.ID(row.order_id),
            line=row.line,
            product=Product(id=strawberry.ID(row.product_id), known_sku=row.sku),
            quantity=row.quantity,
            unit_price=Money.of(row.unit_price_amount, row.currency),
            line_total=Money.of(row.quantity * row.unit_price_amount, row.currency),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, order_id: object, line: object) -> OrderItem | None:
        """The item in this line of the caller's order."""
        rows = await info.context.items.load(str(order_id))
        return next((cls.of(row) for row in rows if row.line == line), None)


@strawberry.federation.type(keys=["id"], description="A customer, as far as their orders are concerned.")
class Customer(Node):
    """Known by id alone: the customers subgraph knows who it is."""

    id: strawberry.ID = strawberry.field(description="The id of the customer.")

    @strawberry.field(description="The customer's orders, newest first.")
    async def orders(
        self,
        info: Info,
        filter_: FilterArgument = strawberry.UNSET,
        pagination: PaginationArgument = strawberry.UNSET,
    ) -> OrderConnection:
        """A page; the pages of many customers are read together."""
        query, page = order_query(filter_), page_query(pagination)
        rows = await info.context.customer_pages.load((self.id, query, page))
        return OrderConnection.of(rows, page, lambda: info.context.customer_counts.load((self.id, query)))

    @classmethod
    def resolve_reference(cls, info: Info, id: object) -> Customer | None:  # noqa: A002 - the key's name
        """The customer, when the id is one of the caller's tenant."""
        info.context.caller.tenant()
        return cls(id=strawberry.ID(str(id))) if info.context.caller.owns(str(id)) else None


@strawberry.federation.type(keys=["id"], description="A product, as far as sending it is concerned.")
class Product(Node):
    """Known by id, and by what an order or a representation says about it."""

    id: strawberry.ID = strawberry.field(description="The id of the product.")
    known_sku: strawberry.Private[str | None] = None
    known_price: strawberry.Private[Money | None] = None
    known_weight_grams: strawberry.Private[int | None] = None

    @strawberry.federation.field(external=True, description="The stock keeping unit.")
    def sku(self) -> str:
        """As the order item or the representation has it."""
        return _given(self.known_sku, "sku")

    @strawberry.federation.field(external=True, description="What one piece costs.")
    def price(self) -> Money:
        """As the representation has it."""
        return _given(self.known_price, "price")

    @strawberry.federation.field(external=True, description="What one piece weighs, packed, in grams.")
    def weight_grams(self) -> int:
        """As the representation has it."""
        return _given(self.known_weight_grams, "weightGrams")

    @strawberry.federation.field(
        requires=["price { amount currency } weightGrams"],
        description="What sending one piece costs, about; null when price or weight is not known.",
    )
    def shipping_estimate(self) -> Money | None:
        """From the price and weight that ``@requires`` brings."""
        if self.known_price is None or self.known_weight_grams is None:
            return None
        amount = shipping_estimate_amount(self.known_price.amount, self.known_weight_grams)
        return Money(amount=amount, currency=self.known_price.currency)

    @classmethod
    def resolve_reference(
        cls,
        info: Info,
        id: object,  # noqa: A002 - the key's name
        sku: str | None = None,
        price: object = None,
        weight_grams: object = None,
    ) -> Product | None:
        """The product as the representation describes it, when its id is one of the caller's tenant."""
        info.context.caller.tenant()
        if not info.context.caller.owns(str(id)):
            return None
        if weight_grams is not None and not isinstance(weight_grams, int):
            raise Refusal(BAD_USER_INPUT, "A representation carries weightGrams as a whole number.")
        return cls(
            id=strawberry.ID(str(id)),
            known_sku=sku,
            known_price=None if price is None else Money.from_representation(price),
            known_weight_grams=weight_grams,
        )


@strawberry.type(description="One order of a list.")
class OrderEdge:
    """An edge."""

    cursor: str = strawberry.field(description="The place of this order in the list: pass it as `after`.")
    node: Order = strawberry.field(description="The order.")


@strawberry.type(description="One page of a list of orders.")
class OrderConnection:
    """A page; the total is counted only when it is asked for."""

    edges: list[OrderEdge] = strawberry.field(description="The orders of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies among the others.")
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="How many orders the whole list has.")
    async def total_count(self) -> int:
        """Of all pages."""
        return await self.count()

    @classmethod
    def of(cls, rows: Sequence[OrderRow], page: PageQuery, count: Callable[[], Awaitable[int]]) -> Self:
        """The page of the first ``page.first`` rows; a row more means that a later page exists."""
        edges = [
            OrderEdge(cursor=encode_cursor(row.sequence), node=Order.of(row)) for row in rows[: page.first]
        ]
        page_info = PageInfo.of(
            [edge.cursor for edge in edges],
            has_next_page=len(rows) > page.first,
            has_previous_page=page.after_sequence is not None,
        )
        return cls(edges=edges, page_info=page_info, count=count)


@strawberry.type(description="A change of an order.")
class OrderUpdate:
    """Made from an event."""

    kind: OrderUpdateKind = strawberry.field(description="What happened.")
    order: Order = strawberry.field(description="The order as it was right after the change.")
    at: datetime = strawberry.field(description="When it happened.")

    @classmethod
    def of(cls, change: OrderChange) -> Self:
        """The update of a change."""
        kind = OrderUpdateKind.CREATED if change.type == ORDER_CREATED else OrderUpdateKind.STATUS_CHANGED
        return cls(kind=kind, order=Order.of(change.order, change.items), at=change.at)


def _given(value: T | None, field: str) -> T:
    if value is None:
        raise Refusal(
            BAD_USER_INPUT, f"Product.{field} is of another subgraph; send it in the representation."
        )
    return value
