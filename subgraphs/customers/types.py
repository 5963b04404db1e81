"""The types of the customers subgraph."""

# strawberry.field(description=...) is typed as Any, which strict typing takes for an untyped decorator.
# mypy: allow-untyped-decorators
from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from enum import Enum
from typing import Self

import strawberry

from subgraphs.code_first_types import Node, PageInfo
from subgraphs.customers.context import Info
from subgraphs.customers.rows import AddressRow, CustomerRow
from subgraphs.errors import BAD_USER_INPUT, Refusal
from subgraphs.paging import encode_cursor


@strawberry.enum(description="How much a customer matters to the shop.")
class CustomerTier(Enum):
    """From the least to the most."""

    BRONZE = strawberry.enum_value("BRONZE", description="Everybody begins here.")
    SILVER = strawberry.enum_value("SILVER", description="Comes back.")
    GOLD = strawberry.enum_value("GOLD", description="Comes back often.")
    PLATINUM = strawberry.enum_value("PLATINUM", description="Hardly ever leaves.")


@strawberry.type(description="Where a customer gets post.")
class Address:
    """A postal address."""

    label: str = strawberry.field(description="What the customer calls it, for example `Home`.")
    street: str = strawberry.field(description="The house number and the street.")
    city: str = strawberry.field(description="The city.")
    postal_code: str = strawberry.field(description="The postal code.")
    country: str = strawberry.field(description="The country as ISO 3166 names it in two letters.")
    is_default: bool = strawberry.field(description="True for the address that is used when none is chosen.")

    @classmethod
    def of(cls, row: AddressRow) -> Self:
        """The address of a row."""
        return cls(**row)


@strawberry.federation.type(keys=["id", "email"], description="Somebody who buys.")
class Customer(Node):
    """Made from a row."""

    id: strawberry.ID = strawberry.field(description="The id, for example `acme-c-0001`.")
    email: str = strawberry.field(description="The email address, in lower case; no two customers share one.")
    name: str = strawberry.field(description="The full name.")
    phone: str | None = strawberry.field(description="The telephone number.")
    tier: CustomerTier = strawberry.field(description="How much the customer matters to the shop.")
    addresses: list[Address] = strawberry.field(description="Where the customer gets post.")
    joined_at: datetime = strawberry.field(description="When the customer came to the shop.")

    @strawberry.field(description="The full name.", deprecation_reason="Use name.")
    def full_name(self) -> str:
        """The old name of ``name``."""
        return self.name

    @classmethod
    def of(cls, row: CustomerRow) -> Self:
        """The customer of a row."""
        return cls(
            id=strawberry.ID(row.id),
            email=row.email,
            name=row.name,
            phone=row.phone,
            tier=CustomerTier[row.tier],
            addresses=[Address.of(address) for address in row.addresses],
            joined_at=row.joined_at,
        )

    @classmethod
    async def resolve_reference(
        cls,
        info: Info,
        id: object = None,  # noqa: A002 - the key's name
        email: object = None,
    ) -> Customer | None:
        """The caller's customer with this id or this email; with both, it must be the same one."""
        row = await cls.find(info, id, email)
        return None if row is None else cls.of(row)

    @staticmethod
    async def find(info: Info, customer_id: object, email: object) -> CustomerRow | None:
        """The row with this id or email.

        Raises: Refusal BAD_USER_INPUT when neither is given.
        """
        if customer_id is None and email is None:
            raise Refusal(BAD_USER_INPUT, "Give the id or the email of the customer.")
        if customer_id is None:
            return await info.context.customers_by_email.load(str(email))
        row = await info.context.customers.load(str(customer_id))
        if row is not None and email is not None and row.email != str(email).lower():
            return None
        return row


@strawberry.type(description="One customer of a list.")
class CustomerEdge:
    """An edge."""

    cursor: str = strawberry.field(description="The place of this customer in the list: pass it as `after`.")
    node: Customer = strawberry.field(description="The customer.")


@strawberry.type(description="One page of a list of customers.")
class CustomerConnection:
    """A page; the total is counted only when it is asked for."""

    edges: list[CustomerEdge] = strawberry.field(description="The customers of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies among the others.")
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="How many customers the whole list has.")
    async def total_count(self) -> int:
        """Of all pages."""
        return await self.count()

    @classmethod
    def of(
        cls, rows: Sequence[CustomerRow], first: int, after: int | None, count: Callable[[], Awaitable[int]]
    ) -> Self:
        """The page of the first ``first`` rows; a row more means that a later page exists."""
        edges = [
            CustomerEdge(cursor=encode_cursor(row.sequence), node=Customer.of(row)) for row in rows[:first]
        ]
        page_info = PageInfo.of(
            [edge.cursor for edge in edges],
            has_next_page=len(rows) > first,
            has_previous_page=after is not None,
        )
        return cls(edges=edges, page_info=page_info, count=count)
