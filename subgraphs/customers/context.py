"""What one request of the customers subgraph sees: who asks, the store and the dataloaders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import strawberry
from strawberry.dataloader import DataLoader

from subgraphs.code_first import RequestContext
from subgraphs.customers.rows import CustomerRow
from subgraphs.customers.store import CustomerStore


@dataclass(kw_only=True)
class CustomersContext(RequestContext):
    """Each loader turns what is asked in one tick of the event loop into one statement.

    They remember nothing: on a WebSocket one context serves every operation, and what was read for
    the first would be stale for the next.
    """

    store: CustomerStore
    customers: DataLoader[str, CustomerRow | None] = field(init=False)
    customers_by_email: DataLoader[str, CustomerRow | None] = field(init=False)

    def __post_init__(self) -> None:
        """Make the loaders, inside the event loop of the request."""
        self.customers = DataLoader(self._load_customers, cache=False)
        self.customers_by_email = DataLoader(self._load_by_email, cache=False)

    async def _load_customers(self, ids: list[str]) -> list[CustomerRow | None]:
        found = await self.store.by_id(self.tenant, set(ids))
        return [found.get(customer_id) for customer_id in ids]

    async def _load_by_email(self, emails: list[str]) -> list[CustomerRow | None]:
        found = await self.store.by_email(self.tenant, {email.lower() for email in emails})
        return [found.get(email.lower()) for email in emails]


Info: TypeAlias = strawberry.Info[CustomersContext, None]
