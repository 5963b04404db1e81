"""Where the SDL files are: ``schema/`` of the repository, or the copy inside an installed package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parent
_PLACES: Final = (_PACKAGE.parent / "schema", _PACKAGE / "schema")


def sdl_path(subgraph: str) -> Path:
    """The file ``<subgraph>.graphql``; in a checkout it may not exist yet."""
    for place in _PLACES:
        if (path := place / f"{subgraph}.graphql").exists():
            return path
    return _PLACES[0] / f"{subgraph}.graphql"


def read_sdl(subgraph: str) -> str:
    """The SDL of one subgraph.

    Raises: FileNotFoundError.
    """
    return sdl_path(subgraph).read_text(encoding="utf-8")
