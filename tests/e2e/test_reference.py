"""The router's answer is the reference's: random operations, and some written by hand.

``REFERENCE_EXAMPLES=5000`` looks further than the usual run, at other operations each time.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.agreement import disagreement
from tests.both import SUPERGRAPH, Both
from tests.fleet import HEADERS, Run, running_fleet
from tests.random_operations import RandomOperation, operations

EXAMPLES = int(os.environ.get("REFERENCE_EXAMPLES", "0"))

settings.register_profile(
    "reference",
    max_examples=EXAMPLES or 100,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@settings(settings.get_profile("reference"))
@given(operation=operations(SUPERGRAPH.api_schema))
def test_any_query_is_answered_as_one_server_would(
    kept: tuple[Run[Any], Both], operation: RandomOperation
) -> None:
    run, both = kept
    run(both.agreed(operation.text, operation.variables))


QUERIES = {
    "all four subgraphs answer one question": """
        query ($email: String!) {
          customer(email: $email) {
            name tier lifetimeValue { formatted }
            orders(pagination: { first: 3 }) {
              totalCount
              edges { node {
                number status total { formatted } profitability { rating percent }
                items { quantity returnProbability product {
                  name price { formatted } shippingEstimate { formatted } salesRank
                } }
              } }
            }
          }
        }""",
    "fields written in another order than the subgraphs have them": """
        { order(id: "acme-o-00030") {
            profitability { margin { formatted amount } } items { product { salesRank name id } line }
            customer { lifetimeValue { amount } name id } id } }""",
    "a union of one subgraph": """
        { search(text: "desk", first: 6) {
            __typename ... on Category { slug name } ... on Product { name salesRank stock { status } } } }""",
    "a union whose members other subgraphs know": """
        { dashboard(days: 60) { movers {
            ... on Customer { name tier } __typename ... on Product { sku name price { formatted } } } } }""",
    "the same key of both members of a union, by other names": """
        { dashboard(days: 60) { movers {
            ... on Product { label: name related(first: 1) { name } } ... on Customer { label: email phone } } } }""",
    "an interface that one subgraph answers with metrics of entities": """
        { revenue: ask(question: "revenue last 30 days by category") {
            metric { name ... on RevenueMetric { byCategory { category { name slug } revenue { amount } } } } }
          best: ask(question: "top 3 products last 90 days") {
            metric { __typename days ... on TopProductsMetric { products { units product { name sku } } } } }
          buyers: ask(question: "best customers last 90 days") {
            metric { ... on TopCustomersMetric { customers { customer { name lifetimeValue { amount } } } } } } }""",
    "an interface with fields of its own and of its implementations": """
        { products(first: 20) { edges { node { discounts {
            code ... on FixedDiscount { off { formatted } } label ... on PercentageDiscount { percent } } } } } }""",
    "an object seen as the interface Node": """
        { product(sku: "ACME-0007") { ... on Node { id } ... on Node { again: id ... on Product { sku } } } }""",
    "what one subgraph requires of another, without asking for it": """
        { products(first: 3) { edges { node { shippingEstimate { amount } } } }
          orders(pagination: { first: 3 }) { edges { node { profitability { rating } } } } }""",
    "aliases named like the keys that the router needs": """
        { order(id: "acme-o-00030") { id: number total: note status: placedAt profitability { percent }
            items { orderId: quantity line: lineTotal { amount } returnProbability
              product { id: sku sku: name price: weightGrams shippingEstimate { amount } salesRank } } } }""",
    "a customer by email, completed by id": """
        { customer(email: "tara.garcia.0001@acme.example") { lifetimeValue { formatted } } }""",
    "what is not there, and what belongs to another tenant": """
        { nobody: customer(id: "acme-c-9999") { name lifetimeValue { amount } }
          other: order(id: "globex-o-00001") { number profitability { percent } }
          nothing: product(sku: "GLOBEX-0001") { name salesRank } }""",
    "the schema, beside data": """
        { __typename __type(name: "Product") { fields { name type { kind name } } } categories { id } }""",
    "an error where null may stand": '{ product(id: "acme-p-0001", sku: "ACME-0002") { name } me { name } }',
    "an error below a list that may not be null": """
        { order(id: "acme-o-00030") { number items { product { name unitsSold(days: 0) } } } }""",
    "a question that is not understood": """
        { ask(question: "who will win the cup") { understanding } categories { name } }""",
}


@pytest.mark.parametrize("text", QUERIES.values(), ids=QUERIES.keys())
def test_a_query_is_answered_as_one_server_would(kept: tuple[Run[Any], Both], text: str) -> None:
    run, both = kept
    variables = {"email": "tara.garcia.0001@acme.example"} if "$email" in text else {}
    run(both.agreed(text, variables))


CALLERS = {
    "another tenant": {"x-tenant-id": "globex", "x-user-id": "globex-c-0002"},
    "a tenant that is not there": {"x-tenant-id": "nowhere"},
    "nobody": {},
}


@pytest.mark.parametrize("headers", CALLERS.values(), ids=CALLERS.keys())
def test_every_caller_is_answered_as_by_one_server(
    kept: tuple[Run[Any], Both], headers: dict[str, str]
) -> None:
    run, both = kept
    for text in QUERIES.values():
        variables = {"email": "tara.garcia.0001@acme.example"} if "$email" in text else {}
        run(both.agreed(text, variables, headers=headers))


MUTATIONS = {
    "changes of three subgraphs, in their order": """
        mutation {
          sold: updateStock(input: { productId: "acme-p-0003", available: 7 }) { stock { available status } salesRank }
          promoted: updateCustomer(input: { id: "acme-c-0002", tier: GOLD }) { tier name lifetimeValue { amount } }
          cheaper: updatePrice(input: { productId: "acme-p-0003", amount: 1250 }) {
            price { formatted } shippingEstimate { formatted } stock { available } }
          again: updateStock(input: { productId: "acme-p-0003", available: 0 }) { stock { status } price { amount } }
        }""",
    "an entity made by one subgraph, completed by others": """
        mutation ($items: [OrderItemInput!]!) {
          createOrder(input: { customerId: "acme-c-0004", items: $items }) {
            number status customer { name tier } profitability { rating }
            items { quantity product { name price { formatted } } }
          }
        }""",
    "a change that is refused, and those around it": """
        mutation {
          before: updateCustomer(input: { id: "acme-c-0003", name: "Ada Before" }) { name }
          createCustomer(input: { email: "tara.garcia.0001@acme.example", name: "Twice" }) { id }
        }""",
}
ITEMS = [
    {"productId": "acme-p-0003", "sku": "ACME-0003", "unitPrice": {"amount": 990, "currency": "EUR"}},
    {
        "productId": "acme-p-0009",
        "sku": "ACME-0009",
        "unitPrice": {"amount": 5, "currency": "EUR"},
        "quantity": 3,
    },
]


@pytest.mark.parametrize("text", MUTATIONS.values(), ids=MUTATIONS.keys())
async def test_a_mutation_is_answered_as_one_server_would(seeded: Path, text: str) -> None:
    variables = {"items": ITEMS} if "$items" in text else {}
    # Each has databases of its own, as each writes.
    async with running_fleet(seeded) as fleet:
        expected = await Both(fleet).reference.answer(text, variables, headers=HEADERS)
    async with running_fleet(seeded) as fleet:
        actual = await Both(fleet).router.answer(text, variables)
    assert (difference := disagreement(expected, actual)) is None, difference
