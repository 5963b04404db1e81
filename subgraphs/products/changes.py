"""Changes the catalogue: one transaction each, then, for stock, the event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select, update

from subgraphs.database import Database
from subgraphs.errors import BAD_USER_INPUT, NOT_FOUND, Refusal
from subgraphs.events import EventBus
from subgraphs.products.store import Row
from subgraphs.products.tables import PRODUCTS
from subgraphs.values import format_datetime, utc_now

MAX_AVAILABLE = 1_000_000
MAX_PRICE_AMOUNT = 100_000_000


def stock_channel(tenant: str) -> str:
    """Where changes of a tenant's stock are published."""
    return f"stock:{tenant}"


@dataclass(frozen=True, slots=True)
class Changes:
    """What can be changed; each answers with the product as it is then."""

    database: Database
    bus: EventBus

    async def set_stock(self, tenant: str, product_id: str, available: int) -> Row:
        """Sets the pieces of a product and publishes the change, if it is one.

        Raises: Refusal BAD_USER_INPUT or NOT_FOUND.
        """
        if not 0 <= available <= MAX_AVAILABLE:
            raise Refusal(BAD_USER_INPUT, f"available is {available}; give 0 to {MAX_AVAILABLE}.")
        before, after = await self._update(tenant, product_id, {"available": available})
        if before["available"] != available:
            change = {
                "type": "stock.changed",
                "tenantId": tenant,
                "productId": product_id,
                "previous": before["available"],
                "available": available,
                "at": format_datetime(utc_now()),
            }
            await self.bus.publish(stock_channel(tenant), change)
        return after

    async def set_price(self, tenant: str, product_id: str, amount: int, currency: str | None) -> Row:
        """Sets the price of a product.

        Raises: Refusal BAD_USER_INPUT, also when the product is sold in another currency, or NOT_FOUND.
        """
        if not 1 <= amount <= MAX_PRICE_AMOUNT:
            raise Refusal(BAD_USER_INPUT, f"amount is {amount}; give 1 to {MAX_PRICE_AMOUNT} minor units.")
        _, after = await self._update(tenant, product_id, {"price_amount": amount}, currency)
        return after

    async def _update(
        self, tenant: str, product_id: str, values: dict[str, Any], currency: str | None = None
    ) -> tuple[Row, Row]:
        this = and_(PRODUCTS.c.tenant_id == tenant, PRODUCTS.c.id == product_id)
        async with self.database.writing() as connection:
            found = (
                (await connection.execute(select(PRODUCTS).where(this).with_for_update())).mappings().first()
            )
            if found is None:
                raise Refusal(NOT_FOUND, f"There is no product {product_id!r}.")
            if currency not in (None, found["currency"]):
                message = f"{product_id} is sold in {found['currency']}; give the price in that currency."
                raise Refusal(BAD_USER_INPUT, message)
            await connection.execute(update(PRODUCTS).where(this).values(values))
        return dict(found), {**found, **values}
