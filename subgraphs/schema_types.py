"""The shared value types, as ariadne's default resolvers and scalars want them."""

from __future__ import annotations

from typing import Any

from ariadne import ScalarType

from subgraphs.values import format_datetime, format_money, parse_datetime


def money(amount: int, currency: str) -> dict[str, Any]:
    """A `Money` of so many minor units."""
    return {"amount": amount, "currency": currency, "formatted": format_money(amount, currency)}


def date_time() -> ScalarType:
    """The scalar `DateTime`: aware datetimes inside, RFC 3339 text outside."""
    return ScalarType("DateTime", serializer=format_datetime, value_parser=parse_datetime)
