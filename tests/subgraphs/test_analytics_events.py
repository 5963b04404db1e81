"""How the analytics subgraph learns of orders, and what it tells its subscribers."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from subgraphs import world
from subgraphs.analytics.app import create_app
from subgraphs.events import InProcessBus
from tests.subgraphs.in_process import Client, connected, running

TODAY = date(2026, 11, 22)
PLAIN_ORDERS = (f"acme-o-{number}" for number in itertools.count(99001))
LIVE = "subscription { liveMetrics { at ordersToday revenueToday { amount } lastOrder { id } } }"


def order_event(status: str = "PENDING", updated: str = "10:00", **changes: Any) -> dict[str, Any]:
    """An order of 3 × 1000 and 1 × 500 plus shipping, placed today by a new customer."""
    order = {
        "id": "acme-o-90001",
        "number": "ACM-90001",
        "status": status,
        "customerId": "acme-c-9001",
        "placedAt": "2026-11-22T09:00:00Z",
        "updatedAt": f"2026-11-22T{updated}:00Z",
        "total": {"amount": 3890, "currency": "EUR"},
        "items": [
            {"line": 1, "productId": "acme-p-0001", "sku": "ACME-0001", "quantity": 3,
             "unitPrice": {"amount": 1000, "currency": "EUR"}},
            {"line": 2, "productId": "acme-p-0002", "sku": "ACME-0002", "quantity": 1,
             "unitPrice": {"amount": 500, "currency": "EUR"}},
        ],
    } | changes  # fmt: skip
    return {"type": "order.created", "tenantId": "acme", "at": order["updatedAt"], "order": order}


@pytest.fixture
def bus() -> InProcessBus:
    return InProcessBus()


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded database to copy: seeding is the slow part."""
    path = tmp_path_factory.mktemp("analytics") / "seeded.db"

    async def seed() -> None:
        async with running(create_app(f"sqlite+aiosqlite:///{path}", InProcessBus(), TODAY)):
            pass

    asyncio.run(seed())
    return path


@pytest.fixture
async def acme(seeded: Path, tmp_path: Path, bus: InProcessBus) -> AsyncIterator[Client]:
    path = tmp_path / "analytics.db"
    path.write_bytes(seeded.read_bytes())
    async with running(create_app(f"sqlite+aiosqlite:///{path}", bus, TODAY)) as app:
        yield Client(app)


async def today(client: Client) -> tuple[int, int, int]:
    """Orders and revenue of today, and the value of the new customer."""
    answer = await client.data(
        """{ dashboard(days: 1) { orderCount revenue { amount } }
             _entities(representations: [{__typename: "Customer", id: "acme-c-9001"}]) {
               ... on Customer { lifetimeValue { amount } } } }"""
    )
    board, (customer,) = answer["dashboard"], answer["_entities"]
    return board["orderCount"], board["revenue"]["amount"], customer["lifetimeValue"]["amount"]


async def heard(client: Client, bus: InProcessBus, *events: Any) -> tuple[int, int, int]:
    """`today` when the events have been heard; a last, plain one of another order says so.

    That order is new each time: a process that lags may still be at the last one of an earlier call.
    """
    plain = next(PLAIN_ORDERS)
    async with connected(client.app, {"x-tenant-id": "acme"}) as socket:
        await socket.subscribe("subscription { liveMetrics { lastOrder { id } } }")
        for event in events:
            await bus.publish("orders:acme", event)
        old = "2026-01-01T00:00:00Z"
        await bus.publish("orders:acme", order_event(id=plain, placedAt=old, customerId="acme-c-9002"))
        while (await socket.event())["liveMetrics"]["lastOrder"] != {"id": plain}:
            pass
    return await today(client)


async def test_a_new_order_counts_at_once(acme: Client, bus: InProcessBus) -> None:
    assert await today(acme) == (0, 0, 0)
    assert await heard(acme, bus, order_event()) == (1, 3890, 3890)
    (product,) = await acme.entities(
        [{"__typename": "Product", "id": "acme-p-0001"}], "... on Product { unitsSold(days: 1) }"
    )
    assert product["unitsSold"] == 3


async def test_hearing_of_an_order_again_changes_nothing(acme: Client, bus: InProcessBus) -> None:
    assert await heard(acme, bus, order_event(), order_event(), order_event()) == (1, 3890, 3890)


