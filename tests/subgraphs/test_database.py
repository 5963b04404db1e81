"""Opening, migrating and seeding the database of a subgraph."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, func, insert, select

from subgraphs.customers.tables import metadata as customers_metadata
from subgraphs.database import database_url, open_database, opened, seed_once
from subgraphs.orders.tables import metadata as orders_metadata
from subgraphs.orders.tables import order_sequences, orders
from tests.subgraphs.conftest import sqlite_url


@pytest.mark.parametrize(
    ("subgraph", "metadata"), [("orders", orders_metadata), ("customers", customers_metadata)]
)
async def test_the_migrations_make_the_tables_that_the_code_uses(
    tmp_path: Path, subgraph: str, metadata: MetaData
) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {
            "version_table": f"alembic_version_{subgraph}",
            "compare_type": lambda *_: None,
        }
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    async with opened(subgraph, sqlite_url(tmp_path / "a.db")) as database, database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_rows_are_seeded_once_however_many_begin_at_once(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    databases = await asyncio.gather(*(open_database("orders", url) for _ in range(4)))
    rows = [(order_sequences, [{"tenant_id": "acme", "last": 1}, {"tenant_id": "globex", "last": 2}])]
    did = await asyncio.gather(
        *(seed_once(database, order_sequences, lambda: rows) for database in databases)
    )
    assert sorted(did) == [False, False, False, True]
    async with databases[0].reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(order_sequences))).scalar() == 2
    for database in databases:
        await database.close()


def test_two_processes_may_start_on_one_new_file(tmp_path: Path) -> None:
    script = (
        "import asyncio; from datetime import date; from subgraphs.customers.app import create_app\n"
        "async def main():\n"
        f"    app = create_app({sqlite_url(tmp_path / 'a.db')!r})\n"
        "    async with app.router.lifespan_context(app): pass\n"
        "asyncio.run(main())"
    )
    processes = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        assert connection.execute("SELECT count(*) FROM customers").fetchone() == (600,)


async def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    async with opened("orders", sqlite_url(tmp_path / "a.db")) as database:
        with pytest.raises(ZeroDivisionError):
            async with database.writing() as connection:
                await connection.execute(insert(order_sequences).values(tenant_id="acme", last=1))
                raise ZeroDivisionError
        async with database.reading() as connection:
            assert (await connection.execute(select(order_sequences))).all() == []


async def test_moments_come_back_in_utc(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 22, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    values = {
        "id": "acme-o-1",
        "tenant_id": "acme",
        "sequence": 1,
        "number": "1",
        "customer_id": "acme-c-1",
        "status": "PENDING",
        "currency": "EUR",
        "subtotal_amount": 0,
        "total_amount": 0,
        "placed_at": moment,
        "updated_at": moment,
    }
    async with opened("orders", sqlite_url(tmp_path / "a.db")) as database:
        async with database.writing() as connection:
            await connection.execute(insert(orders).values(**values))
        async with database.reading() as connection:
            read = (await connection.execute(select(orders.c.placed_at))).scalar_one()
    assert read == moment
    assert read.tzinfo is UTC


async def test_a_reader_that_is_cancelled_while_it_connects_gives_its_connection_back(tmp_path: Path) -> None:
    async with opened("orders", sqlite_url(tmp_path / "a.db")) as database:

        async def read() -> None:
            async with database.reading() as connection:
                await connection.execute(select(1))

        for steps in range(1, 60, 4):
            await database.engine.dispose()
            reading = asyncio.create_task(read())
            for _ in range(steps):
                await asyncio.sleep(0)
            reading.cancel()
            await asyncio.wait({reading})
            assert database.engine.pool.status().startswith("Pool size: 5  Connections in pool: 1 "), steps


def test_the_default_is_a_file_of_its_own() -> None:
    script = "from subgraphs.database import database_url; print(database_url('orders'))"

    def printed(**environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert printed() == "sqlite+aiosqlite:///.demo/orders.db"
    assert printed(OLYMPUS_DEMO_DIR="/data") == "sqlite+aiosqlite:////data/orders.db"
    assert printed(ORDERS_DATABASE_URL="postgresql+asyncpg://db/orders") == "postgresql+asyncpg://db/orders"
    assert database_url("orders").startswith(("sqlite", "postgresql"))
