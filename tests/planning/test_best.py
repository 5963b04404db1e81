"""The search for the fewest fetches: how good, how bounded, how certain."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from graphql import parse

from router.federation.supergraph import read_supergraph
from router.planning.normalize.normalize import normalize
from router.planning.plan import QueryPlan
from router.planning.planner import NO_LABELS, Planner, never
from tests.benchmarks.hard_supergraph import HardSupergraph
from tests.benchmarks.optimum import Optimum, optimum
from tests.planning.plans import compose_sdls


def plan_hard(hard: HardSupergraph, depth: int, should_stop: Callable[[], bool] = never) -> QueryPlan:
    """Plan with a planner that knows nothing yet."""
    supergraph = read_supergraph(compose_sdls(hard.subgraphs()))
    operation = normalize(parse(hard.operation(depth)), None, supergraph)
    return Planner(supergraph).plan(operation, NO_LABELS, should_stop)


def size(plan: QueryPlan) -> Optimum:
    """Steps and fetches of a plan."""
    steps: dict[int, int] = {}
    for fetch in plan.fetches:
        steps[fetch.id] = 1 + max((steps[id_] for id_ in fetch.depends_on), default=0)
    return Optimum(max(steps.values(), default=0), len(plan.fetches))


def small_supergraphs(count: int) -> Iterator[tuple[HardSupergraph, int]]:
    """Overlapping subgraphs of many shapes, and how deep to ask; always the same."""
    for seed in range(count):
        chance = random.Random(seed)
        graphs = chance.randint(3, 6)
        yield (
            HardSupergraph(
                graphs=graphs,
                types=chance.randint(2, 4),
                scalars=chance.randint(1, 5),
                links=chance.randint(1, 2),
                share=chance.randint(2, min(4, graphs)),
                seed=seed,
                roots=chance.randint(1, 3),
                second_key=chance.random() < 0.5,
            ),
            chance.randint(0, 2),
        )


def test_plans_over_small_overlapping_subgraphs_are_the_best_there_are() -> None:
    found = best = 0
    for hard, depth in small_supergraphs(40):
        plan, least = size(plan_hard(hard, depth)), optimum(hard, depth)
        assert plan.steps == least.steps, hard
        found += plan.fetches
        best += least.fetches
    assert found <= best * 1.1


@pytest.mark.parametrize(("depth", "least"), [(2, 4), (3, 7), (4, 11)])
def test_plans_over_the_hard_supergraph_are_within_a_tenth_of_the_best(depth: int, least: int) -> None:
    # The optimum is what tests/benchmarks/optimum.py finds, in seconds to minutes.
    plan = plan_hard(HardSupergraph(), depth)
    assert not plan.unplannable
    assert size(plan).steps == 3
    assert size(plan).fetches <= least * 1.1
    assert not plan.is_cut_short


def test_the_same_operation_gets_the_same_plan() -> None:
    assert plan_hard(HardSupergraph(), 2) == plan_hard(HardSupergraph(), 2)


def test_a_search_without_any_time_still_gives_a_plan_and_says_so() -> None:
    plan = plan_hard(HardSupergraph(), 3, lambda: True)
    assert plan.is_cut_short
    assert not plan.unplannable
    assert plan.fetches


def test_a_search_that_is_stopped_halfway_gives_the_best_so_far() -> None:
    fetches = []
    for patience in (0, 5, 30, 10_000):
        asked = iter(range(patience))
        plan = plan_hard(HardSupergraph(), 3, lambda asked=asked: next(asked, None) is None)
        assert not plan.unplannable
        assert plan.is_cut_short == (patience < 10_000)
        fetches.append(len(plan.fetches))
    assert fetches[-1] == min(fetches)
    assert fetches[-1] < fetches[0]


def test_a_wider_supergraph_is_planned_within_the_budget_of_work() -> None:
    hard = HardSupergraph(graphs=14, types=8, scalars=10, links=3, share=4, second_key=True)
    asked = 0

    def count() -> bool:
        nonlocal asked
        asked += 1
        return False

    plan = plan_hard(hard, 3, count)
    assert not plan.unplannable
    assert asked < 25_000
