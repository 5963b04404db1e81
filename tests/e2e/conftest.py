"""What the end-to-end tests share: seeded databases and a fleet that nobody writes to, made once a session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.both import Both
from tests.fleet import Run, kept_fleet, seed


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the seeded databases of the four subgraphs; fleets run on copies of it."""
    folder = tmp_path_factory.mktemp("seeded")
    seed(folder)
    return folder


@pytest.fixture(scope="session")
def kept(seeded: Path) -> Iterator[tuple[Run[Any], Both]]:
    """For operations that change nothing: a way to run coroutines, and router and reference over one fleet."""
    with kept_fleet(seeded) as (run, fleet):
        yield run, Both(fleet)
