"""Composing a supergraph's own subgraphs again gives the same text."""

from __future__ import annotations

import pytest

from router.composition.compose import compose
from router.composition.extract import subgraphs_of
from router.composition.result import Composed, Rejected
from tests.composition.test_cases import ALL, errors_text, inputs
from tests.golden import Case

COMPOSING = [
    case
    for case in ALL
    if case.sections[-1][0] != "errors"
    and all(title.startswith("subgraph ") for title, _ in case.sections[:-1])
]


@pytest.mark.parametrize("case", COMPOSING, ids=lambda case: case.name)
def test_a_supergraph_composes_again_from_its_own_subgraphs(case: Case) -> None:
    first = compose(inputs(case))
    assert isinstance(first, Composed)
    again = compose(subgraphs_of(first.supergraph_sdl))
    assert isinstance(again, Composed), errors_text(again) if isinstance(again, Rejected) else ""
    assert again.supergraph_sdl == first.supergraph_sdl
