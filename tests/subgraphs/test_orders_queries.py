"""The orders subgraph: what can be asked of it."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette

from subgraphs import world
from tests.subgraphs.conftest import TODAY
from tests.subgraphs.in_process import Client, counted_statements

LIST = """query ($filter: OrderFilter, $pagination: Pagination) {
  orders(filter: $filter, pagination: $pagination) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { id status placedAt } }
  }
}"""


async def test_the_list_is_newest_first_and_twenty_long(orders: Starlette) -> None:
    page = (await Client(orders).data(LIST))["orders"]
    assert page["totalCount"] == 1500
    assert [e["node"]["id"] for e in page["edges"]] == [f"acme-o-{n:05d}" for n in range(1500, 1480, -1)]
    assert page["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": page["edges"][0]["cursor"],
        "endCursor": page["edges"][-1]["cursor"],
    }


async def test_following_the_cursors_gives_every_matching_order_once(orders: Starlette) -> None:
    client, seen, after = Client(orders), [], None
    while True:
        page = (
            await client.data(LIST, filter={"status": "SHIPPED"}, pagination={"first": 9, "after": after})
        )["orders"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    expected = [order.id for order in world.orders("acme", TODAY) if order.status == "SHIPPED"]
    assert seen == expected[::-1]
    assert page["totalCount"] == len(expected)
    assert page["pageInfo"]["hasPreviousPage"]


async def test_both_ends_of_the_dates_are_included(orders: Starlette) -> None:
    seeds = world.orders("acme", TODAY)[100:110]
    moments = {"dateFrom": seeds[0].placed_at.isoformat(), "dateTo": seeds[-1].placed_at.isoformat()}
    page = (await Client(orders).data(LIST, filter=moments))["orders"]
    assert {edge["node"]["id"] for edge in page["edges"]} == {seed.id for seed in seeds}


@pytest.mark.parametrize(
    ("pagination", "length"),
    [({"first": 0}, 0), ({"first": 2147483647}, 100), ({"after": None}, 20), (None, 20)],
)
async def test_first_is_capped(orders: Starlette, pagination: Any, length: int) -> None:
    page = (await Client(orders).data(LIST, pagination=pagination))["orders"]
    assert len(page["edges"]) == length


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"pagination": {"first": -1}}, "first is -1"),
        ({"pagination": {"after": "nonsense"}}, "not a cursor"),
        ({"pagination": {"after": ""}}, "not a cursor"),
        ({"pagination": {"after": "YXQ6eA=="}}, "not a cursor"),
        ({"filter": {"dateFrom": "yesterday"}}, "not a DateTime"),
        ({"filter": {"dateFrom": "2026-11-22T10:15:00"}}, "not a DateTime"),
    ],
)
async def test_a_senseless_argument_is_refused(
    orders: Starlette, variables: dict[str, Any], words: str
) -> None:
    code, message = await Client(orders).error(LIST, **variables)
    assert code == "BAD_USER_INPUT"
    assert words in message


async def test_an_order_has_its_seeded_items_and_totals(orders: Starlette) -> None:
    seed = world.orders("globex", TODAY)[41]
    order = (
        await Client(orders, "globex").data(
            """query ($id: ID!) { order(id: $id) {
              number note customer { id } subtotal { amount } total { formatted }
              items { line quantity product { id sku } lineTotal { amount } } } }""",
            id=seed.id,
        )
    )["order"]
    assert (order["number"], order["note"], order["customer"]["id"]) == (
        seed.number,
        seed.note,
        seed.customer_id,
    )
    assert order["subtotal"]["amount"] == seed.subtotal_amount
    assert order["total"]["formatted"] == f"USD {seed.total_amount // 100}.{seed.total_amount % 100:02d}"
    assert [
        (i["line"], i["product"]["id"], i["product"]["sku"], i["quantity"], i["lineTotal"]["amount"])
        for i in order["items"]
    ] == [(i.line, i.product_id, i.sku, i.quantity, i.quantity * i.unit_price_amount) for i in seed.items]


async def test_the_orders_of_many_customers_are_read_with_one_statement_of_each_kind(
    orders: Starlette,
) -> None:
    ids = [f"acme-c-{n:04d}" for n in range(1, 101)]
    selection = """... on Customer { id orders(filter: {status: DELIVERED}, pagination: {first: 2}) {
        totalCount edges { node { id items { line } } } pageInfo { hasNextPage } } }"""
    representations = [{"__typename": "Customer", "id": customer_id} for customer_id in ids]
    with counted_statements() as statements:
        entities = await Client(orders).entities(representations, selection)
    assert len(statements) == 3
    for customer in entities:
        placed = [
            order.id
            for order in world.orders("acme", TODAY)
            if order.customer_id == customer["id"] and order.status == "DELIVERED"
        ]
        assert customer["orders"]["totalCount"] == len(placed)
        assert [e["node"]["id"] for e in customer["orders"]["edges"]] == placed[::-1][:2]
        assert customer["orders"]["pageInfo"]["hasNextPage"] == (len(placed) > 2)


async def test_many_references_of_one_type_are_read_with_one_statement(orders: Starlette) -> None:
    with counted_statements() as statements:
        entities = await Client(orders).entities(
            [{"__typename": "Order", "id": f"acme-o-{n:05d}"} for n in [*range(1, 50), 7]],
            "... on Order { id number }",
        )
    assert len(statements) == 1
    assert [entity["number"] for entity in entities] == [f"ACM-{n:05d}" for n in [*range(1, 50), 7]]


async def test_an_order_item_is_found_by_its_compound_key(orders: Starlette) -> None:
    seed = world.orders("acme", TODAY)[0]
    found, missing = await Client(orders).entities(
        [
            {"__typename": "OrderItem", "orderId": seed.id, "line": 1},
            {"__typename": "OrderItem", "orderId": seed.id, "line": 99},
        ],
        "... on OrderItem { product { sku } }",
    )
    assert found["product"]["sku"] == seed.items[0].sku
    assert missing is None


async def test_a_shipping_estimate_takes_price_and_weight_from_the_representation(orders: Starlette) -> None:
    def product(amount: int, grams: int | None) -> dict[str, Any]:
        price = {"amount": amount, "currency": "EUR"}
        return {"__typename": "Product", "id": "acme-p-0001", "price": price, "weightGrams": grams}

    cheap, dear, unknown = await Client(orders).entities(
        [product(500, 1250), product(10_000, 1250), product(500, None)],
        "... on Product { shippingEstimate { amount currency } }",
    )
    assert cheap["shippingEstimate"] == {"amount": 390 + 12 * 12, "currency": "EUR"}
    assert dear["shippingEstimate"] == {"amount": 0, "currency": "EUR"}
    assert unknown["shippingEstimate"] is None


async def test_another_tenants_ids_read_as_not_there(orders: Starlette) -> None:
    client = Client(orders, "globex")
    assert (await client.data('{ order(id: "acme-o-00001") { id } }'))["order"] is None
    entities = await client.entities(
        [
            {"__typename": "Order", "id": "acme-o-00001"},
            {"__typename": "Customer", "id": "acme-c-0001"},
            {"__typename": "Product", "id": "acme-p-0001"},
            {"__typename": "OrderItem", "orderId": "acme-o-00001", "line": 1},
        ],
        "",
    )
    assert entities == [None] * 4
    page = (await client.data(LIST))["orders"]
    assert all(edge["node"]["id"].startswith("globex-") for edge in page["edges"])


@pytest.mark.parametrize("query", [LIST, '{ order(id: "acme-o-00001") { id } }'])
async def test_without_a_tenant_nothing_is_read(orders: Starlette, query: str) -> None:
    code, message = await Client(orders, tenant=None).error(query)
    assert code == "UNAUTHENTICATED"
    assert "x-tenant-id" in message


async def test_the_sdl_needs_no_tenant(orders: Starlette) -> None:
    data = await Client(orders, tenant=None).data("{ _service { sdl } }")
    assert "type Order implements Node" in data["_service"]["sdl"]


@pytest.mark.parametrize(
    "bad",
    [
        {"__typename": "Nope", "id": "acme-o-00001"},
        {"__typename": "Money", "amount": 1},
        {"id": "acme-o-00001"},
        {"__typename": ["Order"], "id": "acme-o-00001"},
        {"__typename": "Order"},
        {"__typename": "Order", "isbn": "1"},
        {"__typename": "Product", "id": "acme-p-0001", "price": {"amount": "much"}},
        {"__typename": "Product", "id": "acme-p-0001", "weightGrams": "heavy"},
        7,
    ],
)
async def test_a_bad_representation_does_not_spoil_the_others(orders: Starlette, bad: Any) -> None:
    answer = await Client(orders).post(
        "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { number } } }",
        r=[{"__typename": "Order", "id": "acme-o-00001"}, bad],
    )
    assert answer["data"]["_entities"] == [{"number": "ACM-00001"}, None]
    (error,) = answer["errors"]
    assert error["path"] == ["_entities", 1]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_id_of_a_strange_kind_is_not_there(orders: Starlette) -> None:
    found = await Client(orders).entities(
        [{"__typename": "Order", "id": strange} for strange in ({}, [], 1, None, "' OR 1=1 --")], ""
    )
    assert found == [None] * 5
