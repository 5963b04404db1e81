"""Reads the catalogue: one statement per question, however many keys it has.

Shapes: a product or category is a new dict of its columns; nobody else holds it.
Invariant: every statement names the tenant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, case, func, or_, select

from subgraphs.database import Database
from subgraphs.products.seed import fold
from subgraphs.products.tables import CATEGORIES, DISCOUNTS, PRODUCT_TAGS, PRODUCTS, RELATED

LOW_STOCK_UP_TO = 10

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some products of a list."""

    rows: list[Row] = field(default_factory=list)
    total: int = 0
    """Products on all pages."""
    before: int = 0
    """Products on the pages before this one."""


@dataclass(frozen=True, slots=True)
class Store:
    """What can be asked about the catalogue."""

    database: Database

    async def categories(self, tenant: str) -> list[Row]:
        """All categories, by id."""
        return await self._rows(_of(CATEGORIES, tenant).order_by(CATEGORIES.c.id))

    async def categories_by_id(self, tenant: str, ids: Iterable[str]) -> dict[str, Row]:
        """The categories that exist, by their ids."""
        rows = await self._rows(_of(CATEGORIES, tenant).where(CATEGORIES.c.id.in_(ids)))
        return {row["id"]: row for row in rows}

    async def products_by(self, key: str, tenant: str, values: Iterable[str]) -> dict[str, Row]:
        """The products that exist, by the column ``key``: ``id`` or ``sku``."""
        rows = await self._rows(_of(PRODUCTS, tenant).where(PRODUCTS.c[key].in_(values)))
        return {row[key]: row for row in rows}

    async def tags(self, tenant: str, product_ids: Iterable[str]) -> dict[str, list[str]]:
        """The tags of each product, in alphabetical order."""
        query = _about(PRODUCT_TAGS, tenant, product_ids).order_by(PRODUCT_TAGS.c.tag)
        found = defaultdict(list)
        for row in await self._rows(query):
            found[row["product_id"]].append(row["tag"])
        return found

    async def discounts(self, tenant: str, product_ids: Iterable[str]) -> dict[str, list[Row]]:
        """The discounts of each product by code, each with the ``currency`` of its product."""
        query = _about(DISCOUNTS, tenant, product_ids).add_columns(PRODUCTS.c.currency)
        return _grouped(await self._rows(query.order_by(DISCOUNTS.c.code)), "product_id")

    async def related(self, tenant: str, product_ids: Iterable[str], first: int) -> dict[str, list[Row]]:
        """The ``first`` relatives of each product, nearest first; each has its ``product_id``."""
        query = (
            _of(PRODUCTS, tenant)
            .add_columns(RELATED.c.product_id)
            .join(RELATED, RELATED.c.related_id == PRODUCTS.c.id)
            .where(RELATED.c.product_id.in_(product_ids), RELATED.c.place < first)
            .order_by(RELATED.c.product_id, RELATED.c.place)
        )
        return _grouped(await self._rows(query), "product_id")

    async def page(
        self, tenant: str, conditions: Sequence[ColumnElement[bool]], first: int, after: str | None
    ) -> Page:
        """The products that meet all conditions, by id, from the one behind the id ``after``."""
        mine = and_(PRODUCTS.c.tenant_id == tenant, *conditions)
        counts = select(func.count(), _count(_not_after(after))).select_from(PRODUCTS).where(mine)
        rows = select(PRODUCTS).where(mine, ~_not_after(after)).order_by(PRODUCTS.c.id).limit(first)
        async with self.database.reading() as connection:
            total, before = (await connection.execute(counts)).one()
        return Page(await self._rows(rows), total, before)

    async def pages_by_category(
        self, tenant: str, category_ids: Iterable[str], first: int, after: str | None
    ) -> dict[str, Page]:
        """`page` for many categories in two statements."""
        mine = and_(PRODUCTS.c.tenant_id == tenant, PRODUCTS.c.category_id.in_(category_ids))
        place = func.row_number().over(partition_by=PRODUCTS.c.category_id, order_by=PRODUCTS.c.id)
        placed = select(PRODUCTS, place.label("place")).where(mine, ~_not_after(after)).subquery()
        rows = await self._rows(select(placed).where(placed.c.place <= first).order_by(placed.c.id))
        by_category = _grouped(rows, "category_id")
        counts = select(
            PRODUCTS.c.category_id,
            func.count().label("total"),
            _count(_not_after(after)).label("before"),
        )
        return {
            row["category_id"]: Page(by_category[row["category_id"]], row["total"], row["before"])
            for row in await self._rows(counts.where(mine).group_by(PRODUCTS.c.category_id))
        }

    async def search(self, tenant: str, text: str, first: int) -> list[tuple[str, Row]]:
        """``("Category" | "Product", row)``, best first: equal name, then its start, then its inside."""
        words = fold(text).split()
        whole = " ".join(words)
        categories = _of(CATEGORIES, tenant).add_columns(_rank(CATEGORIES, whole))
        categories = categories.where(*(_contains(CATEGORIES.c.folded_name, word) for word in words))
        products = _of(PRODUCTS, tenant).add_columns(_rank(PRODUCTS, whole))
        products = products.where(*(or_(has_text(word), _has_tag(word)) for word in words))
        found = [("Category", row) for row in await self._best(categories, CATEGORIES, first)]
        found += [("Product", row) for row in await self._best(products, PRODUCTS, first)]
        return sorted(found, key=lambda hit: hit[1]["search_rank"])[:first]

    async def _best(self, query: Select[Any], table: Table, first: int) -> list[Row]:
        return await self._rows(query.order_by("search_rank", table.c.folded_name, table.c.id).limit(first))

    async def _rows(self, query: Select[Any]) -> list[Row]:
        async with self.database.reading() as connection:
            return [dict(row) for row in (await connection.execute(query)).mappings()]


