"""A batch of requests: queries at the same time, and one after the other as soon as one is a mutation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from router.engine.admission import Caller
from router.engine.pipeline import Answer, Pipeline
from router.errors import ClientError
from router.protocols.batch import batch_json
from router.protocols.graphql_request import GraphQLRequest


async def answer_batch(
    pipeline: Pipeline, entries: Sequence[GraphQLRequest | ClientError], caller: Caller
) -> Answer:
    """Answer every entry, in order; what one of them gets changes nothing for the others.

    A batch with a mutation runs in series, so that its order is the order of effects.
    """

    async def one(entry: GraphQLRequest | ClientError) -> bytes:
        if isinstance(entry, ClientError):
            return pipeline.failed(entry).body
        return (await pipeline.answer(entry, caller)).body

    requests = [entry for entry in entries if isinstance(entry, GraphQLRequest)]
    mutates = await asyncio.gather(*(pipeline.is_mutation(request, caller) for request in requests))
    if any(mutates):
        return Answer(batch_json([await one(entry) for entry in entries]))
    return Answer(batch_json(await asyncio.gather(*(one(entry) for entry in entries))))
