"""The registry's tests run on every database that it supports."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from router.registry.database.connect import open_database
from router.registry.registry import Registry
from tests.postgres_server import new_database, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str | None]:
    """The URL of a PostgreSQL server; None where there is none."""
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str] | str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'registry.db'}"
    server = request.getfixturevalue("postgres")
    if server is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is missing: .ci/run installs it")
        pytest.skip("PostgreSQL is not installed")
    return new_database(server)


@pytest.fixture
async def registry(database_url: str) -> AsyncIterator[Registry]:
    """An empty registry."""
    registry = Registry(await open_database(database_url))
    yield registry
    await registry.close()
