"""What the analytics subgraph answers, checked against sums made from the demo world in Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from subgraphs import world
from subgraphs.analytics.app import create_app
from subgraphs.events import InProcessBus
from subgraphs.sdl import read_sdl
from tests.subgraphs.in_process import Client, counted_statements, running

TODAY = date(2026, 11, 22)
ORDERS = world.orders("acme", TODAY)
SOLD = [order for order in ORDERS if order.status != "CANCELLED"]


def since(days: int) -> date:
    return TODAY - timedelta(days - 1)


def placed_since(orders: list[world.OrderSeed], days: int) -> list[world.OrderSeed]:
    return [order for order in orders if order.placed_at.date() >= since(days)]


def best(sums: Counter[str], first: int | None = None) -> list[tuple[str, int]]:
    return sorted(sums.items(), key=lambda entry: (-entry[1], entry[0]))[:first]


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One seeded database for the whole file: nothing here changes it."""
    return f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('analytics') / 'analytics.db'}"


@pytest.fixture
async def acme(database_url: str) -> AsyncIterator[Client]:
    async with running(create_app(database_url, InProcessBus(), TODAY)) as app:
        yield Client(app)


async def test_the_sdl_is_the_file(acme: Client) -> None:
    answer = await Client(acme.app, tenant=None).data("{ _service { sdl } }")
    assert answer["_service"]["sdl"] == read_sdl("analytics")


@pytest.mark.parametrize(
    "query",
    [
        "{ dashboard { days } }",
        '{ ask(question: "revenue") { question } }',
        '{ _entities(representations: [{__typename: "Product", id: "acme-p-0001"}]) { __typename } }',
    ],
)
async def test_a_caller_without_tenant_is_refused(acme: Client, query: str) -> None:
    code, _ = await Client(acme.app, tenant=None).error(query)
    assert code == "UNAUTHENTICATED"


async def test_the_dashboard_adds_up(acme: Client) -> None:
    answer = await acme.data(
        """{ dashboard { days revenue { amount currency formatted } orderCount averageOrderValue { amount }
             ordersByStatus { status count } revenueByDay { day revenue { amount } } } }"""
    )
    board, placed, sold = answer["dashboard"], placed_since(ORDERS, 30), placed_since(SOLD, 30)
    revenue = sum(order.total_amount for order in sold)
    assert (board["days"], board["orderCount"]) == (30, len(placed))
    assert board["revenue"] == {
        "amount": revenue,
        "currency": "EUR",
        "formatted": f"EUR {revenue // 100}.{revenue % 100:02d}",
    }
    assert board["averageOrderValue"]["amount"] == round(revenue / len(sold))
    statuses = Counter(order.status for order in placed)
    assert {entry["status"]: entry["count"] for entry in board["ordersByStatus"]} == statuses
    by_day = [(entry["day"], entry["revenue"]["amount"]) for entry in board["revenueByDay"]]
    assert [day for day, _ in by_day] == [str(since(30) + timedelta(n)) for n in range(30)]
    assert sum(amount for _, amount in by_day) == revenue


async def test_the_dashboard_names_the_best(acme: Client) -> None:
    answer = await acme.data(
        """{ dashboard(days: 60) {
          topProducts(first: 7) { product { id salesRank } units revenue { amount } }
          topCustomers { customer { id lifetimeValue { amount } } orders revenue { amount } } } }"""
    )
    products: Counter[str] = Counter()
    customers: Counter[str] = Counter()
    for order in placed_since(SOLD, 60):
        customers[order.customer_id] += order.total_amount
        for item in order.items:
            products[item.product_id] += item.quantity * item.unit_price_amount
    got = answer["dashboard"]["topProducts"]
    assert [(one["product"]["id"], one["revenue"]["amount"]) for one in got] == best(products, 7)
    got = answer["dashboard"]["topCustomers"]
    assert [(one["customer"]["id"], one["revenue"]["amount"]) for one in got] == best(customers, 5)
    assert all(one["customer"]["lifetimeValue"]["amount"] >= one["revenue"]["amount"] for one in got)


