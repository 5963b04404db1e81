"""Entity fetches whose objects come with values from contexts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from graphql import parse

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from router.errors import SubgraphTimeoutError
from router.execution.context import Endpoint, ExecutionContext, Response
from router.execution.groups import MAX_LISTS
from router.federation.supergraph import Supergraph, read_supergraph
from router.planning.normalize.normalize import normalize
from router.planning.planner import Planner
from tests.execution.scripted import ScriptedClient, run
from tests.lab.domains.header import FED2_8

ACCOUNTS = """
type Query { users: [User] owners: [User] }
type User @key(fields: "id") @context(name: "owner") { id: ID! currency: String items: [Item] }
type Item @key(fields: "id") { id: ID! price(in: String @fromContext(field: "$owner { currency }")): String! }
"""
SHOPS = 'type Item @key(fields: "id") { id: ID! like: [Item] secret: Secret } type Secret { of: Item word: String! }'


@lru_cache(maxsize=1)
def supergraph() -> Supergraph:
    composed = compose(
        [
            SubgraphInput(name, f"http://{name}", FED2_8 + sdl)
            for name, sdl in (("accounts", ACCOUNTS), ("shops", SHOPS))
        ]
    )
    assert isinstance(composed, Composed)
    return read_supergraph(composed.supergraph_sdl)


async def answer_to(operation: str, client: ScriptedClient, most: int | None = None) -> Response:
    plan = Planner(supergraph()).plan(normalize(parse(operation), None, supergraph()))

    def configure(ctx: ExecutionContext) -> None:
        ctx.endpoints = {
            name: Endpoint(f"http://{name}", max_representations=most) for name in ("accounts", "shops")
        }

    return await run(plan, supergraph(), client, configure=configure)


def users(*of: tuple[str, list[str]]) -> dict[str, Any]:
    return {
        "data": {
            "users": [{"currency": money, "items": [{"id": item} for item in items]} for money, items in of]
        }
    }


def prices(body: Any) -> dict[str, Any]:
    """Price every list of a request in its currency."""
    variables = body["variables"]
    data: dict[str, Any] = {}
    for name, representations in variables.items():
        if type(representations) is list:
            first, _, number = name.partition("_")
            suffix = f"_{number}" if number else ""
            alias, value = (
                ("_entities", "c0") if first == "representations" else (f"_e{first[1:]}", f"c{first[1:]}_0")
            )
            money = variables.get(value + suffix)
            data[alias + suffix] = [{"price": f"{one['id']} {money}"} for one in representations]
    return {"data": data}


def shown(response: Response) -> list[list[str]]:
    assert response.data is not None
    return [[item["price"] for item in user["items"]] for user in response.data["users"]]


QUERY = "{ users { items { price } } }"


async def test_each_entity_gets_the_value_of_its_own_place() -> None:
    client = ScriptedClient(
        {"accounts": [users(("EUR", ["a", "b"]), ("USD", ["a"]), ("EUR", ["a"])), prices]}
    )
    response = await answer_to(QUERY, client)
    assert shown(response) == [["a EUR", "b EUR"], ["a USD"], ["a EUR"]]
    assert [one["id"] for one in client.representations(1)] == ["a", "b"]
    assert [one["id"] for one in client.representations(1, "representations_1")] == ["a"]


async def test_one_set_of_values_is_sent_as_the_plan_says() -> None:
    client = ScriptedClient({"accounts": [users(("EUR", ["a"]), ("EUR", ["b", "a"])), prices]})
    response = await answer_to(QUERY, client)
    assert shown(response) == [["a EUR"], ["b EUR", "a EUR"]]
    plan = Planner(supergraph()).plan(normalize(parse(QUERY), None, supergraph()))
    assert client.asked[1][1]["query"] == plan.fetches[1].operation


async def test_many_sets_of_values_go_in_several_requests() -> None:
    count = MAX_LISTS + 1
    client = ScriptedClient({"accounts": [users(*((f"m{n}", ["a"]) for n in range(count))), prices, prices]})
    response = await answer_to(QUERY, client)
    assert shown(response) == [[f"a m{n}"] for n in range(count)]
    assert len(client.asked) == 3


async def test_a_list_longer_than_a_subgraph_wants_is_cut() -> None:
    client = ScriptedClient({"accounts": [users(("EUR", ["a", "b", "c"]), ("USD", ["a"])), prices]})
    response = await answer_to(QUERY, client, most=2)
    assert shown(response) == [["a EUR", "b EUR", "c EUR"], ["a USD"]]
    assert [len(value) for value in client.asked[1][1]["variables"].values() if type(value) is list] == [
        2,
        1,
        1,
    ]


async def test_a_request_that_fails_takes_its_own_entities_along() -> None:
    count = MAX_LISTS + 1
    failed = SubgraphTimeoutError("accounts", "too slow")
    client = ScriptedClient({"accounts": [users(*((f"m{n}", ["a"]) for n in range(count))), prices, failed]})
    response = await answer_to(QUERY, client)
    assert response.data is not None
    assert response.data["users"][MAX_LISTS] == {"items": [None]}
    assert response.data["users"][0] == {"items": [{"price": "a m0"}]}
    assert [error.path for error in response.errors] == [("users", MAX_LISTS, "items", 0)]


async def test_an_error_is_told_where_its_entity_stands() -> None:
    def one_is_wrong(body: Any) -> dict[str, Any]:
        result = prices(body)
        result["data"]["_entities_1"][0] = None
        result["errors"] = [{"message": "no price", "path": ["_entities_1", 0, "price"]}]
        return result

    client = ScriptedClient({"accounts": [users(("EUR", ["a", "b"]), ("USD", ["b", "a"])), one_is_wrong]})
    response = await answer_to(QUERY, client)
    assert response.data == {
        "users": [{"items": [{"price": "a EUR"}, {"price": "b EUR"}]}, {"items": [None, {"price": "a USD"}]}]
    }
    assert [error.path for error in response.errors] == [("users", 1, "items", 0, "price")]


async def test_an_answer_of_the_wrong_length_is_told_at_its_first_entity() -> None:
    def too_short(body: Any) -> dict[str, Any]:
        result = prices(body)
        result["data"]["_entities_1"].pop()
        return result

    client = ScriptedClient({"accounts": [users(("EUR", ["a"]), ("USD", ["b", "a"])), too_short]})
    response = await answer_to(QUERY, client)
    assert response.data == {"users": [{"items": [{"price": "a EUR"}]}, {"items": [None, None]}]}
    assert [error.path for error in response.errors] == [("users", 1, "items", 0)]


async def test_a_null_with_an_error_is_one_in_every_copy_of_an_entity() -> None:
    """The items below an item that two users share are copied; what is null there by an error stays unsent."""
    shared = {
        "data": {"_entities": [{"like": [{"id": "x"}], "secret": None}]},
        "errors": [{"message": "hidden", "path": ["_entities", 0, "secret", "word"]}],
    }
    client = ScriptedClient({"accounts": [users(("EUR", ["a"]), ("USD", ["a"])), prices], "shops": [shared]})
    response = await answer_to("{ users { items { like { price } secret { word of { price } } } } }", client)
    assert response.data == {
        "users": [
            {"items": [{"like": [{"price": "x EUR"}], "secret": None}]},
            {"items": [{"like": [{"price": "x USD"}], "secret": None}]},
        ]
    }
    assert {error.path for error in response.errors} == {
        ("users", 0, "items", 0, "secret", "word"),
        ("users", 1, "items", 0, "secret", "word"),
    }
    assert len(client.asked) == 3
