"""Subgraphs that fail: partial data, one clear error per failed fetch, at the right place."""

from __future__ import annotations

from typing import Any

import pytest

from router.errors import SubgraphConnectionRefusedError
from tests.execution.plans import PlanBuilder, supergraph_of
from tests.execution.scripted import ScriptedClient, run

SHOP = supergraph_of("""
type Query { products: [Product] product: Product! me: User top: [Product!]! }
type Product { upc: ID! name: String! price: Int maker: User }
type User { id: ID! name: String favourite: Product! products: [Product!] kind: Kind must: Kind! }
enum Kind { A HIDDEN @inaccessible }
""")
NAME = "{ name }"


def named_products(operation: str = "{ products { upc name } }") -> PlanBuilder:
    builder = PlanBuilder(SHOP, operation)
    builder.root("a", "{ products { upc } }")
    builder.entities("b", builder.entity("Product", "{ upc @key }", NAME, ("products", "@")), after=(0,))
    return builder


PRODUCTS = {"data": {"products": [{"upc": "1"}, {"upc": "2"}]}}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (SubgraphConnectionRefusedError("b", "nobody"), "SUBGRAPH_CONNECTION_REFUSED"),
        ((500, b"oops"), "SUBGRAPH_HTTP_STATUS"),
        ((404, b"{}"), "SUBGRAPH_HTTP_STATUS"),
        ((500, b'{"data":{"_entities":[null,null]}}'), "SUBGRAPH_HTTP_STATUS"),
        (b"<html>", "SUBGRAPH_INVALID_RESPONSE"),
        (b'{"data":{"_entities":[', "SUBGRAPH_INVALID_RESPONSE"),
        (b"", "SUBGRAPH_INVALID_RESPONSE"),
        (b"[]", "SUBGRAPH_INVALID_RESPONSE"),
        ({}, "SUBGRAPH_INVALID_RESPONSE"),
        ({"data": None}, "SUBGRAPH_INVALID_RESPONSE"),
        ({"data": []}, "SUBGRAPH_INVALID_RESPONSE"),
        ({"data": {}}, "SUBGRAPH_INVALID_RESPONSE"),
        ({"data": {"_entities": "x"}}, "SUBGRAPH_INVALID_RESPONSE"),
        ({"data": {"_entities": [None]}}, "SUBGRAPH_INVALID_RESPONSE"),
        ({"data": {"_entities": ["x", 4]}}, "SUBGRAPH_INVALID_RESPONSE"),
        ({"data": None, "errors": "x"}, "SUBGRAPH_INVALID_RESPONSE"),
        ({"errors": [{"message": "no", "extensions": {"code": "OWN"}}]}, "OWN"),
        ((400, b'{"errors":[{"message":"no"}]}'), "SUBGRAPH_ERROR"),
    ],
)
async def test_a_failed_fetch_gives_one_error_and_the_rest_of_the_data(answer: Any, code: str) -> None:
    client = ScriptedClient({"a": [PRODUCTS], "b": [answer]})
    response = await run(named_products().plan(), SHOP, client)
    assert response.data == {"products": [None, None]}
    assert [(e.path, e.code, e.subgraph) for e in response.errors] == [(("products", 0), code, "b")]


async def test_a_failed_root_fetch_is_told_at_its_first_field() -> None:
    builder = PlanBuilder(SHOP, "{ me { id } x: product { upc } }")
    builder.root("a", "{ me { id } }")
    builder.root("b", "{ x: product { upc } }")
    client = ScriptedClient({"a": [{"data": {"me": {"id": "1"}}}], "b": [(503, b"")]})
    response = await run(builder.plan(), SHOP, client)
    assert response.data is None
    assert [(e.path, e.code) for e in response.errors] == [(("x",), "SUBGRAPH_HTTP_STATUS")]


async def test_an_entity_error_goes_to_every_place_that_waited() -> None:
    builder = named_products("{ list: products { n: name } }")
    plan = PlanBuilder(SHOP, "{ list: products { n: name upc } }")
    plan.root("a", "{ list: products { upc } }")
    plan.entities("b", plan.entity("Product", "{ upc @key }", "{ n: name }", ("list", "@")), after=(0,))
    del builder
    error = {"message": "no", "path": ["_entities", 1, "n"], "extensions": {"code": "GONE", "more": 1}}
    client = ScriptedClient(
        {
            "a": [{"data": {"list": [{"upc": "1"}, {"upc": "2"}, {"upc": "2"}]}}],
            "b": [{"data": {"_entities": [{"n": "x"}, None]}, "errors": [error]}],
        }
    )
    response = await run(plan.plan(), SHOP, client)
    assert response.data == {"list": [{"n": "x", "upc": "1"}, None, None]}
    assert [e.as_dict() for e in response.errors] == [
        {
            "message": "no",
            "path": ["list", index, "n"],
            "extensions": {"code": "GONE", "more": 1, "service": "b"},
        }
        for index in (1, 2)
    ]


