"""Hears of orders: from the bus into the ledger, for as long as the app runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from subgraphs.analytics.facts import UnreadableEvent, read_order_event
from subgraphs.analytics.ledger import Ledger
from subgraphs.events import EventBus

READY_S: Final = 3.0
"""How long the start waits for the bus; after that the listener goes on trying alone."""

RETRY_S: Final = 1.0

_log = logging.getLogger(__name__)


def order_channel(tenant: str) -> str:
    """Where `orders` publishes a tenant's order events."""
    return f"orders:{tenant}"


def recorded_channel(tenant: str) -> str:
    """Where this process says, to itself, that an order is in the ledger."""
    return f"recorded:{tenant}"


@dataclass(frozen=True, slots=True)
class Listener:
    """Takes events from ``bus``; when their facts are written, says so on ``recorded``."""

    ledger: Ledger
    bus: EventBus
    recorded: EventBus

    @asynccontextmanager
    async def listening(self, tenants: Iterable[str]) -> AsyncIterator[None]:
        """Hears every event published while the context is open."""
        ready = {tenant: asyncio.Event() for tenant in tenants}
        tasks = [asyncio.create_task(self._listen(tenant, event)) for tenant, event in ready.items()]
        try:
            await asyncio.wait_for(asyncio.gather(*(event.wait() for event in ready.values())), READY_S)
        except TimeoutError:
            _log.warning("no bus yet: orders are not heard of until it is there")
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, tenant: str, ready: asyncio.Event) -> None:
        while True:
            try:
                async with self.bus.subscribe(order_channel(tenant)) as events:
                    ready.set()
                    async for event in events:
                        await self._hear(tenant, event)
            except Exception as error:  # whatever it was, the next event must be heard
                _log.warning("listening to %s failed, trying again: %r", order_channel(tenant), error)
            await asyncio.sleep(RETRY_S)

    async def _hear(self, tenant: str, event: dict[str, Any]) -> None:
        try:
            facts = read_order_event(tenant, event)
            is_news = await self.ledger.record(facts)
        except UnreadableEvent as error:
            _log.warning("an event on %s is skipped: %s", order_channel(tenant), error)
        except SQLAlchemyError:
            _log.exception("an event on %s could not be written", order_channel(tenant))
        else:
            if is_news:
                await self.recorded.publish(recorded_channel(tenant), {"orderId": facts.order["id"]})
