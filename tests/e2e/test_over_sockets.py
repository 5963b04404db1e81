"""The demo as a client meets it: the whole router on a real server, real subgraphs behind real sockets."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import orjson
import pytest

from router.cli.demo import TRY
from tests.fleet import SCHEMA
from tests.over_sockets import demo, subscribed, token

OPERATIONS = SCHEMA / "operations"


async def test_four_subgraphs_answer_the_demos_questions_together(seeded: Path) -> None:
    async with demo(seeded) as router:
        for query in (TRY, (OPERATIONS / "customer_overview.graphql").read_text("utf-8")):
            answer = await router.post(query)
            assert "errors" not in answer
            customer = answer["data"].get("me") or answer["data"]["customer"]
            assert customer["lifetimeValue"]["formatted"].startswith("EUR ")
            item = customer["orders"]["edges"][0]["node"]["items"][0]
            assert item["product"].keys() == {"name", "price", "shippingEstimate", "salesRank"}


async def test_a_token_decides_whose_rows_are_seen(seeded: Path) -> None:
    query = "query ($id: ID!) { me { id } customer(id: $id) { id } }"
    async with demo(seeded) as router:
        mine = await router.post(query, token("globex", "globex-c-0002"), id="globex-c-0003")
        assert mine["data"] == {"me": {"id": "globex-c-0002"}, "customer": {"id": "globex-c-0003"}}
        theirs = await router.post(query, token("globex", "globex-c-0002"), id="acme-c-0003")
        assert theirs["data"]["customer"] is None
        forged = await router.client.post(
            "/graphql",
            json={"query": "{ me { id } }"},
            headers={"x-tenant-id": "globex", "x-user-id": "globex-c-0002"},
        )
        assert forged.json()["data"]["me"]["id"] == "acme-c-0001"


@pytest.mark.parametrize("down", ["orders", "products", "customers", "analytics"])
async def test_a_subgraph_that_is_down_costs_its_own_part_only(seeded: Path, down: str) -> None:
    async with demo(seeded, down=down) as router:
        answer = await router.post(
            "{ me { name } categories { name } dashboard { orderCount } o: order(id: 1) { id } }"
        )
        errors = answer["errors"]
        assert {error["extensions"]["service"] for error in errors} == {down}
        assert {error["extensions"]["code"] for error in errors} == {"SUBGRAPH_CONNECTION_REFUSED"}


async def test_an_order_placed_is_seen_live_with_names_of_other_subgraphs(seeded: Path) -> None:
    place = (OPERATIONS / "place_order.graphql").read_text("utf-8")
    async with (
        demo(seeded) as router,
        subscribed(router, (OPERATIONS / "order_updates.graphql").read_text("utf-8")) as socket,
    ):
        event = asyncio.create_task(socket.recv())
        placed: list[str] = []
        # The stream opens behind the scenes: an order placed before it is open is not seen.
        async with asyncio.timeout(20):
            while not event.done():
                answer = await router.post(place)
                # A mutation whose connection is lost is never sent again: on a machine that stalls, one may be.
                if answer["data"] is not None:
                    placed.append(answer["data"]["createOrder"]["number"])
                else:
                    assert answer["errors"][0]["extensions"]["service"] == "orders", answer
                await asyncio.wait({event}, timeout=0.5)
        message = orjson.loads(event.result())
        assert message["type"] == "next", message
        update = message["payload"]["data"]["orderUpdates"]
        assert (update["kind"], update["order"]["number"] in placed) == ("CREATED", True)
        assert update["order"]["customer"]["name"]
        assert all(item["product"]["name"] for item in update["order"]["items"])


async def test_a_stream_of_another_tenant_is_refused(seeded: Path) -> None:
    async with (
        demo(seeded) as router,
        subscribed(router, 'subscription { orderUpdates(tenantId: "globex") { kind } }') as socket,
    ):
        message = orjson.loads(await socket.recv())
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_server_with_open_sockets_stops_within_seconds(seeded: Path) -> None:
    async with AsyncExitStack() as stack:
        async with demo(seeded) as router:
            query = "subscription { liveMetrics { ordersToday } }"
            socket = await stack.enter_async_context(subscribed(router, query))
            assert orjson.loads(await socket.recv())["type"] == "next"
            started = time.monotonic()
        assert time.monotonic() - started < 10
        await socket.wait_closed()
        assert socket.close_code in (1001, 1012)
