"""Writes facts: the latest that was said about an order is what is kept."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from subgraphs.analytics.facts import OrderFacts
from subgraphs.analytics.tables import LINES, ORDERS
from subgraphs.database import Database


@dataclass(frozen=True, slots=True)
class Ledger:
    """The facts as they are heard.

    Invariant: hearing the same fact twice, or an older one late, changes nothing.
    """

    database: Database

    async def record(self, facts: OrderFacts) -> bool:
        """Keeps the facts in place of what was known of the order; False when newer ones are known."""
        try:
            return await self._record(facts)
        except IntegrityError:  # another process wrote the same new order at the same moment
            return await self._record(facts)

    async def _record(self, facts: OrderFacts) -> bool:
        tenant, order_id = facts.order["tenant_id"], facts.order["id"]
        this = and_(ORDERS.c.tenant_id == tenant, ORDERS.c.id == order_id)
        async with self.database.writing() as connection:
            known_at = await connection.scalar(select(ORDERS.c.updated_at).where(this).with_for_update())
            if known_at is not None and known_at > facts.order["updated_at"]:
                return False
            # Changed in place, so that the row's lock holds for every process that hears the same.
            if known_at is None:
                await connection.execute(insert(ORDERS), [facts.order])
            else:
                await connection.execute(update(ORDERS).where(this).values(facts.order))
            await connection.execute(
                delete(LINES).where(LINES.c.tenant_id == tenant, LINES.c.order_id == order_id)
            )
            if facts.lines:
                await connection.execute(insert(LINES), facts.lines)
        return True