async def test_an_error_of_a_hidden_fetch_is_told_at_the_nearest_place_the_client_knows() -> None:
    builder = PlanBuilder(SHOP, "{ me { name } }")
    builder.root("a", "{ me { favourite { maker { id } } id } }")
    builder.entities(
        "b",
        builder.entity("User", "{ id @key }", NAME, ("me", "favourite", "maker")),
        after=(0,),
    )
    builder.entities(
        "c",
        builder.entity("User", "{ id @key favourite { maker { name } } }", NAME, ("me",)),
        after=(0, 1),
    )
    me = {"id": "1", "favourite": {"maker": {"id": "2"}}}
    client = ScriptedClient({"a": [{"data": {"me": me}}], "b": [(500, b"")]})
    response = await run(builder.plan(), SHOP, client)
    assert response.data == {"me": {"name": None}}
    assert [(e.path, e.subgraph) for e in response.errors] == [(("me",), "b")]
    assert len(client.asked) == 2


async def test_a_null_that_no_subgraph_explains_gets_an_error_and_rises() -> None:
    client = ScriptedClient({"a": [PRODUCTS], "b": [{"data": {"_entities": [{"name": "x"}, None]}}]})
    response = await run(named_products().plan(), SHOP, client)
    assert response.data == {"products": [{"upc": "1", "name": "x"}, None]}
    assert [e.as_dict() for e in response.errors] == [
        {
            "message": "Cannot return null for non-nullable field Product.name.",
            "path": ["products", 1, "name"],
            "extensions": {"code": "SUBGRAPH_NULL_VALUE", "service": "b"},
        }
    ]


async def test_a_null_can_rise_to_the_whole_data() -> None:
    builder = PlanBuilder(SHOP, "{ top { name } }")
    builder.root("a", "{ top { name } }")
    client = ScriptedClient({"a": [{"data": {"top": [{"name": "x"}, {"name": None}]}}]})
    response = await run(builder.plan(), SHOP, client)
    assert response.data is None
    assert [e.path for e in response.errors] == [("top", 1, "name")]


@pytest.mark.parametrize(
    ("field", "value", "data", "codes"),
    [
        ("name", 5, {"name": None}, ["SUBGRAPH_INVALID_VALUE"]),
        ("id", 5, {"id": "5"}, []),
        ("id", [], None, ["SUBGRAPH_INVALID_VALUE"]),
        ("kind", "A", {"kind": "A"}, []),
        ("kind", "HIDDEN", {"kind": None}, []),
        ("kind", "B", {"kind": None}, ["SUBGRAPH_INVALID_VALUE"]),
        ("kind", [], {"kind": None}, ["SUBGRAPH_INVALID_VALUE"]),
        ("must", "HIDDEN", None, ["SUBGRAPH_NULL_VALUE"]),
        ("products { upc }", {}, {"products": None}, ["SUBGRAPH_INVALID_VALUE"]),
        ("products { upc }", [[]], {"products": None}, ["SUBGRAPH_INVALID_VALUE"]),
        ("favourite { upc }", [], None, ["SUBGRAPH_INVALID_VALUE"]),
        ("favourite { upc }", "x", None, ["SUBGRAPH_INVALID_VALUE"]),
        ("favourite { price }", {"price": 2**31}, {"favourite": {"price": None}}, ["SUBGRAPH_INVALID_VALUE"]),
        ("favourite { price }", {"price": 2**70}, {"favourite": {"price": None}}, ["SUBGRAPH_INVALID_VALUE"]),
        ("favourite { price }", {"price": 2.0}, {"favourite": {"price": 2}}, []),
        ("favourite { __typename }", {}, {"favourite": {"__typename": "Product"}}, []),
        ("favourite { __typename }", 7, None, ["SUBGRAPH_INVALID_VALUE"]),
    ],
)
async def test_a_value_of_the_wrong_kind_is_null_with_an_error(
    field: str, value: Any, data: Any, codes: list[str]
) -> None:
    builder = PlanBuilder(SHOP, f"{{ me {{ {field} }} }}")
    builder.root("a", f"{{ me {{ {field} }} }}")
    body = b'{"data":{"me":{"%s":%s}}}' % (field.split()[0].encode(), _json(value))
    response = await run(builder.plan(), SHOP, ScriptedClient({"a": [body]}))
    assert response.data == {"me": data}
    assert [e.code for e in response.errors] == codes


def _json(value: Any) -> bytes:
    import json

    return json.dumps(value).encode()


