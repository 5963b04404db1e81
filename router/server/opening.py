"""Operations on WebSockets and event streams, in their turn like all others.

Planning takes a place, and so does making the one result of a query or mutation.  A subscription that goes on holds
none: it waits for events most of its life, and would keep requests out.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from router.engine.admission import Caller
from router.engine.answer import OpenOperation
from router.engine.pipeline import Pipeline
from router.language.operation import OperationKind
from router.protocols.graphql_request import GraphQLRequest
from router.server.overload import ConcurrencyLimit


async def open_in_turn(
    pipeline: Pipeline, limit: ConcurrencyLimit | None, request: GraphQLRequest, caller: Caller
) -> OpenOperation:
    """Open an operation when it is its turn: at once, where there is no limit.

    Raises: OverloadedError, which the results of a query or mutation may raise, too; what `Pipeline.open` raises.
    """
    if limit is None:
        return await pipeline.open(request, caller)
    operation = await limit.run(lambda _waited_s: pipeline.open(request, caller))
    if operation.kind is OperationKind.SUBSCRIPTION:
        return operation
    return replace(operation, results=_one_in_turn(limit, operation.results))


async def _one_in_turn(limit: ConcurrencyLimit, results: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(results):
        result = await limit.run(lambda _waited_s: anext(results))
    # The place is free again while the client takes the result.
    yield result
