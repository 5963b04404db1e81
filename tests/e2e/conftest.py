"""What the end-to-end tests share: the seeded databases, made once a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet import SCHEMA, seed


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the seeded databases of the four subgraphs; nobody writes to them."""
    folder = tmp_path_factory.mktemp("seeded")
    seed(folder)
    return folder


@pytest.fixture(scope="session")
def supergraph_sdl() -> str:
    """The supergraph of the demo, as checked in."""
    return (SCHEMA / "supergraph.graphql").read_text(encoding="utf-8")
