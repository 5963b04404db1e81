"""Operations to plans, for tests: from a supergraph file or from subgraph SDLs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from graphql import parse, validate

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from router.federation.supergraph import Supergraph, read_supergraph
from router.planning.normalize.normalize import normalize
from router.planning.plan import QueryPlan
from router.planning.planner import NO_LABELS, Planner
from router.querygraph.paths import Labels

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "schema" / "supergraph.graphql"


@lru_cache
def planner_of(sdl: str) -> Planner:
    """Give the planner of a supergraph, made once."""
    return Planner(read_supergraph(sdl))


@lru_cache
def compose_sdls(subgraphs: tuple[tuple[str, str], ...]) -> str:
    """Compose (name, SDL) pairs; fails the test with the errors when they do not compose."""
    composed = compose([SubgraphInput(name, f"http://{name}.test/", sdl) for name, sdl in subgraphs])
    assert isinstance(composed, Composed), [f"{e.code}: {e.message}" for e in composed.errors]
    return composed.supergraph_sdl


def plan_text(supergraph_sdl: str, operation: str, labels: Labels = NO_LABELS) -> QueryPlan:
    """Plan the only operation of a document, which must be valid."""
    planner = planner_of(supergraph_sdl)
    supergraph: Supergraph = planner.supergraph
    document = parse(operation)
    errors = validate(supergraph.api_schema, document)
    assert not errors, errors
    return planner.plan(normalize(document, None, supergraph), labels)
