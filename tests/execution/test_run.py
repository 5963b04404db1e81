"""Running plans: order, requests, failures."""

from __future__ import annotations

from typing import Any

import pytest

from router.errors import SubgraphTimeoutError
from router.execution.context import ExecutionContext
from router.language.operation import Condition
from router.planning.plan import QueryPlan
from tests.execution.plans import PlanBuilder, supergraph_of
from tests.execution.scripted import ScriptedClient, run

SHOP = supergraph_of("""
type Query { products: [Product] product: Product! me: User users: [User!] }
type Mutation { add: Int multiply: Int remove: Product }
type Product { upc: ID! name: String! price: Int weight: Int stock: Int shipping: Int tags: [String!] maker: User }
type User { id: ID! name: String favourite: Product }
""")

NAMES = "{ ... on Product { name } }"


def products_with_names(operation: str = "{ products { name upc } }") -> PlanBuilder:
    builder = PlanBuilder(SHOP, operation)
    builder.root("a", "{ products { upc } }")
    builder.entities(
        "b",
        builder.entity("Product", "{ upc @key }", NAMES, ("products", "@")),
        after=(0,),
    )
    return builder


async def test_an_entity_is_asked_for_once_however_often_it_stands() -> None:
    client = ScriptedClient(
        {
            "a": [{"data": {"products": [{"upc": "1"}, {"upc": "2"}, None, {"upc": "1"}]}}],
            "b": [{"data": {"_entities": [{"name": "Table"}, {"name": "Chair"}]}}],
        }
    )
    response = await run(products_with_names().plan(), SHOP, client)
    assert client.representations(1) == [
        {"__typename": "Product", "upc": "1"},
        {"__typename": "Product", "upc": "2"},
    ]
    table, chair = {"name": "Table", "upc": "1"}, {"name": "Chair", "upc": "2"}
    assert response.as_dict() == {"data": {"products": [table, chair, None, table]}}
    assert list(response.data["products"][0]) == ["name", "upc"]


async def test_keys_of_different_json_types_are_different_entities() -> None:
    client = ScriptedClient(
        {
            "a": [{"data": {"products": [{"upc": "1"}, {"upc": 1}]}}],
            "b": [{"data": {"_entities": [{"name": "Text"}, {"name": "Number"}]}}],
        }
    )
    response = await run(products_with_names("{ products { name } }").plan(), SHOP, client)
    assert response.data == {"products": [{"name": "Text"}, {"name": "Number"}]}


async def test_an_object_without_its_key_is_left_out_and_the_others_stay_aligned() -> None:
    client = ScriptedClient(
        {
            "a": [{"data": {"products": [{"upc": None}, {"upc": "2"}]}}],
            "b": [{"data": {"_entities": [{"name": "Chair"}]}}],
        }
    )
    response = await run(products_with_names("{ products { name } }").plan(), SHOP, client)
    assert client.representations(1) == [{"__typename": "Product", "upc": "2"}]
    assert response.data == {"products": [None, {"name": "Chair"}]}
    assert [error.path for error in response.errors] == [("products", 0, "name")]


async def test_nothing_is_sent_when_no_object_waits() -> None:
    client = ScriptedClient({"a": [{"data": {"products": []}}]})
    response = await run(products_with_names().plan(), SHOP, client)
    assert response.as_dict() == {"data": {"products": []}}
    assert len(client.asked) == 1


async def test_the_answer_of_a_subgraph_is_not_changed() -> None:
    ctxs: list[ExecutionContext] = []
    client = ScriptedClient(
        {
            "a": [{"data": {"products": [{"upc": "1"}]}}],
            "b": [{"data": {"_entities": [{"name": "Table"}]}}],
        }
    )
    await run(products_with_names().plan(), SHOP, client, configure=ctxs.append)
    assert ctxs[0].answers == [{"products": [{"upc": "1"}]}, {"_entities": [{"name": "Table"}]}]


async def test_required_values_come_from_entities_and_null_ones_are_sent_as_null() -> None:
    builder = PlanBuilder(SHOP, "{ products { shipping } }")
    builder.root("a", "{ products { upc } }")
    builder.entities(
        "b",
        builder.entity("Product", "{ upc @key }", "{ price weight }", ("products", "@")),
        after=(0,),
    )
    builder.entities(
        "a",
        builder.entity("Product", "{ upc @key price weight }", "{ shipping }", ("products", "@")),
        after=(0, 1),
    )
    client = ScriptedClient(
        {
            "a": [
                {"data": {"products": [{"upc": "1"}, {"upc": "2"}, {"upc": "3"}]}},
                {"data": {"_entities": [{"shipping": 5}, {"shipping": None}, {"shipping": 6}]}},
            ],
            "b": [{"data": {"_entities": [{"price": 7, "weight": 8}, {"price": 9, "weight": None}, None]}}],
        }
    )
    response = await run(builder.plan(), SHOP, client)
    assert client.representations(2) == [
        {"__typename": "Product", "upc": "1", "price": 7, "weight": 8},
        {"__typename": "Product", "upc": "2", "price": 9, "weight": None},
        {"__typename": "Product", "upc": "3", "price": None, "weight": None},
    ]
    assert response.data == {"products": [{"shipping": 5}, {"shipping": None}, {"shipping": 6}]}


