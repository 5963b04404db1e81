"""How the fields of ``schema/products.graphql`` are answered; a field not here is a key of its dict."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable
from typing import Any, Final

from ariadne import InterfaceType, MutationType, ObjectType, QueryType, SubscriptionType, UnionType
from ariadne.contrib.federation import FederatedObjectType

from subgraphs.errors import BAD_USER_INPUT, NOT_FOUND, Refusal
from subgraphs.paging import decode_cursor, encode_cursor, page_size
from subgraphs.products.changes import stock_channel
from subgraphs.products.context import Info
from subgraphs.products.store import Page, Row, filter_conditions, stock_status
from subgraphs.schema_types import date_time, money
from subgraphs.values import parse_datetime

query = QueryType()
mutation = MutationType()
subscription = SubscriptionType()
product = FederatedObjectType("Product")
category = FederatedObjectType("Category")
stock_change = ObjectType("StockChange")
fixed_discount = ObjectType("FixedDiscount")
search_result = UnionType("SearchResult")
discount = InterfaceType("Discount")

BINDABLES: Final = (
    query,
    mutation,
    subscription,
    product,
    category,
    stock_change,
    fixed_discount,
    search_result,
    discount,
    date_time(),
)


@query.field("product")
async def resolve_product(_: Any, info: Info, **key: str | None) -> Row | None:
    named = {name: value for name, value in key.items() if value is not None}
    if len(named) != 1:
        raise Refusal(BAD_USER_INPUT, "Name the product by either id or sku.")
    return await _load_product(info, **named)


@query.field("products")
async def resolve_products(
    _: Any,
    info: Info,
    first: int | None = None,
    after: str | None = None,
    **given: dict[str, Any] | None,
) -> dict[str, Any]:
    context = info.context
    conditions = filter_conditions(given.get("filter") or {})
    page = await context.store.page(context.tenant, conditions, page_size(first), _position(after))
    return _connection(page)


@query.field("categories")
async def resolve_categories(_: Any, info: Info) -> list[Row]:
    context = info.context
    return await context.store.categories(context.tenant)


@query.field("search")
async def resolve_search(_: Any, info: Info, text: str, first: int | None = None) -> list[Row]:
    context = info.context
    if not text.strip():
        raise Refusal(BAD_USER_INPUT, "text is empty; say what to look for.")
    hits = await context.store.search(context.tenant, text, page_size(first, default=10))
    return [{**row, "__typename": typename} for typename, row in hits]


@search_result.type_resolver
def resolve_search_result_type(hit: Row, *_: Any) -> str:
    return str(hit["__typename"])


@product.reference_resolver
def resolve_product_reference(_: Any, info: Info, representation: dict[str, Any]) -> Awaitable[Row | None]:
    return _load_product(info, **{key: representation[key] for key in ("id", "sku") if key in representation})


@product.field("category")
async def resolve_product_category(row: Row, info: Info) -> Row | None:
    return await info.context.load.category.load(row["category_id"])


@product.field("price")
@product.field("listPrice")
def resolve_product_price(row: Row, _: Info) -> dict[str, Any]:
    return money(row["price_amount"], row["currency"])


@product.field("stock")
def resolve_product_stock(row: Row, _: Info) -> dict[str, Any]:
    available = row["available"]
    return {"available": available, "status": stock_status(available), "warehouse": row["warehouse"]}


@product.field("tags")
async def resolve_product_tags(row: Row, info: Info) -> list[str]:
    return await info.context.load.tags.load(row["id"]) or []


@product.field("discounts")
async def resolve_product_discounts(row: Row, info: Info) -> list[Row]:
    return await info.context.load.discounts.load(row["id"]) or []


@product.field("related")
async def resolve_product_related(row: Row, info: Info, first: int | None = None) -> list[Row]:
    return await info.context.load.related.load((row["id"], page_size(first, default=3)))


product.set_alias("weightGrams", "weight_grams")
product.set_alias("createdAt", "created_at")


@discount.type_resolver
def resolve_discount_type(row: Row, *_: Any) -> str:
    return "FixedDiscount" if row["percent"] is None else "PercentageDiscount"


@fixed_discount.field("off")
def resolve_fixed_discount_off(row: Row, _: Info) -> dict[str, Any]:
    return money(row["off_amount"], row["currency"])


@category.reference_resolver
async def resolve_category_reference(_: Any, info: Info, representation: dict[str, Any]) -> Row | None:
    row = await info.context.load.category.load(representation["id"])
    return row and dict(row)


@category.field("products")
async def resolve_category_products(
    row: Row, info: Info, first: int | None = None, after: str | None = None
) -> dict[str, Any]:
    key = (row["id"], page_size(first), _position(after))
    return _connection(await info.context.load.category_page.load(key))


# camelCase arguments are the schema's; ariadne hands an input over as the dict it is.
@mutation.field("updateStock")
async def resolve_update_stock(_: Any, info: Info, **given: dict[str, Any]) -> Row:
    context, change = info.context, given["input"]
    row = await context.changes.set_stock(context.tenant, change["productId"], change["available"])
    context.forget()
    return row


@mutation.field("updatePrice")
async def resolve_update_price(_: Any, info: Info, **given: dict[str, Any]) -> Row:
    context, change = info.context, given["input"]
    row = await context.changes.set_price(
        context.tenant, change["productId"], change["amount"], change.get("currency")
    )
    context.forget()
    return row


@subscription.source("stockChanged")
async def generate_stock_changed(
    _: Any, info: Info, **given: str | None
) -> AsyncGenerator[dict[str, Any], None]:
    context, product_id = info.context, given.get("productId")
    async with context.bus.subscribe(stock_channel(context.tenant)) as events:
        if product_id is not None and await _load_product(info, id=product_id) is None:
            raise Refusal(NOT_FOUND, f"There is no product {product_id!r}.")
        async for event in events:
            if product_id in (None, event.get("productId")):
                context.forget()
                yield event


@subscription.field("stockChanged")
def resolve_stock_changed(event: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
    return {**event, "at": parse_datetime(event["at"])}


@stock_change.field("product")
async def resolve_stock_change_product(event: dict[str, Any], info: Info) -> Row | None:
    return await _load_product(info, id=event["productId"])


async def _load_product(info: Info, **key: Any) -> Row | None:
    """The product of an id or, without one, of a SKU; a copy, since ariadne writes into references."""
    load, row = info.context.load, None
    if "id" in key:
        row = await load.product_by_id.load(key["id"])
    elif "sku" in key:
        row = await load.product_by_sku.load(key["sku"])
    return row and dict(row)


def _position(after: str | None) -> str | None:
    return None if after is None else decode_cursor(after)


def _connection(page: Page) -> dict[str, Any]:
    edges = [{"cursor": encode_cursor(row["id"]), "node": row} for row in page.rows]
    return {
        "edges": edges,
        "pageInfo": {
            "hasNextPage": page.before + len(edges) < page.total,
            "hasPreviousPage": page.before > 0,
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
        "totalCount": page.total,
    }
