"""One tenant never reads, changes or hears of another's rows, whatever ids it knows."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.fleet import HEADERS, URLS, Fleet, running_fleet
from tests.over_sockets import Router, demo, subscribed, token

ACME = token("acme", "acme-c-0001", 86_400)
GLOBEX = token("globex", "globex-c-0002", 86_400)
"""Of a stranger to everything below that is called acme."""

EMAIL = "tara.garcia.0001@acme.example"
NO_MONEY = {"amount": 0}

ROWS = (
    ("order(id: $order) { number items { quantity } customer { name } profitability { percent } }", None),
    ("product(id: $product) { name salesRank stock { available } }", None),
    ("product(sku: $sku) { name }", None),
    ("customer(id: $customer) { name orders { totalCount } lifetimeValue { amount } }", None),
    ("customer(email: $email) { name orders { totalCount } lifetimeValue { amount } }", None),
    ("search(text: $sku) { __typename }", []),
)
"""A root field of the router with somebody's ids, and what a stranger gets."""

IDS = {
    "order": "acme-o-00030",
    "product": "acme-p-0001",
    "sku": "ACME-0001",
    "customer": "acme-c-0001",
    "email": EMAIL,
}
QUERY = (
    "query ($order: ID!, $product: ID!, $sku: String!, $customer: ID!, $email: String!) {"
    + " ".join(f"r{n}: {field}" for n, (field, _) in enumerate(ROWS))
    + " }"
)

ENTITIES = (
    ("orders", {"__typename": "Order", "id": "acme-o-00030"}, "number", None),
    ("orders", {"__typename": "OrderItem", "orderId": "acme-o-00030", "line": 1}, "quantity", None),
    (
        "orders",
        {"__typename": "Customer", "id": "acme-c-0001"},
        "orders { totalCount }",
        {"orders": {"totalCount": 0}},
    ),
    ("products", {"__typename": "Product", "id": "acme-p-0001"}, "name", None),
    ("products", {"__typename": "Product", "sku": "ACME-0001"}, "name", None),
    ("products", {"__typename": "Category", "id": "acme-cat-01"}, "name", None),
    ("customers", {"__typename": "Customer", "id": "acme-c-0001"}, "name", None),
    ("customers", {"__typename": "Customer", "email": EMAIL}, "name", None),
    ("analytics", {"__typename": "Product", "id": "acme-p-0001"}, "salesRank", {"salesRank": None}),
    (
        "analytics",
        {"__typename": "Customer", "id": "acme-c-0001"},
        "lifetimeValue { amount }",
        {"lifetimeValue": NO_MONEY},
    ),
)
"""Subgraph, reference, what to read, and what a stranger gets."""

CHANGES = (
    'createOrder(input: {customerId: "acme-c-0001", items: [{productId: "globex-p-0001", sku: "GLOBEX-0001",'
    " quantity: 1, unitPrice: {amount: 100, currency: EUR}}]}) { id }",
    'updateOrderStatus(input: {id: "acme-o-00030", status: CANCELLED}) { id }',
    'updateStock(input: {productId: "acme-p-0001", available: 1}) { id }',
    'updatePrice(input: {productId: "acme-p-0001", amount: 1}) { id }',
    'updateCustomer(input: {id: "acme-c-0001", name: "Mine"}) { id }',
)


async def test_ids_of_another_tenant_lead_nowhere(seeded: Path) -> None:
    async with demo(seeded) as router:
        own = await router.post(QUERY, ACME, **IDS)
        assert "errors" not in own
        assert all(own["data"].values())
        stranger = await router.post(QUERY, GLOBEX, **IDS)
        assert stranger == {"data": {f"r{n}": nothing for n, (_, nothing) in enumerate(ROWS)}}


async def entity(fleet: Fleet, tenant: str, subgraph: str, reference: dict[str, Any], read: str) -> Any:
    query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on %s { %s } } }"
    body = {"query": query % (reference["__typename"], read), "variables": {"r": [reference]}}
    headers = {**HEADERS, "x-tenant-id": tenant, "x-user-id": f"{tenant}-c-0002"}
    async with fleet.client() as client:
        answer = (await client.post(URLS[subgraph], json=body, headers=headers)).json()
    assert "errors" not in answer, answer
    return answer["data"]["_entities"][0]


async def test_references_to_another_tenants_entities_lead_nowhere(seeded: Path) -> None:
    async with running_fleet(seeded) as fleet:
        for subgraph, reference, read, nothing in ENTITIES:
            own = await entity(fleet, "acme", subgraph, reference, read)
            assert own not in (None, nothing), (subgraph, reference)
            stranger = await entity(fleet, "globex", subgraph, reference, read)
            assert stranger in (None, nothing), (subgraph, reference)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.partition("(")[0])
async def test_what_is_another_tenants_cannot_be_changed(seeded: Path, change: str) -> None:
    async with demo(seeded) as router:
        before = await router.post(QUERY, ACME, **IDS)
        [error] = (await router.post(f"mutation {{ {change} }}", GLOBEX))["errors"]
        assert error["extensions"]["code"] in {"NOT_FOUND", "BAD_USER_INPUT"}, error
        assert await router.post(QUERY, ACME, **IDS) == before


async def restock(router: Router, tenant: str, caller: str, available: int) -> None:
    change = f'updateStock(input: {{productId: "{tenant}-p-0001", available: {available}}}) {{ id }}'
    assert "errors" not in await router.post(f"mutation {{ {change} }}", caller)


async def test_a_stream_tells_of_its_own_tenant_only(seeded: Path) -> None:
    async with (
        demo(seeded) as router,
        subscribed(router, "subscription { stockChanged { product { id name } } }", GLOBEX) as socket,
    ):
        event = asyncio.create_task(socket.recv())
        # The stream opens behind the scenes; what the other tenant does must not be heard at any time.
        async with asyncio.timeout(20):
            for available in range(1000, 2000):  # another number each time: it is a change
                await restock(router, "acme", ACME, available)
                await restock(router, "globex", GLOBEX, available)
                if (await asyncio.wait({event}, timeout=0.2))[0]:
                    break
        changed = orjson.loads(event.result())["payload"]["data"]["stockChanged"]
        assert changed["product"]["id"] == "globex-p-0001"
