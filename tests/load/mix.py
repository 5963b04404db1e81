"""What the users of `make load` ask: the demo's sample operations and a few simple ones, each with its share."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.load.http_client import Connection, request

OPERATIONS: Final = Path(__file__).parents[2] / "schema" / "operations"
SIMPLE: Final[Mapping[str, str]] = {
    "product": "query P($sku: String!) { product(sku: $sku) { id name price { formatted } } }",
    "customer": "query C($id: ID!) { customer(id: $id) { id name tier email } }",
    "order": "query O($id: ID!) { order(id: $id) { id number status total { formatted } } }",
    "order_and_customer": "query OC($id: ID!) { order(id: $id) { number customer { id name } } }",
}
"""One subgraph each; the last has one hop to a second."""
PRODUCTS: Final = 60
CUSTOMERS: Final = 40

Variables = Callable[[random.Random], dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """One operation of the mix."""

    name: str
    kind: str
    """``simple``, ``composed`` (several subgraphs) or ``mutation``."""
    share: int
    text: str
    variables: Variables

    def request(self, chance: random.Random) -> bytes:
        """One request, its variables by chance."""
        body = {"query": self.text, "variables": self.variables(chance)}
        return request(json.dumps(body, separators=(",", ":")).encode())


def _none(_: random.Random) -> dict[str, Any]:
    return {}


def _sku(chance: random.Random) -> dict[str, Any]:
    return {"sku": f"ACME-{chance.randint(1, PRODUCTS):04d}"}


def _customer(chance: random.Random) -> dict[str, Any]:
    return {"id": f"acme-c-{chance.randint(1, CUSTOMERS):04d}"}


def _restock(chance: random.Random) -> dict[str, Any]:
    return {
        "product": f"acme-p-{chance.randint(1, PRODUCTS):04d}",
        "pieces": chance.randint(1, 500),
        "price": chance.randint(900, 9900),
    }


def _search(chance: random.Random) -> dict[str, Any]:
    return {"text": chance.choice(("desk", "lamp", "oak", "classic", "garden", "watering"))}


def mix(orders: Sequence[str]) -> list[Asked]:
    """The whole mix, given some ids of orders."""

    def order(chance: random.Random) -> dict[str, Any]:
        return {"id": chance.choice(orders)}

    sample = {file.stem: file.read_text("utf-8") for file in OPERATIONS.glob("*.graphql")}
    return [
        Asked("product", "simple", 340, SIMPLE["product"], _sku),
        Asked("customer", "simple", 250, SIMPLE["customer"], _customer),
        Asked("order", "simple", 220, SIMPLE["order"], order),
        Asked("order_and_customer", "composed", 60, SIMPLE["order_and_customer"], order),
        Asked("product_page", "composed", 40, sample["product_page"], _sku),
        Asked("search", "composed", 20, sample["search"], _search),
        Asked("catalogue_page", "composed", 10, sample["catalogue_page"], _none),
        Asked("order_profit", "composed", 10, sample["order_profit"], _none),
        Asked("customer_overview", "composed", 10, sample["customer_overview"], _none),
        Asked("open_orders", "composed", 5, sample["open_orders"], _none),
        Asked("dashboard", "composed", 5, sample["dashboard"], _none),
        Asked("place_order", "mutation", 20, sample["place_order"], _none),
        Asked("restock", "mutation", 10, sample["restock"], _restock),
    ]


async def known_orders(host: str, port: int) -> list[str]:
    """Ids of orders that exist."""
    connection = await Connection.open(host, port)
    body = b'{"query":"{ orders(pagination: {first: 50}) { edges { node { id } } } }"}'
    status, answer = await connection.ask(request(body))
    connection.close()
    assert status == 200, answer
    return [edge["node"]["id"] for edge in json.loads(answer)["data"]["orders"]["edges"]]
