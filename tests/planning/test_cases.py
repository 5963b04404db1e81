"""Golden plans: ``tests/cases/planning/**.case``.

Sections: ``subgraph NAME`` SDLs (none: the demo supergraph), ``operation``, ``plan``.
"""

from __future__ import annotations

import pytest

from router.planning.render import render_plan
from tests.golden import Case, load_cases
from tests.planning.plans import DEMO, compose_sdls, plan_text


@pytest.mark.parametrize("case", load_cases("planning"), ids=lambda case: case.name)
def test_plan(case: Case) -> None:
    subgraphs = tuple(case.texts("subgraph"))
    supergraph = compose_sdls(subgraphs) if subgraphs else DEMO.read_text(encoding="utf-8")
    plan = plan_text(supergraph, case.section("operation"))
    assert plan == plan_text(supergraph, case.section("operation")), "the same operation, another plan"
    case.check(render_plan(plan))
