"""The demo world: three tenants with their categories, products, customers and orders.

Every subgraph seeds its own tables from here, so that an id means the same thing everywhere
without one subgraph reading another's tables.

Invariant: the same tenant (and, for orders, the same ``today``) gives equal values, on every
machine and in every process; ``today`` moves the dates of the orders and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Final

from subgraphs import world_words as words

TENANTS: Final[Mapping[str, str]] = {"acme": "EUR", "globex": "USD", "initech": "GBP"}
"""Tenant id to the currency it sells in."""

PRODUCT_COUNT: Final = 240
CUSTOMER_COUNT: Final = 200
ORDER_COUNT: Final = 1500
ORDER_DAYS: Final = 120
"""Orders lie in the ``ORDER_DAYS`` days before ``today``; none on the day itself, so none in the future."""

FREE_SHIPPING_FROM: Final = 10_000
SHIPPING_AMOUNT: Final = 390


@dataclass(frozen=True, slots=True)
class CategorySeed:
    """A category; ``id`` is like ``acme-cat-01``."""

    id: str
    name: str
    slug: str


@dataclass(frozen=True, slots=True)
class DiscountSeed:
    """A discount: exactly one of ``percent`` and ``off_amount`` (minor units) is set."""

    code: str
    label: str
    percent: int | None
    off_amount: int | None


@dataclass(frozen=True, slots=True)
class ProductSeed:
    """A product; ``id`` is like ``acme-p-0001`` and ``sku`` like ``ACME-0001``."""

    id: str
    sku: str
    name: str
    description: str | None
    category_id: str
    price_amount: int
    """Minor units of ``currency``."""
    currency: str
    weight_grams: int
    available: int
    warehouse: str
    tags: tuple[str, ...]
    discounts: tuple[DiscountSeed, ...]
    related_ids: tuple[str, ...]
    """Other products of the same category."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AddressSeed:
    """A postal address; ``country`` is the ISO 3166 two-letter code."""

    label: str
    street: str
    city: str
    postal_code: str
    country: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class CustomerSeed:
    """A customer; ``id`` is like ``acme-c-0001``."""

    id: str
    email: str
    name: str
    phone: str | None
    tier: str
    addresses: tuple[AddressSeed, ...]
    """At least one; exactly one ``is_default``."""
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class OrderItemSeed:
    """One line of an order; lines count from 1."""

    line: int
    product_id: str
    sku: str
    quantity: int
    unit_price_amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderSeed:
    """An order; ``id`` is like ``acme-o-00001``, ``number`` like ``ACM-00001``."""

    id: str
    number: str
    customer_id: str
    status: str
    items: tuple[OrderItemSeed, ...]
    note: str | None
    placed_at: datetime
    updated_at: datetime

    @property
    def subtotal_amount(self) -> int:
        """The lines together, in minor units."""
        return sum(item.quantity * item.unit_price_amount for item in self.items)

    @property
    def total_amount(self) -> int:
        """Subtotal plus shipping, in minor units."""
        return self.subtotal_amount + order_shipping_amount(self.subtotal_amount)


def order_shipping_amount(subtotal_amount: int) -> int:
    """What an order pays for shipping, in minor units: a flat fee, free from 100.00 up."""
    return 0 if subtotal_amount >= FREE_SHIPPING_FROM else SHIPPING_AMOUNT


def order_number(tenant: str, sequence: int) -> str:
    """The number printed on the invoice: ``ACM-00001``."""
    return f"{tenant[:3].upper()}-{sequence:05d}"


def demo_today() -> date:
    """The day the demo's orders lead up to: ``OLYMPUS_DEMO_TODAY`` (YYYY-MM-DD), else the UTC date."""
    text = os.environ.get("OLYMPUS_DEMO_TODAY", "")
    return date.fromisoformat(text) if text else datetime.now(UTC).date()


@lru_cache
def categories(tenant: str) -> tuple[CategorySeed, ...]:
    """The tenant's 12 categories, by id."""
    return tuple(
        CategorySeed(f"{tenant}-cat-{i:02d}", shelf.name, shelf.slug)
        for i, shelf in enumerate(words.CATEGORIES, start=1)
    )


@lru_cache
def products(tenant: str) -> tuple[ProductSeed, ...]:
    """The tenant's 240 products, by id; ids go round the categories."""
    rng = _random(tenant, "products")
    shelves = len(words.CATEGORIES)
    variants = PRODUCT_COUNT // sum(len(shelf.things) for shelf in words.CATEGORIES)
    styles = {
        (shelf.slug, thing): rng.sample(words.STYLES, variants)
        for shelf in words.CATEGORIES
        for thing in shelf.things
    }
    made = []
    for n in range(1, PRODUCT_COUNT + 1):
        place, shelf = (n - 1) // shelves, words.CATEGORIES[(n - 1) % shelves]
        thing = shelf.things[place % len(shelf.things)]
        name = f"{styles[shelf.slug, thing][place // len(shelf.things)]} {thing}"
        made.append(_product(tenant, n, name, shelf, rng))
    return tuple(made)


@lru_cache
def customers(tenant: str) -> tuple[CustomerSeed, ...]:
    """The tenant's 200 customers, by id."""
    rng = _random(tenant, "customers")
    return tuple(_customer(tenant, n, rng) for n in range(1, CUSTOMER_COUNT + 1))


