"""What an operation costs is told before it runs, and after; what is too expensive is never fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from router.engine.admission import Caller
from router.engine.options import EngineOptions
from router.federation.cost_rules import CostRules
from router.federation.supergraph import read_supergraph
from router.guards.cost import (
    ActualCostMode,
    CostEstimatedTooExpensiveError,
    CostMode,
    DemandOptions,
    SubgraphBudget,
)
from router.guards.cost_estimate import Estimator
from router.guards.introspection import IntrospectionRule
from router.language.document import parse_operation
from router.protocols.graphql_request import GraphQLRequest
from tests.engine.guarded import ANONYMOUS, Guarded, guarded

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", '
    '{name: "@cost", as: "@weighs"}, "@listSize"])\n'
)
SHOP = """
type Query {
  one: Item
  none: Int
  items: [Item!]
  grid: [[Item]]
  four: [Item] @listSize(assumedSize: 4)
  page(first: Int, last: Int = 7, opts: Opts): [Item] @listSize(slicingArguments: ["first"])
  any(first: Int, last: Int): [Item] @listSize(slicingArguments: ["first", "last"], requireOneSlicingArgument: false)
  defaulted(first: Int = 6): [Item] @listSize(slicingArguments: ["first"])
  pages(first: Int): Pages @listSize(slicingArguments: ["first"], sizedFields: ["edges"])
  search(by: By, word: String @weighs(weight: 3)): Item
  dear: Item @weighs(weight: 50)
  heavy: Heavy
  found: Found
  level: Level
}
type Mutation { make: Item }
type Subscription { made: [Item] }
type Item @key(fields: "id") { id: ID! name: String parts: [Item] price: Int @weighs(weight: 2) }
type Pages { edges: [Item] total: Int others: [Item] }
type Heavy @weighs(weight: 9) { id: ID }
union Found = Item | Heavy
enum Level @weighs(weight: 5) { LOW }
input By { name: String  inner: By  price: Int @weighs(weight: 4) }
input Opts { first: Int }
"""
STOCK = 'type Item @key(fields: "id") { id: ID! stock: Stock }\ntype Stock { count: Int }\n'


def shop() -> str:
    composed = compose(
        [
            SubgraphInput(name, f"http://{name}/graphql", LINK + sdl)
            for name, sdl in {"shop": SHOP, "stock": STOCK}.items()
        ]
    )
    assert isinstance(composed, Composed), composed
    return composed.supergraph_sdl


SUPERGRAPH = shop()
SHOWN = DemandOptions(list_size=10, is_shown=True)


async def cost_of(query: str, options: DemandOptions = SHOWN, **variables: Any) -> dict[str, Any]:
    async with guarded(SUPERGRAPH, {}, EngineOptions(demand=options)) as one:
        body = await one.ask(query, **variables)
        cost: dict[str, Any] = body["extensions"]["cost"]
        return cost


@pytest.mark.parametrize(
    ("query", "estimated"),
    [
        ("{ none }", 0),
        ("{ __typename __schema { types { name } } }", 0),
        ("{ one { name } }", 1),
        ("{ one { price } }", 3),
        ("{ a: one { name } b: one { name } }", 2),
        ("{ items { name } }", 10),
        ("{ items { parts { name } } }", 10 * (1 + 10)),
        ("{ four { name } }", 4),
        ("{ page(first: 3) { name } }", 3),
        ("{ page(first: -3) { name } }", 0),
        ("{ any { name } }", 10),
        ("{ any(first: 3, last: 5) { name } }", 5),
        ("{ defaulted { name } }", 6),
        ("{ defaulted(first: 2) { name } }", 2),
        ("{ pages(first: 3) { total edges { name } } }", 1 + 3),
        ("{ pages(first: 3) { ...E others { name } } } fragment E on Pages { edges { name } }", 1 + 3 + 10),
        ('{ search(word: "x") { name } }', 1 + 3),
        ("{ search(by: {price: 1, inner: {name: null}}) { name } }", 1 + (1 + 4 + 1)),
        ("{ dear { name } }", 50),
        ("{ heavy { id } }", 9),
        ("{ found { __typename } }", 9),
        ("{ level }", 5),
        ("{ one @skip(if: true) { name } none }", 0),
        ("{ ... on Query @include(if: false) { items { name } } none }", 0),
        ("mutation { make { name } }", 11),
    ],
)
async def test_the_estimate_follows_the_directives(query: str, estimated: float) -> None:
    cost = await cost_of(query)
    assert cost["estimated"] == estimated
    assert cost["result"] == "COST_OK"


@pytest.mark.parametrize(
    ("query", "variables", "estimated"),
    [
        ("query($n: Int) { page(first: $n) { name } }", {"n": 8}, 8),
        ("query($n: Int = 5) { page(first: $n) { name } }", {}, 5),
        ("query($n: Int) { defaulted(first: $n) { name } }", {}, 6),
        ("query($n: Int) { pages(first: $n) { edges { parts { name } } } }", {"n": 2}, 1 + 2 * 11),
        ("query($y: Boolean!) { items @include(if: $y) { name } none }", {"y": True}, 10),
        ("query($y: Boolean!) { items @include(if: $y) { name } none }", {"y": False}, 0),
        ("query($by: By) { search(by: $by) { name } }", {"by": {"price": 3}}, 1 + 5),
        ("query($by: By) { search(by: $by) { name } }", {"by": None}, 1),
        ("query($p: Int) { search(by: {price: $p}) { name } }", {"p": 3}, 1 + 5),
    ],
)
async def test_variables_count_with_their_values(
    query: str, variables: Mapping[str, Any], estimated: float
) -> None:
    assert (await cost_of(query, **variables))["estimated"] == estimated


ENFORCED = DemandOptions(mode=CostMode.ENFORCE, list_size=10, max=20)


async def refused(query: str, options: DemandOptions, **variables: Any) -> str:
    async with guarded(SUPERGRAPH, {}, EngineOptions(demand=options)) as one:
        body = await one.ask(query, **variables)
        assert "data" not in body
        assert one.status == 400
        assert one.asked == []
        code: str = body["errors"][0]["extensions"]["code"]
        return code


async def test_what_is_estimated_too_expensive_is_refused_and_nothing_is_fetched() -> None:
    assert await refused("{ items { parts { name } } }", ENFORCED) == "COST_ESTIMATED_TOO_EXPENSIVE"
    query = "query($n: Int) { page(first: $n) { name } }"
    assert await refused(query, ENFORCED, n=21) == "COST_ESTIMATED_TOO_EXPENSIVE"


async def test_at_the_maximum_an_operation_runs() -> None:
    async with guarded(SUPERGRAPH, {}, EngineOptions(demand=ENFORCED)) as one:
        await one.ask("{ page(first: 20) { name } }")
        assert len(one.asked) == 1


@pytest.mark.parametrize("query", ["{ page { name } }", "{ page(first: null) { name } }"])
async def test_a_slicing_argument_that_is_required_must_be_there(query: str) -> None:
    assert await refused(query, ENFORCED) == "COST_QUERY_PARSE_FAILURE"
    cost = await cost_of(query)
    assert (cost["estimated"], cost["result"]) == (None, "COST_QUERY_PARSE_FAILURE")


async def test_a_fragment_bomb_is_weighed_and_not_expanded_by_the_estimate() -> None:
    fragments = "".join(
        f"fragment F{i} on Item {{ parts {{ id }} ...F{i + 1} ...F{i + 1} }}" for i in range(60)
    )
    document = parse_operation(
        "{ one { ...F0 } }" + fragments + "fragment F60 on Item { id }", max_tokens=None
    )
    estimator = Estimator(CostRules(read_supergraph(SUPERGRAPH)), document, 10)
    found = estimator.estimate(document.definitions[0], "Query")  # type: ignore[arg-type]
    assert isinstance(found, float)
    assert found > 2**60


async def test_measuring_refuses_nothing_and_tells_the_verdict() -> None:
    cost = await cost_of("{ items { parts { name } } }", DemandOptions(list_size=10, max=20, is_shown=True))
    assert cost["result"] == "COST_ESTIMATED_TOO_EXPENSIVE"
    assert (cost["estimated"], cost["max"]) == (110, 20)


async def test_a_budget_of_one_subgraph_is_for_what_that_subgraph_is_asked() -> None:
    query = "{ page(first: 2) { name stock { count } } }"
    options = DemandOptions(
        mode=CostMode.ENFORCE, list_size=10, is_shown=True, subgraphs={"stock": SubgraphBudget(5, 10)}
    )
    cost = await cost_of(query, options)
    assert {name: (one["estimated"], one["max"]) for name, one in cost["subgraphs"].items()} == {
        "shop": (2, None),
        "stock": (5 * 2, 10),
    }
    tight = DemandOptions(mode=CostMode.ENFORCE, list_size=10, subgraphs={"stock": SubgraphBudget(5, 9)})
    assert await refused(query, tight) == "SUBGRAPH_COST_ESTIMATED_TOO_EXPENSIVE"


ITEMS = {
    "page": [
        {"__typename": "Item", "id": "1", "name": "a"},
        None,
        {"__typename": "Item", "id": "2", "name": "b"},
    ]
}
STOCKS = {
    "_entities": [
        {"__typename": "Item", "stock": {"count": 1}},
        {"__typename": "Item", "stock": {"count": 2}},
    ]
}


@pytest.mark.parametrize(
    ("mode", "actual"), [(ActualCostMode.BY_SUBGRAPH, 2 + 4), (ActualCostMode.BY_RESPONSE_SHAPE, 2 + 2)]
)
async def test_the_actual_cost_is_that_of_what_came_back(mode: ActualCostMode, actual: float) -> None:
    options = DemandOptions(list_size=10, is_shown=True, actual_mode=mode, max=3)
    async with guarded(SUPERGRAPH, {"shop": ITEMS, "stock": STOCKS}, EngineOptions(demand=options)) as one:
        cost = (await one.ask("{ page(first: 1) { name stock { count } } }"))["extensions"]["cost"]
    assert cost["actual"] == actual
    assert cost["estimated"] == 2
    assert cost["result"] == "COST_ACTUAL_TOO_EXPENSIVE"
    assert {name: one["actual"] for name, one in cost["subgraphs"].items()} == {"shop": 2, "stock": 4}


async def test_an_alias_or_a_fragment_hides_no_cost() -> None:
    data = {"page": [{"a": 1, "b": 1, "c": 1}]}
    async with guarded(SUPERGRAPH, {"shop": data}, EngineOptions(demand=SHOWN)) as one:
        query = "{ page(first: 1) { a: price b: price ...F ...F } } fragment F on Item { c: price }"
        cost = (await one.ask(query))["extensions"]["cost"]
    assert cost["actual"] == 1 + 3 * 2
    assert cost["estimated"] == 1 + 4 * 2


async def test_subscriptions_are_weighed_before_a_stream_is_opened() -> None:
    one = Guarded(SUPERGRAPH, {}, EngineOptions(demand=ENFORCED))
    async with one.engine:
        request = GraphQLRequest("subscription { made { parts { name } } }", None, {})
        with pytest.raises(CostEstimatedTooExpensiveError):
            await one.engine.pipeline.open(request, ANONYMOUS)


async def test_cost_is_shown_to_those_only_who_may_see_it() -> None:
    asking = Caller({b"olympus-include-cost": b"true"})
    hidden = EngineOptions(demand=DemandOptions())
    async with guarded(SUPERGRAPH, {}, hidden) as one:
        assert "extensions" not in await one.ask("{ none }", asking)
    on_request = EngineOptions(demand=DemandOptions(is_shown_on_request=True, is_on_request_only=True))
    async with guarded(SUPERGRAPH, {}, on_request) as one:
        assert "extensions" not in await one.ask("{ none }")
        assert "cost" in (await one.ask("{ none }", asking))["extensions"]


async def test_cost_on_request_is_for_callers_who_may_see_plans() -> None:
    rule = IntrospectionRule(b"x-secret", b"sesame")
    options = EngineOptions(demand=DemandOptions(is_shown_on_request=True), explain=rule)
    async with guarded(SUPERGRAPH, {}, options) as one:
        stranger = Caller({b"olympus-include-cost": b"true"})
        assert "extensions" not in await one.ask("{ none }", stranger)
        friend = Caller({b"olympus-include-cost": b"true", b"x-secret": b"sesame"})
        assert "cost" in (await one.ask("{ none }", friend))["extensions"]


async def test_entities_that_came_in_several_answers_count_too() -> None:
    items = {"page": [{"__typename": "Item", "id": str(n)} for n in range(3)]}
    stock = {"data": {"_entities": [{"__typename": "Item", "stock": {"count": 1}}]}}
    options = EngineOptions(demand=SHOWN, max_representations=1)
    async with guarded(SUPERGRAPH, {"shop": items, "stock": [stock, stock, stock]}, options) as one:
        cost = (await one.ask("{ page(first: 3) { stock { count } } }"))["extensions"]["cost"]
    assert cost["subgraphs"]["stock"]["actual"] == 3 * 2
