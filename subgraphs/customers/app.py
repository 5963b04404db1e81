"""The customers subgraph as an ASGI app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from subgraphs.code_first import graphql_app
from subgraphs.customers.context import CustomersContext
from subgraphs.customers.schema import schema
from subgraphs.customers.seed import seed_rows
from subgraphs.customers.store import CustomerStore
from subgraphs.customers.tables import customers
from subgraphs.database import opened, seed_once
from subgraphs.events import EventBus


def create_app(
    database_url: str | None = None,
    bus: EventBus | None = None,
    today: date | None = None,
) -> Starlette:
    """The app; its lifespan opens, migrates and (once) seeds the database.

    Customers tells nothing on the bus, and the seed does not depend on the day.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened("customers", database_url) as database:
            await seed_once(database, customers, seed_rows)
            app.state.store = CustomerStore(database)
            yield

    def context(connection: HTTPConnection) -> CustomersContext:
        return CustomersContext(connection, store=connection.app.state.store)

    return graphql_app(schema, context, lifespan)
