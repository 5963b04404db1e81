"""A subgraph's own database: SQLite file by default, PostgreSQL by URL.

    database = await open_database("orders")           # engine and migrations
    await seed_once(database, orders, rows)             # when the table is empty
    async with database.reading() as connection: ...    # one statement, no transaction around it
    async with database.writing() as connection: ...    # one transaction, committed at the end

URL: the argument, else ``<SUBGRAPH>_DATABASE_URL``, else ``<subgraph>.db`` in ``OLYMPUS_DEMO_DIR``
(default ``.demo``).  Drivers: ``sqlite+aiosqlite`` and ``postgresql+asyncpg``.
"""

from __future__ import annotations

import asyncio
import os
import threading
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, DateTime, Dialect, Table, TypeDecorator, event, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

_PACKAGE: Final = Path(__file__).parent
_SQLITE_PRAGMAS: Final = (
    "PRAGMA busy_timeout = 10000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
)
# Alembic keeps the running migration in module globals, so one at a time in this process.
_MIGRATING: Final = threading.Lock()

Rows = Sequence[Mapping[str, Any]]


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, also where the database (SQLite) keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Send UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Read UTC."""
        return (
            None
            if value is None
            else value.replace(tzinfo=UTC)
            if value.tzinfo is None
            else value.astimezone(UTC)
        )


@dataclass(frozen=True, slots=True)
class Database:
    """One open database; close it with ``close()``."""

    engine: AsyncEngine
    _reader: AsyncEngine

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection for single statements that only read."""
        return _entered(self._reader.connect())

    def writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that may write; on SQLite it holds the write lock from its start."""
        return _entered(self.engine.begin())

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def database_url(subgraph: str) -> str:
    """Where the subgraph keeps its rows when nobody says otherwise."""
    if url := os.environ.get(f"{subgraph.upper()}_DATABASE_URL"):
        return url
    return f"sqlite+aiosqlite:///{Path(os.environ.get('OLYMPUS_DEMO_DIR') or '.demo') / subgraph}.db"


async def open_database(subgraph: str, url: str | None = None) -> Database:
    """The subgraph's database, migrated to its newest revision."""
    url = url or database_url(subgraph)
    await asyncio.to_thread(migrate, url, subgraph)
    engine = _engine(url)
    return Database(engine, engine.execution_options(isolation_level="AUTOCOMMIT"))


def migrate(url: str, subgraph: str) -> None:
    """Bring the database to the newest revision in ``subgraphs/<subgraph>/migrations/versions``.

    Blocks; run it off the event loop.  Each subgraph has a version table of its own.
    """
    with _MIGRATING:
        asyncio.run(_migrate(url, subgraph))


async def seed_once(
    database: Database, table: Table, rows: Callable[[], Sequence[tuple[Table, Rows]]]
) -> bool:
    """Insert ``rows()``, in order and in one transaction, when ``table`` is empty; True when it did.

    Two processes may call it at once: the second waits for the first and finds the table full.
    """
    is_any_row = select(1).select_from(table).limit(1)
    async with database.reading() as connection:
        if (await connection.execute(is_any_row)).first() is not None:
            return False
    made = await asyncio.to_thread(rows)
    async with database.writing() as connection:
        await connection.run_sync(_lock, table.name)
        if (await connection.execute(is_any_row)).first() is not None:
            return False
        for into, values in made:
            if values:
                await connection.execute(insert(into), values)
    return True


@asynccontextmanager
async def _entered(context: AbstractAsyncContextManager[AsyncConnection]) -> AsyncIterator[AsyncConnection]:
    """The context, left in order also when who enters it is cancelled meanwhile.

    graphql-core cancels resolvers whose values nobody will see; SQLAlchemy would lose a connection
    that is being opened just then.
    """
    entering = asyncio.ensure_future(context.__aenter__())
    try:
        connection = await asyncio.shield(entering)
    except asyncio.CancelledError:
        await asyncio.wait({entering})
        if not entering.cancelled() and entering.exception() is None:
            await context.__aexit__(None, None, None)
        raise
    try:
        yield connection
    except BaseException as error:
        await context.__aexit__(type(error), error, error.__traceback__)
        raise
    else:
        await context.__aexit__(None, None, None)


def _engine(url: str, **options: Any) -> AsyncEngine:
    parsed = make_url(url)
    if not parsed.drivername.startswith("sqlite"):
        return create_async_engine(parsed, pool_pre_ping=True, **options)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(parsed, **options)
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def _set_pragmas(dbapi_connection: Any, _record: object) -> None:
    # The driver would begin transactions late, at the first write, when it may already be too late
    # to get the lock; with None we begin them ourselves, in _begin_immediate.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _lock(connection: Connection, name: str) -> None:
    """Hold a lock of this name to the end of the transaction; SQLite's BEGIN IMMEDIATE is one already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": zlib.crc32(name.encode())})


async def _migrate(url: str, subgraph: str) -> None:
    engine = _engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade, subgraph)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, subgraph: str) -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, and only migrations need it
    from alembic.config import Config  # noqa: PLC0415

    _lock(connection, f"{subgraph}/migrations")
    config = Config()
    config.set_main_option("script_location", str(_PACKAGE / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(_PACKAGE / subgraph / "migrations" / "versions"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = f"alembic_version_{subgraph}"
    command.upgrade(config, "head")


@asynccontextmanager
async def opened(subgraph: str, url: str | None = None) -> AsyncIterator[Database]:
    """`open_database`, closed at the end."""
    database = await open_database(subgraph, url)
    try:
        yield database
    finally:
        await database.close()
