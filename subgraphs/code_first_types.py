"""The value types that every subgraph declares alike, as strawberry types."""

# strawberry.field(description=...) is typed as Any, which strict typing takes for an untyped decorator.
# mypy: allow-untyped-decorators
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Final

import strawberry
from strawberry.types.scalar import ScalarDefinition

from subgraphs.errors import BAD_USER_INPUT, Refusal
from subgraphs.values import format_datetime, format_money, parse_datetime

SCALARS: Final[Mapping[object, ScalarDefinition]] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in time: RFC 3339 text in UTC, for example `2026-11-22T10:15:00Z`.",
        serialize=format_datetime,
        parse_value=parse_datetime,
    )
}
"""For `StrawberryConfig.scalar_map`: a field annotated ``datetime`` is a ``DateTime``."""


@strawberry.enum(description="A currency as ISO 4217 names it.")
class Currency(Enum):
    """ISO 4217."""

    EUR = strawberry.enum_value("EUR", description="Euro.")
    USD = strawberry.enum_value("USD", description="United States dollar.")
    GBP = strawberry.enum_value("GBP", description="Pound sterling.")


@strawberry.federation.type(
    shareable=True, description="An amount of money in the smallest unit of its currency."
)
class Money:
    """``amount`` is in minor units."""

    amount: int = strawberry.field(description="The amount in minor units: 1250 is 12.50.")
    currency: Currency = strawberry.field(description="The currency of the amount.")

    @strawberry.field(description="The amount for people to read, for example `EUR 12.50`.")
    def formatted(self) -> str:
        """The shared text form."""
        return format_money(self.amount, self.currency.name)

    @classmethod
    def of(cls, amount: int, currency: str) -> Money:
        """Money in a currency given by its code."""
        return cls(amount=amount, currency=Currency[currency])

    @classmethod
    def from_representation(cls, value: object) -> Money:
        """Money that a representation carries for ``@requires``.

        Shapes: ``{"amount": 1250, "currency": "EUR"}``.
        Raises: Refusal BAD_USER_INPUT when it is not that.
        """
        fields = value if isinstance(value, Mapping) else {}
        amount, currency = fields.get("amount"), fields.get("currency")
        if (
            not isinstance(amount, int)
            or not isinstance(currency, str)
            or currency not in Currency.__members__
        ):
            raise Refusal(BAD_USER_INPUT, "A representation carries money as amount and currency.")
        return cls.of(amount, currency)


@strawberry.federation.type(
    shareable=True, description="Where one page of a connection lies among the others."
)
class PageInfo:
    """As Relay's cursor connections have it."""

    has_next_page: bool = strawberry.field(description="True when a later page exists.")
    has_previous_page: bool = strawberry.field(description="True when an earlier page exists.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first edge of this page, null when the page is empty."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last edge of this page: pass it as `after` to get the next one."
    )

    @classmethod
    def of(cls, cursors: list[str], *, has_next_page: bool, has_previous_page: bool) -> PageInfo:
        """The page whose edges have these cursors."""
        return cls(
            has_next_page=has_next_page,
            has_previous_page=has_previous_page,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )


@strawberry.interface(description="Anything that has an id of its own.")
class Node:
    """The interface of everything with an ``id``."""

    id: strawberry.ID = strawberry.field(description="The id, unique in the whole supergraph.")
