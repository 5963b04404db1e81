"""What one operation knows: who asks, on which day, and the loaders that join what its fields ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, TypeAlias

from aiodataloader import DataLoader
from graphql import GraphQLResolveInfo

from subgraphs.analytics.facts import currency_of
from subgraphs.analytics.period import Period
from subgraphs.analytics.sales import Sales, Totals
from subgraphs.events import EventBus
from subgraphs.identity import Caller
from subgraphs.schema_types import money


@dataclass(slots=True)
class Context:
    """The context of one operation."""

    caller: Caller
    sales: Sales
    recorded: EventBus
    """Where this process says that an order was written."""
    clock: Callable[[], date]
    """Gives the day it is: asked anew, since a subscription may see more than one."""
    _loaders: Loaders | None = field(default=None, init=False)

    @property
    def tenant(self) -> str:
        """The tenant whose rows may be read. Raises: Refusal UNAUTHENTICATED."""
        return self.caller.tenant()

    @property
    def load(self) -> Loaders:
        """The loaders. Raises: Refusal UNAUTHENTICATED."""
        if self._loaders is None:
            self._loaders = Loaders(self.sales, self.tenant)
        return self._loaders

    @property
    def today(self) -> date:
        """The day the numbers are of."""
        return self.clock()

    def money(self, amount: int) -> dict[str, Any]:
        """A `Money` in the currency of the caller's tenant."""
        return money(amount, currency_of(self.tenant))


Info: TypeAlias = GraphQLResolveInfo[Context]
"""What ariadne hands to every resolver."""


class Loaders:
    """One loader per question; each sends one statement for all the keys asked for at once."""

    def __init__(self, sales: Sales, tenant: str) -> None:
        self._sales, self._tenant = sales, tenant
        self.lifetime_value = _loader(partial(sales.lifetime_values, tenant), 0)
        self.sales_rank = _loader(partial(sales.sales_ranks, tenant), None)
        self.units_sold: DataLoader[tuple[str, Period], int] = DataLoader(self._units_sold)
        self.totals: DataLoader[Period, Totals] = DataLoader(self._totals)

    async def _units_sold(self, keys: list[tuple[str, Period]]) -> list[int]:
        ids_by_period: defaultdict[Period, list[str]] = defaultdict(list)
        for product_id, period in keys:
            ids_by_period[period].append(product_id)
        found = {
            period: await self._sales.units_sold(self._tenant, period, ids)
            for period, ids in ids_by_period.items()
        }
        return [found[period].get(product_id, 0) for product_id, period in keys]

    async def _totals(self, periods: list[Period]) -> list[Totals]:
        return [await self._sales.totals(self._tenant, period) for period in periods]


def _loader(
    find: Callable[[Iterable[str]], Awaitable[dict[str, int]]], default: int | None
) -> DataLoader[str, int | None]:
    async def load(keys: list[str]) -> list[int | None]:
        found = await find(keys)
        return [found.get(key, default) for key in keys]

    return DataLoader(load)
