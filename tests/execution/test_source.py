"""The generated text, golden: what a reviewer reads when an emitter changes."""

from __future__ import annotations

import gc
import linecache
from pathlib import Path

import pytest
from graphql import parse

from router.composition.compose import compose
from router.composition.result import Rejected, SubgraphInput
from router.execution.compile import CompiledPlan, compile_plan
from router.federation.supergraph import read_supergraph
from router.planning.normalize.normalize import normalize
from router.planning.planner import Planner
from tests.execution.plans import PlanBuilder, supergraph_of
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


def compiled(field: str) -> CompiledPlan:
    supergraph = supergraph_of("type Query { first: Int second: String }")
    builder = PlanBuilder(supergraph, f"{{ {field} }}")
    builder.root("a", f"{{ {field} }}")
    return compile_plan(builder.plan(), supergraph)


def generated_texts() -> set[str]:
    return {name for name in linecache.cache if name.startswith("<plan ")}


def test_the_lines_of_generated_text_are_known_while_anything_uses_it_and_no_longer() -> None:
    gc.collect()
    before = generated_texts()
    kept = compiled("first")
    (name,) = generated_texts() - before
    assert linecache.getline(name, 1) == "def complete(answers, found, introspection, patient):\n"
    linecache.checkcache()
    assert name in generated_texts()
    assert kept.program({}) is not None
    del kept
    assert name not in generated_texts()


def test_operations_with_one_text_share_its_code() -> None:
    one, other = compiled("first").program({}), compiled("first").program({})
    assert one is not None
    assert other is not None
    assert one.completes is not other.completes
    assert one.completes.__code__ is other.completes.__code__  # type: ignore[attr-defined]  # a function
