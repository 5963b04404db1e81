"""The model that satisfiability works on is the one a router reads from the supergraph's text."""

from __future__ import annotations

import pytest

from router.composition.compose import compose
from router.composition.merge.merge_subgraphs import merge_subgraphs
from router.composition.read_inputs import read_inputs
from router.composition.result import Composed
from router.composition.source import Findings, sources_of
from router.composition.supergraph_model import supergraph_model
from router.composition.upgrade import upgrade
from router.federation.supergraph import read_supergraph
from tests.composition.test_cases import ALL, inputs
from tests.golden import Case

COMPOSING = [case for case in ALL if case.sections[-1][0] != "errors"]


@pytest.mark.parametrize("case", COMPOSING, ids=lambda case: case.name)
def test_the_model_is_what_the_text_says(case: Case) -> None:
    result = compose(inputs(case))
    assert isinstance(result, Composed)
    found = Findings()
    merged = merge_subgraphs(sources_of(upgrade(read_inputs(inputs(case), found), found)), found)
    model, read = supergraph_model(merged), read_supergraph(result.supergraph_sdl)
    own = {name: type_ for name, type_ in read.types.items() if not name.startswith(("join__", "link__"))}
    assert dict(model.subgraphs) == dict(read.subgraphs)
    assert dict(model.roots) == dict(read.roots)
    for name, type_ in model.types.items():
        assert type_ == own[name]