async def test_movers_are_products_and_customers_that_grew(acme: Client) -> None:
    query = "{ dashboard(days: 20) { movers { __typename ... on Product { id } ... on Customer { id } } } }"
    movers = (await acme.data(query))["dashboard"]["movers"]
    growth: Counter[str] = Counter()
    for order in placed_since(SOLD, 40):
        sign = 1 if order.placed_at.date() >= since(20) else -1
        growth[order.customer_id] += sign * order.total_amount
        for item in order.items:
            growth[item.product_id] += sign * item.quantity * item.unit_price_amount
    assert Counter(mover["__typename"] for mover in movers) == {"Product": 3, "Customer": 3}
    grown = [growth[mover["id"]] for mover in movers]
    assert grown == sorted(grown, reverse=True) and min(grown) > 0


@pytest.mark.parametrize("days", [0, -3, 367])
async def test_days_out_of_range_are_refused(acme: Client, days: int) -> None:
    code, message = await acme.error("query ($d: Int) { dashboard(days: $d) { days } }", d=days)
    assert code == "BAD_USER_INPUT" and "1 to 366" in message


async def test_the_entities_of_others_get_their_numbers_in_one_statement_each(acme: Client) -> None:
    products, customers = world.products("acme"), world.customers("acme")
    representations = [{"__typename": "Product", "id": seed.id} for seed in products]
    representations += [{"__typename": "Customer", "id": seed.id} for seed in customers]
    with counted_statements() as sent:
        found = await acme.entities(
            representations,
            """... on Product { id salesRank unitsSold month: unitsSold(days: 30) all: unitsSold(days: 366) }
               ... on Customer { id lifetimeValue { amount currency } }""",
        )
    assert len(sent) == 4  # ranks, units of two periods, lifetime values
    units: Counter[str] = Counter()
    values: Counter[str] = Counter()
    for order in SOLD:
        values[order.customer_id] += order.total_amount
        for item in order.items:
            units[item.product_id] += item.quantity
    ranks = {amount: rank for rank, amount in enumerate(sorted(set(units.values()), reverse=True), start=1)}
    for entity in found:
        if entity["__typename"] == "Product":
            sold = units[entity["id"]]
            assert (entity["all"], entity["salesRank"]) == (sold, ranks.get(sold))
            assert entity["unitsSold"] == entity["month"] <= sold
        else:
            assert entity["lifetimeValue"] == {"amount": values[entity["id"]], "currency": "EUR"}


async def test_who_never_bought_is_worth_nothing_in_the_tenants_currency(acme: Client) -> None:
    initech = Client(acme.app, "initech")
    representation = {"__typename": "Customer", "id": "initech-c-9999"}
    (customer,) = await initech.entities([representation], "... on Customer { lifetimeValue { formatted } }")
    assert customer["lifetimeValue"] == {"formatted": "GBP 0.00"}
    (product,) = await initech.entities(
        [{"__typename": "Product", "id": "initech-p-9999"}], "... on Product { salesRank unitsSold }"
    )
    assert (product["salesRank"], product["unitsSold"]) == (None, 0)


async def test_profitability_is_made_from_what_the_router_requires(acme: Client) -> None:
    def order(number: int, status: str, amount: int) -> dict[str, object]:
        total = {"amount": amount, "currency": "EUR"}
        return {"__typename": "Order", "id": f"acme-o-{number:05d}", "status": status, "total": total}

    found = await acme.entities(
        [
            order(1, "DELIVERED", 10_000),
            order(2, "PENDING", 3_000),
            order(3, "PAID", 1_000),
            order(4, "CANCELLED", 10_000),
            order(5, "PAID", 0),
            {"__typename": "Order", "id": "acme-o-00006"},
        ],
        "... on Order { profitability { margin { amount currency } percent rating } }",
    )
    profits = [entity["profitability"] for entity in found]
    assert profits[0] == {"margin": {"amount": 2950, "currency": "EUR"}, "percent": 29.5, "rating": "GOOD"}
    assert [profit["rating"] for profit in profits[1:5]] == ["FAIR", "POOR", "POOR", "POOR"]
    assert (profits[3]["margin"]["amount"], profits[4]["percent"]) == (0, 0.0)
    assert profits[5] is None


async def test_a_line_has_one_return_probability(acme: Client) -> None:
    representations = [
        {"__typename": "OrderItem", "orderId": f"acme-o-{n:05d}", "line": line}
        for n in range(1, 50)
        for line in (1, 2)
    ]
    selection = "... on OrderItem { orderId line returnProbability }"
    once = await acme.entities(representations, selection)
    assert once == await acme.entities(representations, selection)
    likely = [entity["returnProbability"] for entity in once]
    assert all(0 < probability < 0.35 for probability in likely) and len(set(likely)) > 50


