"""The orders subgraph as an ASGI app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from subgraphs.code_first import graphql_app
from subgraphs.database import opened, seed_once
from subgraphs.events import EventBus, bus_from_env
from subgraphs.orders.context import OrdersContext
from subgraphs.orders.schema import schema
from subgraphs.orders.seed import seed_rows
from subgraphs.orders.store import OrderStore
from subgraphs.orders.tables import orders
from subgraphs.world import demo_today


def create_app(
    database_url: str | None = None, bus: EventBus | None = None, today: date | None = None
) -> Starlette:
    """The app; its lifespan opens, migrates and (once) seeds the database.

    ``today`` is the day that the seeded orders lead up to.
    """
    event_bus = bus_from_env() if bus is None else bus

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened("orders", database_url) as database:
            await seed_once(database, orders, lambda: seed_rows(today or demo_today()))
            app.state.store = OrderStore(database)
            yield

    def context(connection: HTTPConnection) -> OrdersContext:
        return OrdersContext(connection, store=connection.app.state.store, bus=event_bus)

    return graphql_app(schema, context, lifespan)
