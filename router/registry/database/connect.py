"""Connections to the registry's database: a SQLite file by default, PostgreSQL by URL.

database = await open_database("sqlite:///registry.db")   # migrated to the newest revision
async with database.reading() as connection: ...          # single statements, each by itself
async with database.writing() as connection: ...          # one transaction, committed at the end
"""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from router.registry.database.tables import HEAD, VERSION_TABLE
from router.registry.errors import RegistryDatabaseError, RegistryUnavailableError
from router.telemetry.logs import get_log

_log = get_log("registry")

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
_SQLITE_PRAGMAS: Final = (
    "PRAGMA busy_timeout = 15000",
    "PRAGMA journal_mode = WAL",
    # FULL: what was acknowledged is on the disk, also when the power goes.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)
# Alembic keeps the running migration in module globals, so one at a time in this process.
_MIGRATING: Final = threading.Lock()


class AlreadyThereError(Exception):
    """Somebody else wrote the same key a moment ago; read again."""


@dataclass(frozen=True, slots=True)
class Database:
    """One open database; close it with ``close()``."""

    engine: AsyncEngine
    _reader: AsyncEngine

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Give a connection for statements that only read, each by itself.  Raises: RegistryUnavailableError."""
        return _entered(self._reader.connect())

    def writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Give a transaction that is committed at the end; on SQLite it holds the write lock from its start.

        Raises: AlreadyThereError; RegistryUnavailableError, also when the end cannot be committed.
        """
        return _entered(self.engine.begin())

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


async def open_database(url: str) -> Database:
    """Open the database, migrated to its newest revision.

    Raises: RegistryDatabaseError where it cannot be opened, without its password.
    """
    parsed = database_url(url)
    try:
        if not await _is_current(parsed):
            await asyncio.to_thread(migrate, parsed)
        engine = _engine(parsed)
    except (SQLAlchemyError, OSError, ModuleNotFoundError) as error:
        raise RegistryDatabaseError(f"{parsed.render_as_string()}: {_reason(error)}") from None
    return Database(engine, engine.execution_options(isolation_level="AUTOCOMMIT"))


def database_url(url: str) -> URL:
    """Give the URL with its driver: of ``sqlite:///file`` and ``postgresql://…``.  Raises: RegistryDatabaseError."""
    try:
        parsed = make_url(url)
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise RegistryDatabaseError("the database's URL cannot be read") from None
    kind = parsed.drivername.partition("+")[0]
    if kind not in _DRIVERS:
        raise RegistryDatabaseError(
            f"{kind} is no database of the registry: give sqlite:///FILE or postgresql://…"
        )
    return parsed.set(drivername=_DRIVERS[kind])


def migrate(url: URL) -> None:
    """Bring the database to the newest revision.  Blocks; run it off the event loop."""
    with _MIGRATING:
        asyncio.run(_migrate(url))


@asynccontextmanager
async def _entered(context: AbstractAsyncContextManager[AsyncConnection]) -> AsyncIterator[AsyncConnection]:
    """Translate what the library raises, and leave in order when who enters is cancelled meanwhile."""
    entering = asyncio.ensure_future(context.__aenter__())
    try:
        connection = await asyncio.shield(entering)
    except asyncio.CancelledError:
        await asyncio.wait({entering})
        if not entering.cancelled() and entering.exception() is None:
            await context.__aexit__(None, None, None)
        raise
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise _unavailable(error) from None
    try:
        try:
            yield connection
        except BaseException as error:
            # Neither way out may be cut short: a connection left half ended comes back to the pool as it is.
            await asyncio.shield(context.__aexit__(type(error), error, error.__traceback__))
            raise
        await asyncio.shield(context.__aexit__(None, None, None))
    except IntegrityError as error:
        raise AlreadyThereError(_reason(error)) from None
    except (SQLAlchemyError, OSError) as error:
        raise _unavailable(error) from None


def _unavailable(error: BaseException) -> RegistryUnavailableError:
    _log.error("the registry's database failed", reason=_reason(error))
    return RegistryUnavailableError(
        "The registry's database cannot be used now. Try again; to publish the same twice is safe."
    )


def _reason(error: BaseException) -> str:
    """Give what the driver says: SQLAlchemy's own text has statements and their parameters."""
    origin = getattr(error, "orig", None) or error
    return str(origin).split("\n")[0] or type(origin).__name__


def _engine(url: URL, **options: Any) -> AsyncEngine:
    if not url.drivername.startswith("sqlite"):
        return create_async_engine(url, pool_pre_ping=True, hide_parameters=True, **options)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, hide_parameters=True, **options)
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def _set_pragmas(dbapi_connection: Any, _record: object) -> None:
    # The driver would begin transactions late, at the first write, when it may already be too late to get the
    # lock; with None they begin in _begin_immediate.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


async def _is_current(url: URL) -> bool:
    """Tell whether the newest migration has run; False for a database that is new."""
    if url.drivername.startswith("sqlite") and not await asyncio.to_thread(Path(url.database or "").is_file):
        return False
    engine = _engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            found = await connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608  # ours
            return found.scalars().all() == [HEAD]
    except SQLAlchemyError:
        return False
    finally:
        await engine.dispose()


async def _migrate(url: URL) -> None:
    engine = _engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  # slow to import, and only migrations need it
    from alembic.config import Config  # noqa: PLC0415

    if connection.dialect.name == "postgresql":  # on SQLite the transaction is a lock already
        key = zlib.crc32(VERSION_TABLE.encode())
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    command.upgrade(config, "head")