async def test_deep_answers_and_deep_operations_need_no_deep_python() -> None:
    operation = "{ me { " + "favourite { maker { " * 60 + "name" + " } }" * 60 + " } }"
    builder = PlanBuilder(SHOP, operation)
    builder.root("a", operation)
    answer: Any = {"name": "end"}
    for _ in range(60):
        answer = {"favourite": {"maker": answer}}
    response = await run(builder.plan(), SHOP, ScriptedClient({"a": [{"data": {"me": answer}}]}))
    assert response.as_dict() == {"data": {"me": answer}}


async def test_lists_in_lists_in_deep_places_are_gathered() -> None:
    path = ("me", *("products", "@", "maker") * 30, "products", "@")
    operation = "{ me { " + "products { maker { " * 30 + "products { name }" + " } }" * 30 + " } }"
    builder = PlanBuilder(SHOP, operation)
    builder.root("a", operation.replace("name", "upc"))
    builder.entities("b", builder.entity("Product", "{ upc @key }", NAME, path), after=(0,))
    start: Any = {"products": [{"upc": "1"}, {"upc": "2"}]}
    data: Any = {"products": [{"name": "x"}, {"name": "y"}]}
    for _ in range(30):
        start, data = {"products": [{"maker": start}]}, {"products": [{"maker": data}]}
    answer = {"data": {"_entities": [{"name": "x"}, {"name": "y"}]}}
    client = ScriptedClient({"a": [{"data": {"me": start}}], "b": [answer]})
    response = await run(builder.plan(), SHOP, client)
    assert response.as_dict() == {"data": {"me": data}}


@pytest.mark.parametrize("item", [True, 7, "x", 0.5])
async def test_what_is_no_object_is_said_to_be_none_whatever_is_joined_to_it(item: Any) -> None:
    """The entity is found by the object's identity, which a number has too."""
    builder = PlanBuilder(SHOP, "{ me { favourite { upc } name } }")
    builder.root("a", "{ me { id name } }")
    how = "{ id @key name }"
    builder.entities("b", builder.entity("User", how, "{ favourite { upc } }", ("me",)), after=(0,))
    client = ScriptedClient({"a": [{"data": {"me": item}}]})
    response = await run(builder.plan(), SHOP, client)
    assert response.data == {"me": None}
    assert [(e.path, e.code) for e in response.errors] == [(("me",), "SUBGRAPH_INVALID_VALUE")]


@pytest.mark.parametrize(
    ("count", "errors"),
    [("x", ["SUBGRAPH_INVALID_VALUE"]), (None, ["SUBGRAPH_NULL_VALUE"]), (2**40, ["SUBGRAPH_INVALID_VALUE"])],
)
async def test_a_root_value_that_does_not_fit_costs_that_value_only(count: Any, errors: list[str]) -> None:
    world = supergraph_of("type Query { count: Int! some: Int me: User } type User { name: String! }")
    for operation, field in (("{ me { name } some }", "some"), ("{ me { name } count }", "count")):
        builder = PlanBuilder(world, operation)
        builder.root("a", operation)
        client = ScriptedClient({"a": [{"data": {field: count, "me": {"name": "n"}}}]})
        response = await run(builder.plan(), world, client)
        is_required = field == "count"
        assert response.data == (None if is_required else {"me": {"name": "n"}, "some": None})
        due = errors if is_required or count is not None else []
        assert [(error.path, error.code) for error in response.errors] == [((field,), code) for code in due]


async def test_an_error_of_the_fetch_that_tells_the_type_is_told_at_the_field_of_that_type() -> None:
    world = supergraph_of("""
type Query { pets: [Pet] }
interface Pet { id: ID! }
type Cat implements Pet { id: ID! lives: Int }
type Dog implements Pet { id: ID! bark: String }
""")
    builder = PlanBuilder(world, "{ pets { ... on Dog { loud: bark } } }")
    builder.root("a", "{ pets { id } }")
    dog = '{ __typename ... on Dog { loud: bark @data(key: "loud") } }'
    builder.entities(
        "b", builder.entity("Pet", "{ id @key }", dog, ("pets", "@"), typename="Pet"), after=(0,)
    )
    error = {"message": "no", "path": ["_entities", 0, "loud"], "extensions": {"code": "NO"}}
    entities = {"data": {"_entities": [{"__typename": "Dog", "loud": None}]}, "errors": [error]}
    client = ScriptedClient({"a": [{"data": {"pets": [{"id": "1"}]}}], "b": [entities]})
    response = await run(builder.plan(), world, client)
    assert response.data == {"pets": [{"loud": None}]}
    assert [(one.path, one.code) for one in response.errors] == [(("pets", 0, "loud"), "NO")]