def filter_conditions(given: dict[str, Any]) -> list[ColumnElement[bool]]:
    """What a `ProductFilter` asks of a product."""
    price, found = PRODUCTS.c.price_amount, []
    if (category_id := given.get("categoryId")) is not None:
        found.append(PRODUCTS.c.category_id == category_id)
    if (least := given.get("minPrice")) is not None:
        found.append(price >= least)
    if (most := given.get("maxPrice")) is not None:
        found.append(price <= most)
    if (status := given.get("stockStatus")) is not None:
        found.append(_has_stock_status(status))
    found += (has_text(word) for word in fold(given.get("text") or "").split())
    found += (_has_tag(tag, whole=True) for tag in given.get("tags") or ())
    return found


def stock_status(available: int) -> str:
    """The `StockStatus` of a number of pieces."""
    if available == 0:
        return "OUT_OF_STOCK"
    return "LOW" if available <= LOW_STOCK_UP_TO else "IN_STOCK"


def has_text(word: str) -> ColumnElement[bool]:
    """Whether name, SKU or description contain the case-folded word."""
    return _contains(PRODUCTS.c.folded_text, word)


def _has_stock_status(status: str) -> ColumnElement[bool]:
    available = PRODUCTS.c.available
    if status == "OUT_OF_STOCK":
        return available == 0
    if status == "LOW":
        return available.between(1, LOW_STOCK_UP_TO)
    return available > LOW_STOCK_UP_TO


def _has_tag(text: str, whole: bool = False) -> ColumnElement[bool]:
    tag = PRODUCT_TAGS.c.folded_tag
    is_it = tag == fold(text) if whole else _contains(tag, text)
    return select(1).where(PRODUCT_TAGS.c.product_id == PRODUCTS.c.id, is_it).exists()


def _contains(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    return column.contains(word, autoescape=True)


def _rank(table: Table, whole: str) -> ColumnElement[int]:
    name = table.c.folded_name
    return case(
        (name == whole, 0),
        (name.startswith(whole, autoescape=True), 1),
        (_contains(name, whole), 2),
        else_=3,
    ).label("search_rank")


def _not_after(after: str | None) -> ColumnElement[bool]:
    return PRODUCTS.c.id <= (after or "")


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _of(table: Table, tenant: str) -> Select[Any]:
    return select(table).where(table.c.tenant_id == tenant)


def _about(table: Table, tenant: str, product_ids: Iterable[str]) -> Select[Any]:
    mine = and_(PRODUCTS.c.tenant_id == tenant, PRODUCTS.c.id.in_(product_ids))
    return select(table).join(PRODUCTS, PRODUCTS.c.id == table.c.product_id).where(mine)


def _grouped(rows: Iterable[Row], key: str) -> defaultdict[str, list[Row]]:
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups
