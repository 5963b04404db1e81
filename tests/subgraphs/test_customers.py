"""The customers subgraph."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from subgraphs import world
from tests.subgraphs.in_process import Client, counted_statements

LIST = """query ($filter: CustomerFilter, $first: Int, $after: String) {
  customers(filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { node { id name email tier } } } }"""
CREATE = """mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) {
  id email name phone tier addresses { label isDefault } } }"""
UPDATE = "mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { id name phone tier } }"
ADDRESS = {"label": "Home", "street": "1 Mill Lane", "city": "Ghent", "postalCode": "9000", "country": "BE"}


async def me(app: Starlette, **headers: str) -> dict[str, Any]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://subgraph") as http:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await http.post("/graphql", json={"query": "{ me { id email } }"}, headers=named)
    found: dict[str, Any] = answer.json()
    return found


async def test_a_customer_is_found_by_id_and_by_email_in_any_case(customers: Starlette) -> None:
    seed = world.customers("acme")[0]
    found = await Client(customers).data(
        """query ($id: ID, $email: String) {
          byId: customer(id: $id) { id email name fullName phone tier joinedAt
            addresses { label street city postalCode country isDefault } }
          byEmail: customer(email: $email) { id }
          other: customer(id: "acme-c-0002", email: $email) { id }
          nobody: customer(email: "nobody@acme.example") { id } }""",
        id=seed.id,
        email=seed.email.upper(),
    )
    assert found["byId"]["email"] == seed.email
    assert found["byId"]["name"] == found["byId"]["fullName"] == seed.name
    assert (found["byId"]["phone"], found["byId"]["tier"]) == (seed.phone, seed.tier)
    assert [address["street"] for address in found["byId"]["addresses"]] == [a.street for a in seed.addresses]
    assert found["byEmail"] == {"id": seed.id}
    assert found["other"] is None
    assert found["nobody"] is None


async def test_without_id_and_email_there_is_nothing_to_look_for(customers: Starlette) -> None:
    assert (await Client(customers).error("{ customer { id } }"))[0] == "BAD_USER_INPUT"


async def test_me_is_the_customer_with_the_users_id(customers: Starlette) -> None:
    seed = world.customers("acme")[4]
    answer = await me(customers, x_tenant_id="acme", x_user_id=seed.id)
    assert answer == {"data": {"me": {"id": seed.id, "email": seed.email}}}


@pytest.mark.parametrize("user", ["", "admin", "globex-c-0001"])
async def test_me_is_null_when_the_user_is_not_a_customer_of_the_tenant(
    customers: Starlette, user: str
) -> None:
    assert await me(customers, x_tenant_id="acme", x_user_id=user) == {"data": {"me": None}}


async def test_me_without_a_tenant_is_unauthenticated(customers: Starlette) -> None:
    (error,) = (await me(customers, x_user_id="acme-c-0001"))["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_following_the_cursors_gives_every_matching_customer_once(customers: Starlette) -> None:
    client, seen, after = Client(customers), [], None
    while True:
        page = (await client.data(LIST, filter={"tier": "GOLD"}, first=7, after=after))["customers"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    expected = [customer.id for customer in world.customers("acme") if customer.tier == "GOLD"]
    assert seen == expected
    assert page["totalCount"] == len(expected)
    assert page["pageInfo"]["hasPreviousPage"]


@pytest.mark.parametrize("text", ["ANNA", "garcia", "%", "_", ".0001@"])
async def test_text_is_looked_for_in_name_and_email_as_it_stands(customers: Starlette, text: str) -> None:
    page = (await Client(customers).data(LIST, filter={"text": text}, first=100))["customers"]
    expected = [
        customer.id
        for customer in world.customers("acme")
        if text.lower() in customer.name.lower() or text.lower() in customer.email
    ]
    assert [edge["node"]["id"] for edge in page["edges"]] == expected


async def test_a_negative_first_is_refused(customers: Starlette) -> None:
    assert (await Client(customers).error(LIST, first=-1))[0] == "BAD_USER_INPUT"


async def test_references_by_either_key_take_one_statement_for_each_key(customers: Starlette) -> None:
    seeds = world.customers("acme")
    representations = [{"__typename": "Customer", "id": seed.id} for seed in seeds[:60]]
    representations += [{"__typename": "Customer", "email": seed.email} for seed in seeds[40:100]]
    with counted_statements() as statements:
        found = await Client(customers).entities(representations, "... on Customer { id }")
    assert len(statements) == 2
    assert [entity["id"] for entity in found] == [seed.id for seed in [*seeds[:60], *seeds[40:100]]]


async def test_another_tenants_customers_are_not_there(customers: Starlette) -> None:
    client, seed = Client(customers, "globex"), world.customers("acme")[0]
    assert await client.entities(
        [{"__typename": "Customer", "id": seed.id}, {"__typename": "Customer", "email": seed.email}], ""
    ) == [None, None]
    assert (await client.data(LIST, filter={"text": "@acme.example"}))["customers"]["totalCount"] == 0
    assert (await client.error(UPDATE, input={"id": seed.id, "name": "Mallory"}))[0] == "NOT_FOUND"


async def test_a_created_customer_can_be_found_and_changed(customers: Starlette) -> None:
    client = Client(customers)
    created = (
        await client.data(
            CREATE,
            input={
                "email": " Eva.Stone@Acme.Example ",
                "name": "Eva Stone",
                "phone": "+1",
                "addresses": [{**ADDRESS, "label": "Work"}, {**ADDRESS, "isDefault": True}],
            },
        )
    )["createCustomer"]
    assert created == {
        "id": "acme-c-0201",
        "email": "eva.stone@acme.example",
        "name": "Eva Stone",
        "phone": "+1",
        "tier": "BRONZE",
        "addresses": [{"label": "Work", "isDefault": False}, {"label": "Home", "isDefault": True}],
    }
    kept = (await client.data(UPDATE, input={"id": "acme-c-0201", "tier": "GOLD"}))["updateCustomer"]
    assert kept == {"id": "acme-c-0201", "name": "Eva Stone", "phone": "+1", "tier": "GOLD"}
    removed = await client.data(UPDATE, input={"id": "acme-c-0201", "phone": None, "name": None})
    assert removed["updateCustomer"] == {**kept, "phone": None}


async def test_an_email_belongs_to_one_customer_of_a_tenant(customers: Starlette) -> None:
    taken = world.customers("acme")[0].email
    wrong = {"email": taken.upper(), "name": "Somebody Else"}
    assert (await Client(customers).error(CREATE, input=wrong))[0] == "EMAIL_TAKEN"
    elsewhere = (await Client(customers, "globex").data(CREATE, input=wrong))["createCustomer"]
    assert elsewhere["id"] == "globex-c-0201"


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "nobody", "name": "A"},
        {"email": "a@b", "name": "A"},
        {"email": "a@b.example", "name": "  "},
        {"email": "a@b.example", "name": "A", "phone": "1" * 41},
        {"email": "a@b.example", "name": "A", "addresses": [ADDRESS] * 11},
        {"email": "a@b.example", "name": "A", "addresses": [{**ADDRESS, "isDefault": True}] * 2},
    ],
)
async def test_a_customer_that_makes_no_sense_is_refused(customers: Starlette, wrong: dict[str, Any]) -> None:
    assert (await Client(customers).error(CREATE, input=wrong))[0] == "BAD_USER_INPUT"
