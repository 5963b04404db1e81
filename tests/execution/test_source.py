"""The generated text, golden: what a reviewer reads when an emitter changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import parse

from router.composition.compose import compose
from router.composition.result import Rejected, SubgraphInput
from router.execution.compile import compile_plan
from router.federation.supergraph import read_supergraph
from router.planning.normalize.normalize import normalize
from router.planning.planner import Planner
from tests.golden import CASES, load_case

IMPORTS = ", ".join(f'"@{name}"' for name in ("key", "inaccessible", "external", "requires", "shareable"))
LINK = f'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: [{IMPORTS}])\n'
FILES = sorted((CASES / "execution").glob("*.case"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_generated_source_is_as_reviewed(path: Path) -> None:
    case = load_case(path)
    inputs = [SubgraphInput(name, f"http://{name}/", LINK + sdl) for name, sdl in case.texts("subgraph")]
    composed = compose(inputs)
    assert not isinstance(composed, Rejected), composed
    supergraph = read_supergraph(composed.supergraph_sdl)
    operation = normalize(parse(case.section("operation")), None, supergraph)
    case.check(compile_plan(Planner(supergraph).plan(operation), supergraph).source)
