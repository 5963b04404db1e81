"""More representations than a subgraph wants at once."""

from __future__ import annotations

from typing import Any

from router.errors import SubgraphTimeoutError
from router.execution.context import Endpoint, ExecutionContext, Response
from router.planning.plan import QueryPlan
from tests.execution.plans import PlanBuilder, supergraph_of
from tests.execution.scripted import ScriptedClient, run

SHOP = supergraph_of("""
type Query { products: [Product] users: [User] }
type Product { upc: ID! name: String! }
type User { id: ID! name: String }
""")


def plan() -> QueryPlan:
    builder = PlanBuilder(SHOP, "{ products { name } users { name } }")
    builder.root("a", "{ products { upc } users { id } }")
    builder.entities(
        "b",
        builder.entity("Product", "{ upc @key }", "{ name }", ("products", "@")),
        builder.entity("User", "{ id @key }", "{ name }", ("users", "@"), alias="u", variable="us"),
        after=(0,),
    )
    return builder.plan()


def first(products: int, users: int) -> dict[str, Any]:
    return {
        "data": {
            "products": [{"upc": str(n)} for n in range(products)],
            "users": [{"id": str(n)} for n in range(users)],
        }
    }


def answer(body: Any) -> dict[str, Any]:
    variables = body["variables"]
    return {
        "data": {
            "_entities": [{"name": f"p{one['upc']}"} for one in variables["representations"]],
            "u": [{"name": f"u{one['id']}"} for one in variables["us"]],
        }
    }


async def run_at_most(most: int, client: ScriptedClient) -> Response:
    def configure(ctx: ExecutionContext) -> None:
        ctx.endpoints = {"a": Endpoint("http://a"), "b": Endpoint("http://b", max_representations=most)}

    return await run(plan(), SHOP, client, configure=configure)


async def test_what_is_too_much_for_one_request_goes_in_several() -> None:
    client = ScriptedClient({"a": [first(5, 3)], "b": [answer] * 3})
    response = await run_at_most(2, client)
    assert not response.errors
    assert response.data == {
        "products": [{"name": f"p{n}"} for n in range(5)],
        "users": [{"name": f"u{n}"} for n in range(3)],
    }
    sent = [body["variables"] for subgraph, body in client.asked if subgraph == "b"]
    assert [(len(one["representations"]), len(one["us"])) for one in sent] == [(2, 2), (2, 1), (1, 0)]


async def test_what_is_not_too_much_stays_one_request() -> None:
    client = ScriptedClient({"a": [first(2, 2)], "b": [answer]})
    response = await run_at_most(2, client)
    assert not response.errors
    assert len(client.asked) == 2


async def test_a_part_that_fails_or_answers_badly_harms_no_other() -> None:
    def broken(body: Any) -> Any:
        good = answer(body)
        good["data"]["_entities"][1] = None
        good["errors"] = [{"message": "no", "path": ["_entities", 1, "name"], "extensions": {"code": "NO"}}]
        return good

    late = SubgraphTimeoutError("b", "late")
    client = ScriptedClient({"a": [first(6, 0)], "b": [answer, broken, late]})
    response = await run_at_most(2, client)
    assert response.data is not None
    products = response.data["products"]
    assert products == [{"name": "p0"}, {"name": "p1"}, {"name": "p2"}, None, None, None]
    found = [(error.path, error.code) for error in response.errors]
    assert (("products", 3, "name"), "NO") in found
    assert [code for _, code in found] == ["SUBGRAPH_TIMEOUT", "NO"]
