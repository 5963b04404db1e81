"""What the products subgraph answers to queries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from subgraphs import world
from subgraphs.events import InProcessBus
from subgraphs.products.app import create_app
from subgraphs.sdl import read_sdl
from tests.subgraphs.in_process import Client, counted_statements, running

PRODUCTS = world.products("acme")


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One seeded database for the whole file: nothing here changes it."""
    folder: Path = tmp_path_factory.mktemp("products")
    return f"sqlite+aiosqlite:///{folder / 'products.db'}"


@pytest.fixture
async def acme(database_url: str) -> AsyncIterator[Client]:
    async with running(create_app(database_url, InProcessBus())) as app:
        yield Client(app)


async def test_the_sdl_is_the_file(acme: Client) -> None:
    answer = await Client(acme.app, tenant=None).data("{ _service { sdl } }")
    assert answer["_service"]["sdl"] == read_sdl("products")


async def test_a_caller_without_tenant_is_refused_once(acme: Client) -> None:
    nobody = Client(acme.app, tenant=None)
    code, message = await nobody.error("{ categories { id } }")
    assert code == "UNAUTHENTICATED" and "x-tenant-id" in message
    answer = await nobody.post(
        '{ _entities(representations: [{__typename: "Product", id: "x"}]) { __typename } }'
    )
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]


async def test_a_product_has_every_field_of_its_seed(acme: Client) -> None:
    seed = next(seed for seed in PRODUCTS if len(seed.discounts) == 2)
    answer = await acme.data(
        """query ($id: ID!) { product(id: $id) {
          id sku name description weightGrams tags createdAt
          category { id name slug } price { amount currency formatted } listPrice { amount }
          stock { available status warehouse } related(first: 2) { id category { id } }
          discounts { __typename code label ... on PercentageDiscount { percent }
                      ... on FixedDiscount { off { formatted } } } } }""",
        id=seed.id,
    )
    product = answer["product"]
    assert (product["sku"], product["name"], product["weightGrams"]) == (
        seed.sku,
        seed.name,
        seed.weight_grams,
    )
    assert product["description"] == seed.description
    assert product["tags"] == sorted(seed.tags)
    assert product["createdAt"] == seed.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert product["category"]["id"] == seed.category_id
    assert product["price"]["amount"] == product["listPrice"]["amount"] == seed.price_amount
    assert product["price"]["formatted"].startswith("EUR ")
    assert product["stock"]["available"] == seed.available
    assert [related["id"] for related in product["related"]] == list(seed.related_ids[:2])
    assert {related["category"]["id"] for related in product["related"]} == {seed.category_id}
    assert {kind["__typename"] for kind in product["discounts"]} == {"PercentageDiscount", "FixedDiscount"}
    assert {"__typename": "FixedDiscount", "code": "TAKE2-" + seed.id[-4:], "label": "2.00 off",
            "off": {"formatted": "EUR 2.00"}} in product["discounts"]  # fmt: skip


async def test_a_product_is_found_by_exactly_one_of_its_keys(acme: Client) -> None:
    assert await acme.data('{ product(sku: "ACME-0007") { id } }') == {"product": {"id": "acme-p-0007"}}
    assert await acme.data('{ product(id: "acme-p-9999") { id } }') == {"product": None}
    for arguments in ("", '(id: "acme-p-0007", sku: "ACME-0007")'):
        code, _ = await acme.error(f"{{ product{arguments} {{ id }} }}")
        assert code == "BAD_USER_INPUT"


