"""What one request of the orders subgraph sees: who asks, the store, the bus and the dataloaders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from subgraphs.code_first import RequestContext
from subgraphs.events import EventBus
from subgraphs.orders.rows import ItemRow, OrderQuery, OrderRow, PageQuery
from subgraphs.orders.store import OrderStore

T = TypeVar("T")

PageKey: TypeAlias = tuple[str, OrderQuery, PageQuery]
"""One customer's id and which of their orders."""
CountKey: TypeAlias = tuple[str, OrderQuery]


@dataclass(kw_only=True)
class OrdersContext(RequestContext):
    """Each loader turns what is asked in one tick of the event loop into one statement.

    They remember nothing: on a WebSocket one context serves every operation and every event, and
    what was read for the first would be stale for the next.
    """

    store: OrderStore
    bus: EventBus
    orders: DataLoader[str, OrderRow | None] = field(init=False)
    items: DataLoader[str, list[ItemRow]] = field(init=False)
    customer_pages: DataLoader[PageKey, list[OrderRow]] = field(init=False)
    customer_counts: DataLoader[CountKey, int] = field(init=False)

    def __post_init__(self) -> None:
        """Make the loaders, inside the event loop of the request."""
        self.orders = DataLoader(self._load_orders, cache=False)
        self.items = DataLoader(self._load_items, cache=False)
        self.customer_pages = DataLoader(self._load_customer_pages, cache=False)
        self.customer_counts = DataLoader(self._load_customer_counts, cache=False)

    async def _load_orders(self, ids: list[str]) -> list[OrderRow | None]:
        found = await self.store.orders_by_id(self.tenant, set(ids))
        return [found.get(order_id) for order_id in ids]

    async def _load_items(self, order_ids: list[str]) -> list[list[ItemRow]]:
        found = await self.store.items_by_order(self.tenant, set(order_ids))
        return [found.get(order_id, []) for order_id in order_ids]

    async def _load_customer_pages(self, keys: list[PageKey]) -> list[list[OrderRow]]:
        found: dict[PageKey, list[OrderRow]] = {}
        for query, page in _distinct((query, page) for _, query, page in keys):
            customer_ids = [key[0] for key in keys if key[1:] == (query, page)]
            pages = await self.store.pages_by_customer(self.tenant, customer_ids, query, page)
            found |= {(customer_id, query, page): rows for customer_id, rows in pages.items()}
        return [found.get(key, []) for key in keys]

    async def _load_customer_counts(self, keys: list[CountKey]) -> list[int]:
        found: dict[CountKey, int] = {}
        for query in _distinct(query for _, query in keys):
            customer_ids = [key[0] for key in keys if key[1] == query]
            counts = await self.store.counts_by_customer(self.tenant, customer_ids, query)
            found |= {(customer_id, query): count for customer_id, count in counts.items()}
        return [found.get(key, 0) for key in keys]


Info: TypeAlias = strawberry.Info[OrdersContext, None]


def _distinct(items: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(items))
