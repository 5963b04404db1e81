"""What one operation knows: who asks, and the loaders that join what its fields ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias, TypeVar

from aiodataloader import DataLoader
from graphql import GraphQLResolveInfo

from subgraphs.events import EventBus
from subgraphs.identity import Caller
from subgraphs.products.changes import Changes
from subgraphs.products.store import Page, Row, Store

Key = TypeVar("Key")
Found = TypeVar("Found")

PageKey: TypeAlias = tuple[str, int, str | None]
"""Category id, ``first``, the id after which to begin."""


@dataclass(slots=True)
class Context:
    """The context of one operation; of a subscription, until `forget` is called."""

    caller: Caller
    store: Store
    changes: Changes
    bus: EventBus
    _loaders: Loaders | None = field(default=None, init=False)

    @property
    def tenant(self) -> str:
        """The tenant whose rows may be read. Raises: Refusal UNAUTHENTICATED."""
        return self.caller.tenant()

    @property
    def load(self) -> Loaders:
        """The loaders. Raises: Refusal UNAUTHENTICATED."""
        if self._loaders is None:
            self._loaders = Loaders(self.store, self.tenant)
        return self._loaders

    def forget(self) -> None:
        """Drops what was loaded, so that the next event of a subscription reads anew."""
        self._loaders = None


Info: TypeAlias = GraphQLResolveInfo[Context]
"""What ariadne hands to every resolver."""


class Loaders:
    """One loader per question; each sends one statement for all the keys asked for at once."""

    def __init__(self, store: Store, tenant: str) -> None:
        self._store, self._tenant = store, tenant
        self.product_by_id = _loader(partial(store.products_by, "id", tenant))
        self.product_by_sku = _loader(partial(store.products_by, "sku", tenant))
        self.category = _loader(partial(store.categories_by_id, tenant))
        self.tags = _loader(partial(store.tags, tenant))
        self.discounts = _loader(partial(store.discounts, tenant))
        self.related: DataLoader[tuple[str, int], list[Row]] = DataLoader(self._related)
        self.category_page: DataLoader[PageKey, Page] = DataLoader(self._category_pages)

    async def _related(self, keys: list[tuple[str, int]]) -> list[list[Row]]:
        ids_by_first: defaultdict[int, list[str]] = defaultdict(list)
        for product_id, first in keys:
            ids_by_first[first].append(product_id)
        found = {
            first: await self._store.related(self._tenant, ids, first) for first, ids in ids_by_first.items()
        }
        return [found[first].get(product_id, []) for product_id, first in keys]

    async def _category_pages(self, keys: list[PageKey]) -> list[Page]:
        ids_by_place: defaultdict[tuple[int, str | None], list[str]] = defaultdict(list)
        for category_id, first, after in keys:
            ids_by_place[first, after].append(category_id)
        found = {
            place: await self._store.pages_by_category(self._tenant, ids, *place)
            for place, ids in ids_by_place.items()
        }
        return [found[first, after].get(category_id, Page()) for category_id, first, after in keys]


def _loader(
    find: Callable[[Iterable[Key]], Awaitable[dict[Key, Found]]],
) -> DataLoader[Key, Found | None]:
    async def load(keys: list[Key]) -> list[Found | None]:
        found = await find(keys)
        return [found.get(key) for key in keys]

    return DataLoader(load)
