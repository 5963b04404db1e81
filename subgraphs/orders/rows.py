"""Orders and their items as the store gives them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One line of an order; the price is in minor units."""

    order_id: str
    line: int
    product_id: str
    sku: str
    quantity: int
    unit_price_amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order without its items; the amounts are in minor units."""

    id: str
    sequence: int
    number: str
    customer_id: str
    status: str
    currency: str
    subtotal_amount: int
    total_amount: int
    note: str | None
    placed_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewItem:
    """One line of an order to be placed."""

    product_id: str
    sku: str
    quantity: int
    unit_price_amount: int


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to be placed."""

    customer_id: str
    currency: str
    items: tuple[NewItem, ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class OrderQuery:
    """Which orders a list has; hashable, so that equal lists of many customers are read together."""

    status: str | None = None
    date_from: datetime | None = None
    """Placed at this moment or later."""
    date_to: datetime | None = None
    """Placed at this moment or before."""


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which part of a list: ``first`` orders after the one with the number ``after_sequence``."""

    first: int
    after_sequence: int | None = None