async def test_a_cancelled_order_is_counted_and_earns_nothing(acme: Client, bus: InProcessBus) -> None:
    cancelled = order_event("CANCELLED", "11:00") | {"type": "order.status_changed"}
    assert await heard(acme, bus, order_event(), cancelled) == (1, 0, 0)
    # An older event that comes late does not bring it back.
    assert await heard(acme, bus, order_event("PAID", "10:30")) == (1, 0, 0)


async def test_a_status_change_of_a_seeded_order_is_heard(acme: Client, bus: InProcessBus) -> None:
    seed = world.orders("acme", TODAY)[-1]
    assert seed.status != "CANCELLED"
    value = """query ($r: [_Any!]!) { _entities(representations: $r) {
        ... on Customer { lifetimeValue { amount } } } }"""
    representation = [{"__typename": "Customer", "id": seed.customer_id}]
    before = (await acme.data(value, r=representation))["_entities"][0]["lifetimeValue"]["amount"]
    placed = seed.placed_at.isoformat()
    event = order_event("CANCELLED", id=seed.id, customerId=seed.customer_id, placedAt=placed)
    await heard(acme, bus, event | {"type": "order.status_changed"})
    after = (await acme.data(value, r=representation))["_entities"][0]["lifetimeValue"]["amount"]
    assert before - after == seed.total_amount


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": "order.created", "tenantId": "acme", "order": None},
        order_event() | {"type": "order.eaten"},
        order_event() | {"tenantId": "globex"},
        order_event("LOST"),
        order_event(total={"amount": "many", "currency": "EUR"}),
        order_event(total={"amount": 3890, "currency": "USD"}),
        order_event(placedAt="yesterday"),
        order_event(items=[{"line": 1}]),
        order_event(items="none"),
        order_event(id=7),
    ],
)
async def test_a_bad_event_is_skipped_and_logged_and_the_next_one_heard(
    acme: Client, bus: InProcessBus, event: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "subgraphs.analytics.listener"):
        assert await heard(acme, bus, event) == (0, 0, 0)
        assert await heard(acme, bus, order_event()) == (1, 3890, 3890)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "an event on orders:acme is skipped" in caplog.text


async def test_live_metrics_come_at_once_and_after_every_order_of_the_tenant(
    acme: Client, bus: InProcessBus
) -> None:
    async with connected(acme.app, init={"x-tenant-id": "acme"}) as socket:
        await socket.subscribe(LIVE)
        first = (await socket.event())["liveMetrics"]
        assert first.pop("at").endswith("Z")
        newest = {"id": world.orders("acme", TODAY)[-1].id}
        assert first == {"ordersToday": 0, "revenueToday": {"amount": 0}, "lastOrder": newest}
        stranger = order_event(id="globex-o-90001", total={"amount": 1, "currency": "USD"}, items=[])
        await bus.publish("orders:globex", stranger | {"tenantId": "globex"})
        await bus.publish("orders:acme", order_event())
        second = (await socket.event())["liveMetrics"]
        assert (second["ordersToday"], second["revenueToday"]) == (1, {"amount": 3890})
        assert second["lastOrder"] == {"id": "acme-o-90001"}
        await bus.publish("orders:acme", order_event("CANCELLED", "11:00"))
        assert (await socket.event())["liveMetrics"]["revenueToday"] == {"amount": 0}


async def test_a_subscription_without_tenant_is_an_error(acme: Client) -> None:
    async with connected(acme.app) as socket:
        await socket.send({"id": "1", "type": "subscribe", "payload": {"query": LIVE}})
        message = await socket.receive()
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert errors[0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_two_processes_may_hear_the_same_events(
    tmp_path: Path, seeded: Path, bus: InProcessBus
) -> None:
    path = tmp_path / "shared.db"
    path.write_bytes(seeded.read_bytes())
    url = f"sqlite+aiosqlite:///{path}"
    async with running(create_app(url, bus, TODAY)) as one, running(create_app(url, bus, TODAY)) as other:
        assert await heard(Client(one), bus, order_event()) == (1, 3890, 3890)
        late = [order_event("CANCELLED", "11:00"), order_event("PAID", "10:30")]
        assert await heard(Client(other), bus, *late) == (1, 0, 0)


async def test_facts_outlive_the_app_and_are_seeded_once(tmp_path: Path, bus: InProcessBus) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'again.db'}"
    async with running(create_app(url, bus, TODAY)) as app:
        assert await heard(Client(app), bus, order_event()) == (1, 3890, 3890)
    async with running(create_app(url, bus, TODAY)) as app:
        assert await today(Client(app)) == (1, 3890, 3890)
