"""What is checked in under ``schema/`` is what composition and the subgraphs make of it now."""

from __future__ import annotations

import os
from pathlib import Path

from router.composition.compose import compose
from router.composition.result import Composed
from router.config.subgraphs_file import read_subgraphs_file

SCHEMA = Path(__file__).parent.parent / "schema"


def test_the_supergraph_is_what_composition_makes_of_the_subgraphs() -> None:
    composed = compose(read_subgraphs_file(SCHEMA / "supergraph.yaml", {}).inputs)
    assert isinstance(composed, Composed), "\n".join(str(error) for error in composed.errors)
    path = SCHEMA / "supergraph.graphql"
    if os.environ.get("GOLDEN") == "update":
        path.write_text(composed.supergraph_sdl, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == composed.supergraph_sdl, (
        "schema/supergraph.graphql is stale: run `make golden`, or"
        " `olympus compose --config schema/supergraph.yaml --format sdl --output schema/supergraph.graphql`"
    )
