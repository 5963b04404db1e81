"""What the products subgraph changes, publishes, and tells its subscribers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from subgraphs.events import InProcessBus
from subgraphs.products.app import create_app
from tests.subgraphs.in_process import Client, connected, running

SET_STOCK = """mutation ($id: ID!, $n: Int!) {
  updateStock(input: {productId: $id, available: $n}) { id stock { available status } } }"""
SET_PRICE = (
    """mutation ($input: UpdatePriceInput!) { updatePrice(input: $input) { price { amount currency } } }"""
)
WATCH = """subscription ($id: ID) { stockChanged(productId: $id) {
  previous available at product { id stock { available } } } }"""


@pytest.fixture
def bus() -> InProcessBus:
    return InProcessBus()


@pytest.fixture
async def acme(tmp_path: Path, bus: InProcessBus) -> AsyncIterator[Client]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'products.db'}"
    async with running(create_app(url, bus)) as app:
        yield Client(app)


async def test_a_change_of_stock_is_kept_and_published_after_the_commit(
    acme: Client, bus: InProcessBus
) -> None:
    async with bus.subscribe("stock:acme") as events:
        answer = await acme.data(SET_STOCK, id="acme-p-0001", n=4)
        assert answer["updateStock"] == {"id": "acme-p-0001", "stock": {"available": 4, "status": "LOW"}}
        await acme.data(SET_STOCK, id="acme-p-0001", n=4)  # not a change: no event
        await acme.data(SET_STOCK, id="acme-p-0001", n=0)
        await asyncio.wait_for(anext(events), 1)
        second = await asyncio.wait_for(anext(events), 1)
    assert second.pop("at").endswith("Z")
    assert second == {
        "type": "stock.changed",
        "tenantId": "acme",
        "productId": "acme-p-0001",
        "previous": 4,
        "available": 0,
    }
    read = await acme.data('{ product(id: "acme-p-0001") { stock { status } } }')
    assert read["product"]["stock"]["status"] == "OUT_OF_STOCK"


async def test_mutations_of_one_request_see_each_other(acme: Client) -> None:
    answer = await acme.data(
        """mutation {
          a: updateStock(input: {productId: "acme-p-0002", available: 1}) { ...now }
          b: updatePrice(input: {productId: "acme-p-0002", amount: 777}) { ...now }
          c: updateStock(input: {productId: "acme-p-0002", available: 2}) { ...now } }
        fragment now on Product { stock { available } price { amount } }"""
    )
    assert answer["b"] == {"stock": {"available": 1}, "price": {"amount": 777}}
    assert answer["c"] == {"stock": {"available": 2}, "price": {"amount": 777}}


@pytest.mark.parametrize(
    ("query", "variables", "code", "says"),
    [
        (SET_STOCK, {"id": "acme-p-0001", "n": -1}, "BAD_USER_INPUT", "0 to 1000000"),
        (SET_STOCK, {"id": "acme-p-0001", "n": 1_000_001}, "BAD_USER_INPUT", "0 to 1000000"),
        (SET_STOCK, {"id": "acme-p-9999", "n": 1}, "NOT_FOUND", "acme-p-9999"),
        (SET_STOCK, {"id": "globex-p-0001", "n": 1}, "NOT_FOUND", "globex-p-0001"),
        (SET_PRICE, {"input": {"productId": "acme-p-0001", "amount": 0}}, "BAD_USER_INPUT", "1 to"),
        (SET_PRICE, {"input": {"productId": "nothing", "amount": 5}}, "NOT_FOUND", "nothing"),
        (
            SET_PRICE,
            {"input": {"productId": "acme-p-0001", "amount": 5, "currency": "USD"}},
            "BAD_USER_INPUT",
            "sold in EUR",
        ),
    ],
)
async def test_a_bad_change_is_refused_with_what_to_do(
    acme: Client, query: str, variables: dict[str, Any], code: str, says: str
) -> None:
    got, message = await acme.error(query, **variables)
    assert got == code and says in message


async def test_a_price_may_leave_its_currency_to_the_shop(acme: Client) -> None:
    globex = Client(acme.app, "globex")
    price = {"productId": "globex-p-0001", "amount": 1234, "currency": None}
    answer = await globex.data(SET_PRICE, input=price)
    assert answer["updatePrice"]["price"] == {"amount": 1234, "currency": "USD"}


async def test_a_subscriber_hears_of_its_product_with_the_product_as_it_is_now(acme: Client) -> None:
    async with connected(acme.app, {"x-tenant-id": "acme"}) as socket:
        await socket.subscribe(WATCH, id="acme-p-0005")
        await acme.data(SET_STOCK, id="acme-p-0006", n=11)
        for available in (7, 8):
            await acme.data(SET_STOCK, id="acme-p-0005", n=available)
            change = (await socket.event())["stockChanged"]
            assert change["available"] == available
            assert change["product"] == {"id": "acme-p-0005", "stock": {"available": available}}
        assert change["previous"] == 7


async def test_a_subscriber_hears_of_every_product_of_its_own_tenant_only(acme: Client) -> None:
    async with connected(acme.app, init={"headers": {"X-Tenant-Id": "globex"}}) as socket:
        await socket.subscribe(WATCH)
        await acme.data(SET_STOCK, id="acme-p-0001", n=999)
        await Client(acme.app, "globex").data(SET_STOCK, id="globex-p-0002", n=998)
        assert (await socket.event())["stockChanged"]["product"]["id"] == "globex-p-0002"


async def test_watching_a_product_that_is_not_there_is_an_error(acme: Client) -> None:
    async with connected(acme.app, {"x-tenant-id": "acme"}) as socket:
        payload = {"query": WATCH, "variables": {"id": "globex-p-0001"}}
        await socket.send({"id": "1", "type": "subscribe", "payload": payload})
        message = await socket.receive()
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert errors[0]["extensions"]["code"] == "NOT_FOUND"