@lru_cache
def orders(tenant: str, today: date) -> tuple[OrderSeed, ...]:
    """The tenant's 1500 orders, oldest first, over the 120 days before ``today``."""
    rng = _random(tenant, "orders")
    shop, people = products(tenant), customers(tenant)
    # A few products and customers make most of the sales, as in any shop.
    popularity = list(accumulate(1 / (rank + 3) for rank in rng.sample(range(len(shop)), len(shop))))
    loyalty = list(accumulate(1 / (rank + 8) for rank in rng.sample(range(len(people)), len(people))))
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
    ages = sorted((rng.randrange(1, ORDER_DAYS * 24 * 60) for _ in range(ORDER_COUNT)), reverse=True)
    made = []
    for n, age_minutes in enumerate(ages, start=1):
        customer = rng.choices(people, cum_weights=loyalty)[0]
        chosen = dict.fromkeys(rng.choices(shop, cum_weights=popularity, k=rng.randint(1, 5)))
        items = tuple(_order_item(line, product, rng) for line, product in enumerate(chosen, start=1))
        placed_at = midnight - timedelta(minutes=age_minutes)
        status = _status(age_minutes / (24 * 60), rng)
        moved = timedelta(0) if status == "PENDING" else timedelta(minutes=rng.randint(20, 7 * 24 * 60))
        note = rng.choice(words.ORDER_NOTES) if rng.random() < 0.15 else None
        made.append(
            OrderSeed(
                id=f"{tenant}-o-{n:05d}",
                number=order_number(tenant, n),
                customer_id=customer.id,
                status=status,
                items=items,
                note=note,
                placed_at=placed_at,
                updated_at=min(placed_at + moved, midnight),
            )
        )
    return tuple(made)


def _random(tenant: str, what: str) -> Random:
    return Random(f"{tenant}/{what}")  # noqa: S311 - a reproducible world, not a secret


def _product(tenant: str, n: int, name: str, shelf: words.CategoryWords, rng: Random) -> ProductSeed:
    shelves = len(words.CATEGORIES)
    siblings = [m for m in range((n - 1) % shelves + 1, PRODUCT_COUNT + 1, shelves) if m != n]
    price = rng.randrange(*shelf.price_range) // 100 * 100 + rng.choice((0, 50, 90, 99))
    low, high = rng.choices(((0, 0), (1, 9), (10, 80), (80, 400)), (1, 2, 4, 3))[0]
    available = rng.randint(low, high)
    description = (
        f"{name} from our {shelf.name.lower()} range, made to last." if rng.random() < 0.85 else None
    )
    return ProductSeed(
        id=f"{tenant}-p-{n:04d}",
        sku=f"{tenant.upper()}-{n:04d}",
        name=name,
        description=description,
        category_id=f"{tenant}-cat-{(n - 1) % shelves + 1:02d}",
        price_amount=price,
        currency=TENANTS[tenant],
        weight_grams=rng.randrange(*shelf.weight_range_grams) // 10 * 10,
        available=available,
        warehouse=rng.choice(words.WAREHOUSES[tenant]),
        tags=tuple(sorted(rng.sample(shelf.tags, rng.randint(1, len(shelf.tags))))),
        discounts=_discounts(n, rng),
        related_ids=tuple(f"{tenant}-p-{m:04d}" for m in rng.sample(siblings, rng.randint(3, 6))),
        created_at=_moment(rng, date(2021, 1, 4), 1500),
    )


def _discounts(n: int, rng: Random) -> tuple[DiscountSeed, ...]:
    made = []
    if rng.random() < 0.2:
        percent = rng.choice((5, 10, 15, 20))
        made.append(DiscountSeed(f"SAVE{percent}-{n:04d}", f"{percent} % off", percent, None))
    if rng.random() < 0.1:
        made.append(DiscountSeed(f"TAKE2-{n:04d}", "2.00 off", None, 200))
    return tuple(made)


def _customer(tenant: str, n: int, rng: Random) -> CustomerSeed:
    first, last = rng.choice(words.FIRST_NAMES), rng.choice(words.LAST_NAMES)
    labels = rng.sample(("Home", "Work", "Parents"), rng.choices((1, 2, 3), (6, 3, 1))[0])
    addresses = []
    for place, label in enumerate(labels):
        city, country = rng.choice(words.CITIES[tenant])
        street = f"{rng.randint(1, 180)} {rng.choice(words.STREETS)}"
        addresses.append(
            AddressSeed(label, street, city, f"{rng.randint(10000, 99999)}", country, place == 0)
        )
    return CustomerSeed(
        id=f"{tenant}-c-{n:04d}",
        email=f"{first}.{last}.{n:04d}@{tenant}.example".lower(),
        name=f"{first} {last}",
        phone=f"+00 555 {rng.randint(0, 9_999_999):07d}" if rng.random() < 0.8 else None,
        tier=rng.choices(("BRONZE", "SILVER", "GOLD", "PLATINUM"), (50, 30, 15, 5))[0],
        addresses=tuple(addresses),
        joined_at=_moment(rng, date(2022, 1, 3), 1200),
    )


def _order_item(line: int, product: ProductSeed, rng: Random) -> OrderItemSeed:
    quantity = rng.choices((1, 2, 3, 4), (70, 20, 7, 3))[0]
    return OrderItemSeed(line, product.id, product.sku, quantity, product.price_amount, product.currency)


def _status(age_days: float, rng: Random) -> str:
    """Old orders are finished; young ones are on their way."""
    if rng.random() < 0.05:
        return "CANCELLED"
    if age_days > 14:
        return "DELIVERED"
    if age_days > 5:
        return rng.choice(("SHIPPED", "DELIVERED"))
    return rng.choice(("PENDING", "PAID", "SHIPPED") if age_days > 1 else ("PENDING", "PAID"))


def _moment(rng: Random, since: date, days: int) -> datetime:
    start = datetime(since.year, since.month, since.day, tzinfo=UTC)
    return start + timedelta(days=rng.randrange(days), minutes=rng.randrange(8 * 60, 20 * 60))
