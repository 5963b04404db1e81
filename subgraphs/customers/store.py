"""The customers database: every statement there is, each within one tenant.

Cost: one statement for each call that reads, however many ids or emails it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from subgraphs.customers.rows import CustomerQuery, CustomerRow, NewCustomer
from subgraphs.customers.tables import customer_sequences, customers
from subgraphs.database import Database
from subgraphs.errors import NOT_FOUND, Refusal

EMAIL_TAKEN: Final = "EMAIL_TAKEN"

_CUSTOMER: Final = [customers.c[name] for name in CustomerRow.__slots__]


class CustomerStore:
    """Reads and writes the customers of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_id(self, tenant: str, ids: Iterable[str]) -> dict[str, CustomerRow]:
        """The customers there are, by id."""
        query = select(*_CUSTOMER).where(customers.c.tenant_id == tenant, customers.c.id.in_(sorted(ids)))
        return {row.id: CustomerRow(*row) for row in await self._read(query)}

    async def by_email(self, tenant: str, emails: Iterable[str]) -> dict[str, CustomerRow]:
        """The customers there are, by email; emails are given and returned in lower case."""
        query = select(*_CUSTOMER).where(
            customers.c.tenant_id == tenant, customers.c.email.in_(sorted(emails))
        )
        return {row.email: CustomerRow(*row) for row in await self._read(query)}

    async def page(
        self, tenant: str, query: CustomerQuery, first: int, after_sequence: int | None
    ) -> list[CustomerRow]:
        """The tenant's customers, longest known first; one more than asked for when there are more."""
        conditions = _matching(tenant, query)
        if after_sequence is not None:
            conditions.append(customers.c.sequence > after_sequence)
        chosen = select(*_CUSTOMER).where(*conditions).order_by(customers.c.sequence).limit(first + 1)
        return [CustomerRow(*row) for row in await self._read(chosen)]

    async def count(self, tenant: str, query: CustomerQuery) -> int:
        """How many customers the tenant has."""
        rows = await self._read(select(func.count()).select_from(customers).where(*_matching(tenant, query)))
        return int(rows[0][0])

    async def create(self, tenant: str, customer: NewCustomer, at: datetime) -> CustomerRow:
        """Write a new customer, with the next number of the tenant.

        Raises: Refusal NOT_FOUND when there is no such tenant, EMAIL_TAKEN when it has the email.
        """
        try:
            async with self._database.writing() as connection:
                # The counter's row is locked to the end of the transaction, so numbers come one by one.
                taken = await connection.execute(
                    update(customer_sequences)
                    .where(customer_sequences.c.tenant_id == tenant)
                    .values(last=customer_sequences.c.last + 1)
                    .returning(customer_sequences.c.last)
                )
                sequence = taken.scalar_one_or_none()
                if sequence is None:
                    raise Refusal(NOT_FOUND, f"There is no tenant {tenant}.")
                row = CustomerRow(
                    id=f"{tenant}-c-{sequence:04d}",
                    sequence=sequence,
                    email=customer.email,
                    name=customer.name,
                    phone=customer.phone,
                    tier=customer.tier,
                    addresses=customer.addresses,
                    joined_at=at,
                )
                values = {name: getattr(row, name) for name in row.__slots__}
                await connection.execute(insert(customers).values(tenant_id=tenant, **values))
        except IntegrityError as error:
            raise Refusal(EMAIL_TAKEN, f"There is a customer with the email {customer.email}.") from error
        return row

    async def change(self, tenant: str, customer_id: str, values: Mapping[str, Any]) -> CustomerRow:
        """Set columns of a customer; the others keep what they have.

        Raises: Refusal NOT_FOUND.
        """
        is_it = (customers.c.tenant_id == tenant) & (customers.c.id == customer_id)
        async with self._database.writing() as connection:
            if values:
                await connection.execute(update(customers).where(is_it).values(**values))
            found = (await connection.execute(select(*_CUSTOMER).where(is_it))).one_or_none()
        if found is None:
            raise Refusal(NOT_FOUND, f"There is no customer {customer_id}.")
        return CustomerRow(*found)

    async def _read(self, query: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        async with self._database.reading() as connection:
            rows: Sequence[Row[*tuple[Any, ...]]] = (await connection.execute(query)).all()
            return rows


def _matching(tenant: str, query: CustomerQuery) -> list[ColumnElement[bool]]:
    conditions = [customers.c.tenant_id == tenant]
    if query.tier is not None:
        conditions.append(customers.c.tier == query.tier)
    if query.text is not None:
        in_name = customers.c.name.icontains(query.text, autoescape=True)
        conditions.append(in_name | customers.c.email.icontains(query.text, autoescape=True))
    return conditions
