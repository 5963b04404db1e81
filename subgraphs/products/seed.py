"""The first rows of the catalogue: the products of the demo world."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table

from subgraphs import world
from subgraphs.database import Rows
from subgraphs.products import tables


def fold(text: str) -> str:
    """The text as searches see it: without difference of case."""
    return text.casefold()


def seed_rows() -> list[tuple[Table, Rows]]:
    """Every row of every tenant, parents first."""
    categories: list[dict[str, Any]] = []
    products: list[dict[str, Any]] = []
    tags: list[dict[str, Any]] = []
    discounts: list[dict[str, Any]] = []
    related: list[dict[str, Any]] = []
    for tenant in world.TENANTS:
        categories += (_category(tenant, category) for category in world.categories(tenant))
        for product in world.products(tenant):
            products.append(_product(tenant, product))
            tags += ({"product_id": product.id, "tag": tag, "folded_tag": fold(tag)} for tag in product.tags)
            discounts += (
                {
                    "product_id": product.id,
                    "code": discount.code,
                    "label": discount.label,
                    "percent": discount.percent,
                    "off_amount": discount.off_amount,
                }
                for discount in product.discounts
            )
            related += (
                {"product_id": product.id, "place": place, "related_id": related_id}
                for place, related_id in enumerate(product.related_ids)
            )
    return [
        (tables.CATEGORIES, categories),
        (tables.PRODUCTS, products),
        (tables.PRODUCT_TAGS, tags),
        (tables.DISCOUNTS, discounts),
        (tables.RELATED, related),
    ]


def _category(tenant: str, category: world.CategorySeed) -> dict[str, Any]:
    return {
        "id": category.id,
        "tenant_id": tenant,
        "name": category.name,
        "slug": category.slug,
        "folded_name": fold(category.name),
    }


def _product(tenant: str, product: world.ProductSeed) -> dict[str, Any]:
    return {
        "id": product.id,
        "tenant_id": tenant,
        "sku": product.sku,
        "name": product.name,
        "description": product.description,
        "category_id": product.category_id,
        "price_amount": product.price_amount,
        "currency": product.currency,
        "weight_grams": product.weight_grams,
        "available": product.available,
        "warehouse": product.warehouse,
        "created_at": product.created_at,
        "folded_name": fold(product.name),
        "folded_text": fold("\n".join((product.name, product.sku, product.description or ""))),
    }
