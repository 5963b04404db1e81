"""What composition promises for any set of subgraphs."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries

from router.composition.compose import compose
from router.composition.extract import subgraphs_of
from router.composition.result import Composed, SubgraphInput
from router.federation.codes import CODES
from router.federation.supergraph import read_supergraph
from router.language.document import parse_operation
from router.planning.normalize.normalize import normalize
from router.planning.planner import Planner
from tests.composition.generated import subgraph_sets

FEW = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@given(subgraphs=subgraph_sets(), seed=st.integers(0, 1000))
@FEW
def test_the_order_of_subgraphs_changes_nothing(subgraphs: list[SubgraphInput], seed: int) -> None:
    shuffled = random.Random(seed).sample(subgraphs, len(subgraphs))
    assert compose(shuffled) == compose(subgraphs)


@given(subgraphs=subgraph_sets())
@FEW
def test_what_does_not_compose_is_rejected_with_codes(subgraphs: list[SubgraphInput]) -> None:
    result = compose(subgraphs)
    if not isinstance(result, Composed):
        assert result.errors
        assert {error.code for error in result.errors} <= CODES.keys()


@given(subgraphs=subgraph_sets())
@FEW
def test_a_supergraphs_own_subgraphs_compose_to_it_again(subgraphs: list[SubgraphInput]) -> None:
    first = compose(subgraphs)
    if isinstance(first, Composed):
        again = compose(subgraphs_of(first.supergraph_sdl))
        assert isinstance(again, Composed), again
        assert again.supergraph_sdl == first.supergraph_sdl


@given(subgraphs=subgraph_sets(), data=st.data())
@FEW
def test_every_operation_over_the_api_schema_has_a_plan(
    subgraphs: list[SubgraphInput], data: st.DataObject
) -> None:
    result = compose(subgraphs)
    if not isinstance(result, Composed):
        return
    supergraph = read_supergraph(result.supergraph_sdl)
    planner = Planner(supergraph)
    operation = data.draw(queries(result.api_sdl))
    assert planner.plan(normalize(parse_operation(operation), None, supergraph)) is not None
