"""The ASGI app of the analytics subgraph."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from subgraphs.analytics.context import Context
from subgraphs.analytics.ledger import Ledger
from subgraphs.analytics.listener import Listener
from subgraphs.analytics.resolvers import BINDABLES
from subgraphs.analytics.sales import Sales
from subgraphs.analytics.seed import seed_rows
from subgraphs.analytics.tables import ORDERS
from subgraphs.database import opened, seed_once
from subgraphs.events import EventBus, InProcessBus, bus_from_env
from subgraphs.schema_first import caller_of, graphql_app, make_schema, subgraph_app
from subgraphs.sdl import read_sdl
from subgraphs.world import TENANTS, demo_today


def create_app(
    database_url: str | None = None, bus: EventBus | None = None, today: date | None = None
) -> Starlette:
    """GraphQL at ``/graphql``, ``GET /health``; the lifespan opens the database and hears of orders.

    ``today`` is the day the seed leads up to and the day the numbers are of; without it, the demo's
    day, asked for anew by each operation and event.
    """
    events = bus if bus is not None else bus_from_env()
    recorded = InProcessBus()

    def clock() -> date:
        return today or demo_today()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened("analytics", database_url) as database:
            await seed_once(database, ORDERS, seed_rows(clock()))
            app.state.sales = Sales(database)
            listener = Listener(Ledger(database), events, recorded)
            async with listener.listening(TENANTS):
                yield

    def context(connection: HTTPConnection, _request: Any) -> Context:
        sales = connection.app.state.sales
        return Context(caller_of(connection), sales, recorded, clock)

    schema = make_schema(read_sdl("analytics"), *BINDABLES)
    return subgraph_app(graphql_app("analytics", schema, context), lifespan)