async def test_an_object_whose_required_values_are_lost_to_an_error_is_left_out() -> None:
    builder = PlanBuilder(SHOP, "{ products { shipping } }")
    builder.root("a", "{ products { upc } }")
    builder.entities(
        "b", builder.entity("Product", "{ upc @key }", "{ price }", ("products", "@")), after=(0,)
    )
    builder.entities(
        "a", builder.entity("Product", "{ upc @key price }", "{ shipping }", ("products", "@")), after=(0, 1)
    )
    error = {"message": "no", "path": ["_entities", 1]}
    client = ScriptedClient(
        {
            "a": [
                {"data": {"products": [{"upc": "1"}, {"upc": "2"}, {"upc": "3"}]}},
                {"data": {"_entities": [{"shipping": 5}, {"shipping": 6}]}},
            ],
            "b": [{"data": {"_entities": [{"price": 7}, None, None]}, "errors": [error]}],
        }
    )
    response = await run(builder.plan(), SHOP, client)
    assert [r["upc"] for r in client.representations(2)] == ["1", "3"]
    assert response.data == {"products": [{"shipping": 5}, {"shipping": None}, {"shipping": 6}]}
    assert [error.path for error in response.errors] == [("products", 1)]


async def test_a_fetch_asks_about_several_places_and_types_at_once() -> None:
    builder = PlanBuilder(SHOP, "{ products { name maker { name } } me { name favourite { name } } }")
    builder.root("a", "{ products { upc maker { id } } me { id favourite { upc } } }")
    builder.entities(
        "b",
        builder.entity(
            "Product",
            "{ upc @key }",
            "{ name }",
            ("products", "@"),
            ("me", "favourite"),
            alias="p",
            variable="ps",
        ),
        builder.entity(
            "User", "{ id @key }", "{ name }", ("products", "@", "maker"), ("me",), alias="u", variable="us"
        ),
        after=(0,),
    )

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        products = [{"name": f"p{r['upc']}"} for r in body["variables"]["ps"]]
        return {"data": {"p": products, "u": [{"name": f"u{r['id']}"} for r in body["variables"]["us"]]}}

    start = {
        "products": [{"upc": "1", "maker": {"id": "7"}}, {"upc": "2", "maker": {"id": "8"}}],
        "me": {"id": "7", "favourite": {"upc": "2"}},
    }
    client = ScriptedClient({"a": [{"data": start}], "b": [answer]})
    response = await run(builder.plan(), SHOP, client)
    assert len(client.representations(1, "ps")) == 2
    assert len(client.representations(1, "us")) == 2
    assert response.as_dict() == {
        "data": {
            "products": [
                {"name": "p1", "maker": {"name": "u7"}},
                {"name": "p2", "maker": {"name": "u8"}},
            ],
            "me": {"name": "u7", "favourite": {"name": "p2"}},
        }
    }


async def test_lists_from_two_subgraphs_meet_item_by_item() -> None:
    builder = PlanBuilder(SHOP, "{ products { upc price stock } }")
    builder.root("a", "{ products { upc price } }")
    builder.root("b", "{ products { upc stock } }")
    client = ScriptedClient(
        {
            "a": [{"data": {"products": [{"upc": "1", "price": 3}, {"upc": "2", "price": None}]}}],
            "b": [{"data": {"products": [{"upc": "1", "stock": 4}, {"upc": "2", "stock": 5}]}}],
        }
    )
    response = await run(builder.plan(), SHOP, client)
    assert response.as_dict() == {
        "data": {"products": [{"upc": "1", "price": 3, "stock": 4}, {"upc": "2", "price": None, "stock": 5}]}
    }


async def test_variables_travel_as_json_and_unset_ones_stay_away() -> None:
    builder = PlanBuilder(SHOP, "query ($a: Int, $b: Int = 4, $c: String) { me { name } }")
    builder.root("a", "{ me { name } }", variables=("a", "b", "c"))
    client = ScriptedClient({"a": [{"data": {"me": None}}]})
    await run(builder.plan(), SHOP, client, {"c": 'q"\n'})
    assert client.asked[0][1]["variables"] == {"b": 4, "c": 'q"\n'}


