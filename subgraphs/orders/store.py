"""The orders database: every statement there is, each within one tenant.

Cost: one statement for each call that reads, however many ids it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, update

from subgraphs.database import Database
from subgraphs.errors import NOT_FOUND, Refusal
from subgraphs.orders.rows import ItemRow, NewOrder, OrderQuery, OrderRow, PageQuery
from subgraphs.orders.status import check_transition
from subgraphs.orders.tables import order_items, order_sequences, orders
from subgraphs.world import order_number, order_shipping_amount

_ORDER: Final = [orders.c[name] for name in OrderRow.__slots__]
_ITEM: Final = [order_items.c[name] for name in ItemRow.__slots__]


class OrderStore:
    """Reads and writes the orders of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def orders_by_id(self, tenant: str, ids: Iterable[str]) -> dict[str, OrderRow]:
        """The orders there are, by id."""
        query = select(*_ORDER).where(orders.c.tenant_id == tenant, orders.c.id.in_(sorted(ids)))
        return {row.id: OrderRow(*row) for row in await self._read(query)}

    async def items_by_order(self, tenant: str, order_ids: Iterable[str]) -> dict[str, list[ItemRow]]:
        """The items of the orders there are, by order id, in line order."""
        query = (
            select(*_ITEM)
            .where(order_items.c.tenant_id == tenant, order_items.c.order_id.in_(sorted(order_ids)))
            .order_by(order_items.c.order_id, order_items.c.line)
        )
        found: dict[str, list[ItemRow]] = {}
        for row in await self._read(query):
            found.setdefault(row.order_id, []).append(ItemRow(*row))
        return found

    async def page(self, tenant: str, query: OrderQuery, page: PageQuery) -> list[OrderRow]:
        """The tenant's orders, newest first; one more than asked for when there are more."""
        chosen = (
            select(*_ORDER).where(*_matching(tenant, query), *_after(page)).order_by(orders.c.sequence.desc())
        )
        return [OrderRow(*row) for row in await self._read(chosen.limit(page.first + 1))]

    async def pages_by_customer(
        self, tenant: str, customer_ids: Iterable[str], query: OrderQuery, page: PageQuery
    ) -> dict[str, list[OrderRow]]:
        """`page` for each of the customers who have any, by customer id."""
        rank = func.row_number().over(partition_by=orders.c.customer_id, order_by=orders.c.sequence.desc())
        ranked = (
            select(*_ORDER, rank.label("rank"))
            .where(
                *_matching(tenant, query), *_after(page), orders.c.customer_id.in_(sorted(set(customer_ids)))
            )
            .subquery()
        )
        chosen = (
            select(*(ranked.c[column.name] for column in _ORDER))
            .where(ranked.c.rank <= page.first + 1)
            .order_by(ranked.c.customer_id, ranked.c.sequence.desc())
        )
        found: dict[str, list[OrderRow]] = {}
        for row in await self._read(chosen):
            found.setdefault(row.customer_id, []).append(OrderRow(*row))
        return found

    async def count(self, tenant: str, query: OrderQuery) -> int:
        """How many orders the tenant has."""
        rows = await self._read(select(func.count()).select_from(orders).where(*_matching(tenant, query)))
        return int(rows[0][0])

    async def counts_by_customer(
        self, tenant: str, customer_ids: Iterable[str], query: OrderQuery
    ) -> dict[str, int]:
        """How many orders the customers have, by customer id; who has none is left out."""
        counted = (
            select(orders.c.customer_id, func.count())
            .where(*_matching(tenant, query), orders.c.customer_id.in_(sorted(set(customer_ids))))
            .group_by(orders.c.customer_id)
        )
        return {row[0]: int(row[1]) for row in await self._read(counted)}

    async def place(self, tenant: str, order: NewOrder, at: datetime) -> tuple[OrderRow, list[ItemRow]]:
        """Write a new order, with the next number of the tenant.

        Raises: Refusal NOT_FOUND when there is no such tenant.
        """
        async with self._database.writing() as connection:
            # The counter's row is locked to the end of the transaction, so numbers come one by one.
            taken = await connection.execute(
                update(order_sequences)
                .where(order_sequences.c.tenant_id == tenant)
                .values(last=order_sequences.c.last + 1)
                .returning(order_sequences.c.last)
            )
            sequence = taken.scalar_one_or_none()
            if sequence is None:
                raise Refusal(NOT_FOUND, f"There is no tenant {tenant}.")
            row, items = _numbered(tenant, sequence, order, at)
            await connection.execute(insert(orders).values(tenant_id=tenant, **_values(row)))
            await connection.execute(
                insert(order_items), [{"tenant_id": tenant, **_values(item)} for item in items]
            )
        return row, items

    async def change_status(self, tenant: str, order_id: str, status: str, at: datetime) -> OrderRow:
        """Move an order to another status.

        Raises: Refusal NOT_FOUND, and INVALID_TRANSITION when it cannot go there from where it is.
        """
        is_it = (orders.c.tenant_id == tenant) & (orders.c.id == order_id)
        async with self._database.writing() as connection:
            found = await connection.execute(select(orders.c.status).where(is_it).with_for_update())
            current = found.scalar_one_or_none()
            if current is None:
                raise Refusal(NOT_FOUND, f"There is no order {order_id}.")
            check_transition(current, status)
            changed = await connection.execute(
                update(orders).where(is_it).values(status=status, updated_at=at).returning(*_ORDER)
            )
            return OrderRow(*changed.one())

    async def _read(self, query: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        async with self._database.reading() as connection:
            rows: Sequence[Row[*tuple[Any, ...]]] = (await connection.execute(query)).all()
            return rows


def _matching(tenant: str, query: OrderQuery) -> list[ColumnElement[bool]]:
    conditions = [orders.c.tenant_id == tenant]
    if query.status is not None:
        conditions.append(orders.c.status == query.status)
    if query.date_from is not None:
        conditions.append(orders.c.placed_at >= query.date_from)
    if query.date_to is not None:
        conditions.append(orders.c.placed_at <= query.date_to)
    return conditions


def _after(page: PageQuery) -> list[ColumnElement[bool]]:
    return [] if page.after_sequence is None else [orders.c.sequence < page.after_sequence]


def _numbered(tenant: str, sequence: int, order: NewOrder, at: datetime) -> tuple[OrderRow, list[ItemRow]]:
    order_id = f"{tenant}-o-{sequence:05d}"
    subtotal = sum(item.quantity * item.unit_price_amount for item in order.items)
    row = OrderRow(
        id=order_id,
        sequence=sequence,
        number=order_number(tenant, sequence),
        customer_id=order.customer_id,
        status="PENDING",
        currency=order.currency,
        subtotal_amount=subtotal,
        total_amount=subtotal + order_shipping_amount(subtotal),
        note=order.note,
        placed_at=at,
        updated_at=at,
    )
    items = [
        ItemRow(order_id, line, new.product_id, new.sku, new.quantity, new.unit_price_amount, order.currency)
        for line, new in enumerate(order.items, start=1)
    ]
    return row, items


def _values(row: OrderRow | ItemRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}
