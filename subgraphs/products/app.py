"""The ASGI app of the products subgraph."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from subgraphs.database import opened, seed_once
from subgraphs.events import EventBus, bus_from_env
from subgraphs.products.changes import Changes
from subgraphs.products.context import Context
from subgraphs.products.resolvers import BINDABLES
from subgraphs.products.seed import seed_rows
from subgraphs.products.store import Store
from subgraphs.products.tables import PRODUCTS
from subgraphs.schema_first import caller_of, graphql_app, make_schema, subgraph_app
from subgraphs.sdl import read_sdl


def create_app(
    database_url: str | None = None, bus: EventBus | None = None, today: date | None = None
) -> Starlette:
    """GraphQL at ``/graphql``, ``GET /health``; the lifespan opens the database, seeded once.

    ``today`` is there because all subgraphs are made alike: the catalogue has no dates to move.
    """
    del today
    events = bus if bus is not None else bus_from_env()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened("products", database_url) as database:
            await seed_once(database, PRODUCTS, seed_rows)
            app.state.store = Store(database)
            app.state.changes = Changes(database, events)
            yield

    def context(connection: HTTPConnection, _request: Any) -> Context:
        state = connection.app.state
        return Context(caller_of(connection), state.store, state.changes, events)

    schema = make_schema(read_sdl("products"), *BINDABLES)
    return subgraph_app(graphql_app("products", schema, context), lifespan)