async def test_one_tenant_never_sees_anothers_numbers(acme: Client) -> None:
    globex = Client(acme.app, "globex")
    representations = [
        {"__typename": "Product", "id": "acme-p-0001"},
        {"__typename": "Customer", "id": "acme-c-0001"},
        {"__typename": "Order", "id": "acme-o-00001"},
        {"__typename": "OrderItem", "orderId": "acme-o-00001", "line": 1},
        {"__typename": "Category", "id": "acme-cat-01"},
        {"__typename": "Category", "id": "globex-cat-01"},
    ]
    found = await globex.entities(representations, "... on Category { id }")
    assert found == [None] * 5 + [{"__typename": "Category", "id": "globex-cat-01"}]
    board = "{ dashboard(days: 120) { revenue { amount currency } topCustomers { customer { id } } } }"
    mine, theirs = (await globex.data(board))["dashboard"], (await acme.data(board))["dashboard"]
    assert (mine["revenue"]["currency"], theirs["revenue"]["currency"]) == ("USD", "EUR")
    assert all(entry["customer"]["id"].startswith("globex-") for entry in mine["topCustomers"])
    nobody = Client(acme.app, "nobody")
    empty = await nobody.data("{ dashboard { orderCount revenue { amount } movers { __typename } } }")
    assert empty["dashboard"] == {"orderCount": 0, "revenue": {"amount": 0}, "movers": []}


ASK = """query ($q: String!) { ask(question: $q) { question understanding metric { __typename name days
  ... on RevenueMetric { revenue: total { amount } byCategory { category { id } revenue { amount } }
                         byDay { day revenue { amount } } }
  ... on OrdersMetric { count: total byStatus { status count } }
  ... on TopProductsMetric { products { product { id } units revenue { amount } } }
  ... on TopCustomersMetric { customers { customer { id } orders revenue { amount } } } } } }"""


async def test_asking_for_revenue_by_category(acme: Client) -> None:
    answer = (await acme.data(ASK, q="revenue last 7 days by category"))["ask"]
    metric, shelves = answer["metric"], {seed.id: seed.category_id for seed in world.products("acme")}
    sums: Counter[str] = Counter()
    for order in placed_since(SOLD, 7):
        for item in order.items:
            sums[shelves[item.product_id]] += item.quantity * item.unit_price_amount
    assert answer["question"] == "revenue last 7 days by category"
    assert answer["understanding"].startswith("Revenue from 16 November 2026")
    assert (metric["__typename"], metric["name"], metric["days"]) == ("RevenueMetric", "revenue", 7)
    assert metric["revenue"]["amount"] == sum(order.total_amount for order in placed_since(SOLD, 7))
    got = [(entry["category"]["id"], entry["revenue"]["amount"]) for entry in metric["byCategory"]]
    assert got == best(sums) and metric["byDay"] is None


async def test_asking_for_the_other_metrics(acme: Client) -> None:
    by_day = (await acme.data(ASK, q="sales by day this week"))["ask"]["metric"]
    assert len(by_day["byDay"]) == 7 and by_day["byCategory"] is None
    assert sum(entry["revenue"]["amount"] for entry in by_day["byDay"]) == by_day["revenue"]["amount"]
    orders = (await acme.data(ASK, q="how many orders this month by status"))["ask"]["metric"]
    placed = placed_since(ORDERS, 22)
    assert (orders["days"], orders["count"]) == (22, len(placed))
    assert {entry["status"]: entry["count"] for entry in orders["byStatus"]} == Counter(
        order.status for order in placed
    )
    products = (await acme.data(ASK, q="top 3 products last quarter"))["ask"]["metric"]
    assert (len(products["products"]), products["days"]) == (3, 92)
    customers = (await acme.data(ASK, q="best customers in the last 30 days"))["ask"]["metric"]
    assert len(customers["customers"]) == 5 and customers["__typename"] == "TopCustomersMetric"


async def test_a_question_that_is_not_understood_is_an_error_with_examples(acme: Client) -> None:
    code, message = await acme.error(ASK, q="why is the sky blue?")
    assert code == "QUESTION_NOT_UNDERSTOOD"
    assert "revenue last 7 days by category" in message
