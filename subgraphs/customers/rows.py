"""Customers as the store takes and gives them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict


class AddressRow(TypedDict):
    """One address, as the JSON column holds it."""

    label: str
    street: str
    city: str
    postal_code: str
    country: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer."""

    id: str
    sequence: int
    email: str
    name: str
    phone: str | None
    tier: str
    addresses: list[AddressRow]
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer to be created."""

    email: str
    name: str
    phone: str | None
    tier: str
    addresses: list[AddressRow]


@dataclass(frozen=True, slots=True)
class CustomerQuery:
    """Which customers a list has."""

    tier: str | None = None
    text: str | None = None
    """Part of the name or the email, in any case."""
