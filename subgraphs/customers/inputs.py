"""What callers may send: the filter and the inputs of the mutations, with their rules.

What is left out is ``UNSET``, and false, like null.
"""

from __future__ import annotations

import re
from typing import Any, Final

import strawberry

from subgraphs.customers.rows import AddressRow, CustomerQuery, NewCustomer
from subgraphs.customers.types import CustomerTier
from subgraphs.errors import BAD_USER_INPUT, Refusal

MAX_ADDRESSES: Final = 10
MAX_CHARACTERS: Final = 200
# Whether an email arrives only sending one can tell; this catches what never will.
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


@strawberry.input(description="Which customers to give; what is left out does not matter.")
class CustomerFilter:
    """Conditions that all hold."""

    tier: CustomerTier | None = strawberry.field(
        default=strawberry.UNSET, description="Only customers of this tier."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="Only customers with this in their name or email, in any case."
    )


@strawberry.input(description="Where a customer gets post.")
class AddressInput:
    """Like Address, for input."""

    label: str = strawberry.field(description="What the customer calls it, for example `Home`.")
    street: str = strawberry.field(description="The house number and the street.")
    city: str = strawberry.field(description="The city.")
    postal_code: str = strawberry.field(description="The postal code.")
    country: str = strawberry.field(description="The country as ISO 3166 names it in two letters.")
    is_default: bool = strawberry.field(
        default=False, description="True for the address that is used when none is chosen; at most one is."
    )


@strawberry.input(description="A customer to be created.")
class CreateCustomerInput:
    """For ``createCustomer``."""

    email: str = strawberry.field(description="The email address; no other customer may have it.")
    name: str = strawberry.field(description="The full name.")
    phone: str | None = strawberry.field(default=strawberry.UNSET, description="The telephone number.")
    tier: CustomerTier = strawberry.field(
        default=CustomerTier.BRONZE, description="How much the customer matters to the shop."
    )
    addresses: list[AddressInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Where the customer gets post, at most 10 addresses."
    )

    def checked(self) -> NewCustomer:
        """The customer to create.

        Raises: Refusal BAD_USER_INPUT.
        """
        email = self.email.strip().lower()
        if len(email) > MAX_CHARACTERS or not _EMAIL.fullmatch(email):
            raise Refusal(BAD_USER_INPUT, f"{self.email!r} is not an email address.")
        return NewCustomer(
            email=email,
            name=_checked_name(self.name),
            phone=_checked_phone(self.phone or None),
            tier=self.tier.name,
            addresses=_checked_addresses(self.addresses or []),
        )


@strawberry.input(description="What to change about a customer; what is left out stays as it is.")
class UpdateCustomerInput:
    """For ``updateCustomer``."""

    id: strawberry.ID = strawberry.field(description="The id of the customer.")
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="The full name; null changes nothing."
    )
    phone: str | None = strawberry.field(
        default=strawberry.UNSET, description="The telephone number; null removes it."
    )
    tier: CustomerTier | None = strawberry.field(
        default=strawberry.UNSET,
        description="How much the customer matters to the shop; null changes nothing.",
    )

    def checked(self) -> dict[str, Any]:
        """The columns to set.

        Raises: Refusal BAD_USER_INPUT.
        """
        values: dict[str, Any] = {}
        if self.name is not strawberry.UNSET and self.name is not None:
            values["name"] = _checked_name(self.name)
        if self.phone is not strawberry.UNSET:
            values["phone"] = _checked_phone(self.phone or None)
        if self.tier:
            values["tier"] = self.tier.name
        return values


def customer_query(filter_: CustomerFilter | None) -> CustomerQuery:
    """What the filter asks of the store."""
    if not filter_:
        return CustomerQuery()
    return CustomerQuery(filter_.tier.name if filter_.tier else None, filter_.text or None)


def _checked_name(name: str) -> str:
    if not name.strip() or len(name) > MAX_CHARACTERS:
        raise Refusal(BAD_USER_INPUT, f"A name has 1 to {MAX_CHARACTERS} characters.")
    return name.strip()


def _checked_phone(phone: str | None) -> str | None:
    if phone is not None and len(phone) > 40:
        raise Refusal(BAD_USER_INPUT, "A telephone number has at most 40 characters.")
    return phone


def _checked_addresses(addresses: list[AddressInput]) -> list[AddressRow]:
    if len(addresses) > MAX_ADDRESSES:
        raise Refusal(BAD_USER_INPUT, f"A customer has at most {MAX_ADDRESSES} addresses.")
    defaults = [place for place, address in enumerate(addresses) if address.is_default]
    if len(defaults) > 1:
        raise Refusal(BAD_USER_INPUT, "At most one address is the default.")
    default = defaults[0] if defaults else 0
    return [
        AddressRow(
            label=address.label,
            street=address.street,
            city=address.city,
            postal_code=address.postal_code,
            country=address.country,
            is_default=place == default,
        )
        for place, address in enumerate(addresses)
    ]
