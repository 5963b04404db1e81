"""The root types of the customers subgraph."""

# strawberry.field(description=...) is typed as Any, which strict typing takes for an untyped decorator.
# mypy: allow-untyped-decorators
from __future__ import annotations

from typing import Annotated

import strawberry

from subgraphs.code_first import FederatedSchema
from subgraphs.customers.context import Info
from subgraphs.customers.inputs import (
    CreateCustomerInput,
    CustomerFilter,
    UpdateCustomerInput,
    customer_query,
)
from subgraphs.customers.types import Customer, CustomerConnection
from subgraphs.paging import decode_sequence_cursor, page_size
from subgraphs.values import utc_now

IdArgument = Annotated[
    strawberry.ID | None, strawberry.argument(name="id", description="The id of the customer.")
]
EmailArgument = Annotated[
    str | None, strawberry.argument(description="The email address of the customer, in any case.")
]
FilterArgument = Annotated[
    CustomerFilter | None, strawberry.argument(name="filter", description="Which customers to give.")
]
FirstArgument = Annotated[int | None, strawberry.argument(description="How many to give, at most 100.")]
AfterArgument = Annotated[str | None, strawberry.argument(description="Give those after this cursor.")]


@strawberry.type(description="What can be asked.")
class Query:
    """Everything is of the caller's tenant."""

    @strawberry.field(description="The customer who asks, or null when the user is not one.")
    async def me(self, info: Info) -> Customer | None:
        """By the user id of the request."""
        tenant, user_id = info.context.tenant, info.context.caller.user_id
        if user_id is None:
            return None
        row = (await info.context.store.by_id(tenant, [user_id])).get(user_id)
        return None if row is None else Customer.of(row)

    @strawberry.field(description="One customer, by id or by email, or null when there is none.")
    async def customer(
        self,
        info: Info,
        customer_id: IdArgument = strawberry.UNSET,
        email: EmailArgument = strawberry.UNSET,
    ) -> Customer | None:
        """With both, it must be the same customer."""
        row = await Customer.find(info, customer_id or None, email or None)
        return None if row is None else Customer.of(row)

    @strawberry.field(description="The customers, longest known first.")
    async def customers(
        self,
        info: Info,
        filter_: FilterArgument = strawberry.UNSET,
        first: FirstArgument = 20,
        after: AfterArgument = strawberry.UNSET,
    ) -> CustomerConnection:
        """A page."""
        tenant, query, size = info.context.tenant, customer_query(filter_), page_size(first)
        start = None if after is None or after is strawberry.UNSET else decode_sequence_cursor(after)
        rows = await info.context.store.page(tenant, query, size, start)
        return CustomerConnection.of(rows, size, start, lambda: info.context.store.count(tenant, query))


@strawberry.type(description="What can be changed.")
class Mutation:
    """Only customers of the caller's tenant."""

    @strawberry.mutation(description="Creates a customer.")
    async def create_customer(
        self,
        info: Info,
        input_: Annotated[
            CreateCustomerInput, strawberry.argument(name="input", description="The customer to create.")
        ],
    ) -> Customer:
        """Joins now."""
        row = await info.context.store.create(info.context.tenant, input_.checked(), utc_now())
        return Customer.of(row)

    @strawberry.mutation(description="Changes a customer.")
    async def update_customer(
        self,
        info: Info,
        input_: Annotated[
            UpdateCustomerInput,
            strawberry.argument(name="input", description="The customer and what to change."),
        ],
    ) -> Customer:
        """Only what is given."""
        row = await info.context.store.change(info.context.tenant, input_.id, input_.checked())
        return Customer.of(row)


schema = FederatedSchema(Query, Mutation)