async def test_pages_go_through_all_products_once(acme: Client) -> None:
    query = """query ($after: String) { products(first: 100, after: $after) {
        totalCount edges { cursor node { id } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    after, seen, sizes = None, [], []
    while True:
        page = (await acme.data(query, after=after))["products"]
        assert page["totalCount"] == 240
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        sizes.append(len(page["edges"]))
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert sizes == [100, 100, 40]
    assert seen == [seed.id for seed in PRODUCTS]


@pytest.mark.parametrize(
    ("first", "count"), [("", 20), ("(first: null)", 20), ("(first: 0)", 0), ("(first: 500)", 100)]
)
async def test_a_page_has_as_many_products_as_asked_for_up_to_100(
    acme: Client, first: str, count: int
) -> None:
    page = (await acme.data(f"{{ products{first} {{ edges {{ cursor }} }} }}"))["products"]
    assert len(page["edges"]) == count


@pytest.mark.parametrize("arguments", ["first: -1", 'after: "nonsense"', 'after: "bm9uc2Vuc2U="'])
async def test_a_bad_page_is_refused(acme: Client, arguments: str) -> None:
    code, _ = await acme.error(f"{{ products({arguments}) {{ totalCount }} }}")
    assert code == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("given", "is_wanted"),
    [
        ({"categoryId": "acme-cat-03"}, lambda seed: seed.category_id == "acme-cat-03"),
        ({"minPrice": 2000, "maxPrice": 5000}, lambda seed: 2000 <= seed.price_amount <= 5000),
        ({"stockStatus": "OUT_OF_STOCK"}, lambda seed: seed.available == 0),
        ({"stockStatus": "LOW"}, lambda seed: 1 <= seed.available <= 10),
        ({"stockStatus": "IN_STOCK"}, lambda seed: seed.available > 10),
        ({"text": "LAMP"}, lambda seed: "lamp" in f"{seed.name}{seed.description}".lower()),
        ({"text": "acme-0012"}, lambda seed: seed.sku == "ACME-0012"),
        ({"text": "100%"}, lambda seed: False),
        ({"tags": ["Home", "GIFT"]}, lambda seed: {"home", "gift"} <= set(seed.tags)),
        ({"categoryId": None, "tags": []}, lambda seed: True),
        ({"categoryId": "globex-cat-03"}, lambda seed: False),
    ],
)  # fmt: skip
async def test_a_filter_keeps_what_meets_it(acme: Client, given: dict, is_wanted) -> None:  # type: ignore[no-untyped-def, type-arg]  # a lambda
    query = (
        "query ($f: ProductFilter) { products(filter: $f, first: 100) { totalCount edges { node { id } } } }"
    )
    page = (await acme.data(query, f=given))["products"]
    wanted = [seed.id for seed in PRODUCTS if is_wanted(seed)]
    assert page["totalCount"] == len(wanted)
    assert [edge["node"]["id"] for edge in page["edges"]] == wanted[:100]


async def test_a_search_finds_categories_and_products(acme: Client) -> None:
    query = """query ($t: String!, $n: Int) { search(text: $t, first: $n) { __typename
        ... on Product { sku name } ... on Category { slug } } }"""
    found = (await acme.data(query, t="kitchen", n=100))["search"]
    assert found[0] == {"__typename": "Category", "slug": "kitchen"}
    assert {hit["__typename"] for hit in found} == {"Category", "Product"}
    assert len((await acme.data(query, t="KITCHEN", n=3))["search"]) == 3
    assert (await acme.data(query, t="no such thing"))["search"] == []
    lamps = (await acme.data(query, t="desk lamp", n=10))["search"]
    assert all("Desk Lamp" in hit["name"] for hit in lamps if hit["__typename"] == "Product") and lamps
    code, _ = await acme.error('{ search(text: "  ") { __typename } }')
    assert code == "BAD_USER_INPUT"


async def test_one_tenant_never_sees_anothers_rows(acme: Client) -> None:
    globex = Client(acme.app, "globex")
    assert await globex.data('{ product(id: "acme-p-0001") { id } }') == {"product": None}
    assert await globex.data('{ product(sku: "ACME-0001") { id } }') == {"product": None}
    assert await globex.data('{ search(text: "acme-") { __typename } }') == {"search": []}
    page = (await globex.data("{ products { edges { node { id price { currency } } } } }"))["products"]
    assert {edge["node"]["price"]["currency"] for edge in page["edges"]} == {"USD"}
    representations = [
        {"__typename": "Product", "id": "acme-p-0001"},
        {"__typename": "Product", "sku": "ACME-0001"},
        {"__typename": "Category", "id": "acme-cat-01"},
        {"__typename": "Product", "id": "globex-p-0001"},
    ]
    assert [bool(entity) for entity in await globex.entities(representations, "")] == [
        False,
        False,
        False,
        True,
    ]


async def test_references_of_both_keys_and_types_are_resolved(acme: Client) -> None:
    representations = [
        {"__typename": "Product", "id": "acme-p-0002"},
        {"__typename": "Category", "id": "acme-cat-02"},
        {"__typename": "Product", "sku": "ACME-0003"},
        {"__typename": "Product", "id": "acme-p-0002"},
        {"__typename": "Product"},
    ]
    found = await acme.entities(representations, "... on Product { id } ... on Category { id }")
    assert [entity and (entity["__typename"], entity["id"]) for entity in found] == [
        ("Product", "acme-p-0002"),
        ("Category", "acme-cat-02"),
        ("Product", "acme-p-0003"),
        ("Product", "acme-p-0002"),
        None,
    ]


async def test_many_references_are_one_statement_per_question(acme: Client) -> None:
    representations = [{"__typename": "Product", "id": seed.id} for seed in PRODUCTS[:60]]
    selection = (
        "... on Product { name price { amount } category { name } tags discounts { code } related { name } }"
    )
    with counted_statements() as sent:
        found = await acme.entities(representations, selection)
    assert [entity["name"] for entity in found] == [seed.name for seed in PRODUCTS[:60]]
    assert len(sent) == 5  # products, categories, tags, discounts, related


async def test_the_products_of_all_categories_are_two_statements(acme: Client) -> None:
    query = """{ categories { id products(first: 2) { totalCount pageInfo { hasNextPage endCursor }
        edges { node { category { id } } } } } }"""
    with counted_statements() as sent:
        categories = (await acme.data(query))["categories"]
    assert len(sent) == 4  # categories; their products and counts; the products' categories
    for category in categories:
        assert category["products"]["totalCount"] == 20 and category["products"]["pageInfo"]["hasNextPage"]
        assert [edge["node"]["category"]["id"] for edge in category["products"]["edges"]] == [
            category["id"]
        ] * 2
    cursor = categories[0]["products"]["pageInfo"]["endCursor"]
    rest = await acme.entities(
        [{"__typename": "Category", "id": "acme-cat-01"}],
        f'... on Category {{ products(first: 100, after: "{cursor}") '
        "{ edges { cursor } pageInfo { hasPreviousPage } } }",
    )
    assert len(rest[0]["products"]["edges"]) == 18 and rest[0]["products"]["pageInfo"]["hasPreviousPage"]


async def test_health_answers(acme: Client) -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=acme.app), base_url="http://subgraph"
    ) as http:
        assert (await http.get("/health")).status_code == 200
