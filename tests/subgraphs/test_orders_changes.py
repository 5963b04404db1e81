"""The orders subgraph: mutations, the events they cause, and who may follow them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette

from subgraphs.events import InProcessBus
from tests.subgraphs.in_process import Client, connected

CREATE = """mutation ($input: CreateOrderInput!) { createOrder(input: $input) {
  id number status note subtotal { amount } total { amount } items { line product { id sku } quantity } } }"""
UPDATE = """mutation ($id: ID!, $status: OrderStatus!) {
  updateOrderStatus(input: {id: $id, status: $status}) { id status } }"""
FOLLOW = """subscription ($tenant: ID!) { orderUpdates(tenantId: $tenant) {
  kind order { id status customer { id } items { product { id } lineTotal { formatted } } } } }"""


def item(**changes: Any) -> dict[str, Any]:
    return {
        "productId": "acme-p-0001",
        "sku": "ACME-0001",
        "unitPrice": {"amount": 1250, "currency": "EUR"},
        **changes,
    }


def order(**changes: Any) -> dict[str, Any]:
    return {"customerId": "acme-c-0001", "items": [item(quantity=2)], **changes}


async def test_a_placed_order_gets_the_next_number_and_can_be_read_again(orders: Starlette) -> None:
    client = Client(orders)
    placed = (await client.data(CREATE, input=order(note="Ring twice.")))["createOrder"]
    assert placed == {
        "id": "acme-o-01501",
        "number": "ACM-01501",
        "status": "PENDING",
        "note": "Ring twice.",
        "subtotal": {"amount": 2500},
        "total": {"amount": 2890},
        "items": [{"line": 1, "product": {"id": "acme-p-0001", "sku": "ACME-0001"}, "quantity": 2}],
    }
    again = await client.data('{ order(id: "acme-o-01501") { total { amount } items { quantity } } }')
    assert again["order"] == {"total": {"amount": 2890}, "items": [{"quantity": 2}]}


async def test_orders_placed_at_once_get_different_numbers(orders: Starlette) -> None:
    client = Client(orders)
    placed = await asyncio.gather(*(client.data(CREATE, input=order()) for _ in range(8)))
    assert {p["createOrder"]["number"] for p in placed} == {f"ACM-0{n}" for n in range(1501, 1509)}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (order(items=[]), "1 to 100 items"),
        (order(items=[item()] * 101), "1 to 100 items"),
        (order(items=[item(quantity=0)]), "quantity is 0"),
        (order(items=[item(unitPrice={"amount": -1, "currency": "EUR"})]), "negative"),
        (order(items=[item(), item(unitPrice={"amount": 1, "currency": "USD"})]), "different currencies"),
        (order(items=[item(quantity=2_000_000_001)]), "too large"),
        (order(items=[item(productId="globex-p-0001")]), "no product globex-p-0001"),
        (order(customerId="globex-c-0001"), "no customer globex-c-0001"),
        (order(note="n" * 501), "500 characters"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(
    orders: Starlette, wrong: dict[str, Any], words: str
) -> None:
    code, message = await Client(orders).error(CREATE, input=wrong)
    assert code == "BAD_USER_INPUT"
    assert words in message


async def test_a_tenant_that_is_not_there_cannot_order(orders: Starlette) -> None:
    wrong = order(customerId="nobody-c-1", items=[item(productId="nobody-p-1")])
    assert (await Client(orders, "nobody").error(CREATE, input=wrong))[0] == "NOT_FOUND"


async def test_an_order_goes_through_its_statuses_and_not_back(orders: Starlette) -> None:
    client = Client(orders)
    await client.data(CREATE, input=order())
    for status in ("PAID", "SHIPPED", "DELIVERED"):
        updated = (await client.data(UPDATE, id="acme-o-01501", status=status))["updateOrderStatus"]
        assert updated == {"id": "acme-o-01501", "status": status}
    code, message = await client.error(UPDATE, id="acme-o-01501", status="CANCELLED")
    assert code == "INVALID_TRANSITION"
    assert message == "The order is DELIVERED and can go nowhere any more, not to CANCELLED."


async def test_a_status_that_comes_too_early_is_refused_with_what_is_allowed(orders: Starlette) -> None:
    client = Client(orders)
    await client.data(CREATE, input=order())
    code, message = await client.error(UPDATE, id="acme-o-01501", status="SHIPPED")
    assert code == "INVALID_TRANSITION"
    assert "only to PAID or CANCELLED" in message


async def test_another_tenants_order_cannot_be_changed(orders: Starlette) -> None:
    assert (await Client(orders, "globex").error(UPDATE, id="acme-o-01500", status="PAID"))[0] == "NOT_FOUND"


async def test_changes_are_told_on_the_tenants_channel(orders: Starlette, bus: InProcessBus) -> None:
    client = Client(orders)
    async with bus.subscribe("orders:acme") as events, bus.subscribe("orders:globex") as others:
        await client.data(CREATE, input=order())
        await client.error(CREATE, input=order(items=[]))
        await client.data(UPDATE, id="acme-o-01501", status="PAID")
        created, changed = await anext(events), await anext(events)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(others), 0.01)
    placed_at = created["order"]["placedAt"]
    assert created == {
        "type": "order.created",
        "kind": "CREATED",
        "tenantId": "acme",
        "at": placed_at,
        "order": {
            "id": "acme-o-01501",
            "number": "ACM-01501",
            "status": "PENDING",
            "customerId": "acme-c-0001",
            "placedAt": placed_at,
            "updatedAt": placed_at,
            "note": None,
            "subtotal": {"amount": 2500, "currency": "EUR"},
            "total": {"amount": 2890, "currency": "EUR"},
            "items": [
                {
                    "line": 1,
                    "productId": "acme-p-0001",
                    "sku": "ACME-0001",
                    "quantity": 2,
                    "unitPrice": {"amount": 1250, "currency": "EUR"},
                }
            ],
        },
    }
    assert (changed["type"], changed["order"]["status"]) == ("order.status_changed", "PAID")
    assert changed["order"]["items"] == created["order"]["items"]


async def test_a_follower_sees_each_change_with_the_order_as_it_was(orders: Starlette) -> None:
    async with connected(orders, {"x-tenant-id": "acme"}, init={}) as socket:
        await socket.subscribe(FOLLOW, tenant="acme")
        await Client(orders).data(CREATE, input=order())
        await Client(orders).data(UPDATE, id="acme-o-01501", status="PAID")
        updates = [(await socket.event())["orderUpdates"] for _ in range(2)]
    assert [(update["kind"], update["order"]["status"]) for update in updates] == [
        ("CREATED", "PENDING"),
        ("STATUS_CHANGED", "PAID"),
    ]
    assert updates[0]["order"]["items"] == [
        {"product": {"id": "acme-p-0001"}, "lineTotal": {"formatted": "EUR 25.00"}}
    ]


@pytest.mark.parametrize(
    "init", [{"x-tenant-id": "acme"}, {"X-Tenant-Id": "acme"}, {"headers": {"X-Tenant-ID": "acme"}}]
)
async def test_the_tenant_may_come_in_connection_init(orders: Starlette, init: Any) -> None:
    async with connected(orders, init=init) as socket:
        await socket.subscribe(FOLLOW, tenant="acme")
        await Client(orders).data(CREATE, input=order())
        assert (await socket.event())["orderUpdates"]["order"]["id"] == "acme-o-01501"


@pytest.mark.parametrize(
    ("headers", "init", "code"),
    [
        ({"x-tenant-id": "globex"}, {}, "FORBIDDEN"),
        ({"x-tenant-id": "globex"}, {"x-tenant-id": "acme"}, "FORBIDDEN"),
        ({}, {}, "UNAUTHENTICATED"),
        ({}, {"headers": 7}, "UNAUTHENTICATED"),
    ],
)
async def test_the_orders_of_another_tenant_cannot_be_followed(
    orders: Starlette, headers: dict[str, str], init: Any, code: str
) -> None:
    async with connected(orders, headers, init) as socket:
        await socket.send(
            {"id": "1", "type": "subscribe", "payload": {"query": FOLLOW, "variables": {"tenant": "acme"}}}
        )
        message = await socket.receive()
    errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
    assert errors[0]["extensions"]["code"] == code


@pytest.mark.parametrize("text", ["not json", "7", "[]", '"text"', "{}"])
async def test_a_message_that_is_not_one_closes_with_4400(orders: Starlette, text: str) -> None:
    async with connected(orders, {"x-tenant-id": "acme"}, init={}) as socket:
        await socket.send(text)
        assert await socket.close_code() == 4400