async def test_mutations_run_one_after_another() -> None:
    builder = PlanBuilder(SHOP, "mutation { add multiply remove { name } }")
    builder.root("a", "{ add }")
    builder.root("b", "{ multiply }", after=(0,))
    builder.root("a", "{ remove { upc } }", after=(1,))
    builder.entities("b", builder.entity("Product", "{ upc @key }", NAMES, ("remove",)), after=(2,))
    client = ScriptedClient(
        {
            "a": [{"data": {"add": 1}}, {"data": {"remove": {"upc": "1"}}}],
            "b": [{"data": {"multiply": 2}}, {"data": {"_entities": [{"name": "Table"}]}}],
        }
    )
    response = await run(builder.plan(), SHOP, client)
    assert [subgraph for subgraph, _ in client.asked] == ["a", "b", "a", "b"]
    assert [request.is_query for request in client.requests] == [False, False, False, True]
    assert response.as_dict() == {"data": {"add": 1, "multiply": 2, "remove": {"name": "Table"}}}


async def test_a_later_mutation_runs_though_an_earlier_one_failed() -> None:
    builder = PlanBuilder(SHOP, "mutation { add multiply }")
    builder.root("a", "{ add }")
    builder.root("b", "{ multiply }", after=(0,))
    client = ScriptedClient({"a": [SubgraphTimeoutError("a", "slow")], "b": [{"data": {"multiply": 2}}]})
    response = await run(builder.plan(), SHOP, client)
    assert response.data == {"add": None, "multiply": 2}
    assert [(e.path, e.code, e.subgraph) for e in response.errors] == [(("add",), "SUBGRAPH_TIMEOUT", "a")]


def conditional_plan() -> QueryPlan:
    builder = PlanBuilder(
        SHOP,
        "query ($x: Boolean!, $y: Boolean!)"
        " { ... @include(if: $x) { me { name } } products { upc name @skip(if: $y) } me { id } }",
    )
    builder.root("a", "{ products { upc } me { id } }")
    builder.entities(
        "b",
        builder.entity(
            "Product",
            "{ upc @key }",
            NAMES,
            ("products", "@"),
            requirement=((Condition("y", False),),),
        ),
        builder.entity(
            "User",
            "{ id @key }",
            "{ name }",
            ("me",),
            alias="u",
            variable="us",
            requirement=((Condition("x", True),),),
        ),
        after=(0,),
        requirement=((Condition("x", True),), (Condition("y", False),)),
    )
    return builder.plan()


@pytest.mark.parametrize(
    ("x", "y", "data"),
    [
        (True, False, {"me": {"name": "Ada", "id": "7"}, "products": [{"upc": "1", "name": "T"}]}),
        (True, True, {"me": {"name": "Ada", "id": "7"}, "products": [{"upc": "1"}]}),
        (False, False, {"products": [{"upc": "1", "name": "T"}], "me": {"id": "7"}}),
        (False, True, {"products": [{"upc": "1"}], "me": {"id": "7"}}),
    ],
)
async def test_conditions_decide_fetches_fields_and_their_order(x: bool, y: bool, data: Any) -> None:
    def answer(body: dict[str, Any]) -> dict[str, Any]:
        variables = body["variables"]
        return {
            "data": {
                "_entities": [{"name": "T"} for _ in variables["representations"]],
                "u": [{"name": "Ada"} for _ in variables["us"]],
            }
        }

    start = {"data": {"products": [{"upc": "1"}], "me": {"id": "7"}}}
    client = ScriptedClient({"a": [start], "b": [answer]})
    response = await run(conditional_plan(), SHOP, client, {"x": x, "y": y})
    assert response.as_dict() == {"data": data}
    assert list(response.data) == list(data)
    assert list(response.data["me"]) == list(data["me"])
    assert len(client.asked) == (1 if not x and y else 2)
    if len(client.asked) == 2:
        variables = client.asked[1][1]["variables"]
        assert len(variables["us"]) == (1 if x else 0)
        assert len(variables["representations"]) == (0 if y else 1)


async def test_what_cannot_be_planned_gives_one_error_and_no_fetch() -> None:
    operation = PlanBuilder(SHOP, "{ me { id } }").operation
    plan = QueryPlan(operation, (), None, ("Query.me: no subgraph can answer it",))
    response = await run(plan, SHOP, ScriptedClient({}))
    assert response.data is None
    assert [e.code for e in response.errors] == ["OPERATION_UNPLANNABLE"]
