"""A batch of requests: queries at the same time, and one after the other as soon as one is a mutation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from router.engine.admission import Caller
from router.engine.answer import Answer
from router.engine.pipeline import Pipeline
from router.engine.response_headers import Source
from router.errors import ClientError
from router.protocols.batch import batch_json
from router.protocols.graphql_request import GraphQLRequest


async def answer_batch(
    pipeline: Pipeline,
    entries: Sequence[GraphQLRequest | ClientError],
    caller: Caller,
    waited_s: float = 0.0,
) -> Answer:
    """Answer every entry, in order; what one of them gets changes nothing for the others.

    A batch with a mutation runs in series, so that its order is the order of effects.  Headers of subgraphs' answers
    are merged as those of one request whose fetches are those of all entries, in order.
    Its operations are charged to the caller's rate limits together, before any of them is looked at.
    ``waited_s``: for its turn; it counts in the deadline of every entry.
    Raises: RateLimitedError, RateLimitUnavailableError.
    """
    requests = [entry for entry in entries if isinstance(entry, GraphQLRequest)]
    told = await pipeline.charge(caller, len(requests)) if requests else ()

    async def one(entry: GraphQLRequest | ClientError) -> Answer:
        if isinstance(entry, ClientError):
            return pipeline.failed(entry)
        return await pipeline.answer_part(entry, caller, waited_s=waited_s)

    mutates = await asyncio.gather(*(pipeline.is_mutation(request, caller) for request in requests))
    if any(mutates):
        answers = [await one(entry) for entry in entries]
    else:
        answers = await asyncio.gather(*(one(entry) for entry in entries))
    together = Answer(batch_json([answer.body for answer in answers]))
    # One that did not run has no headers, and keeps the whole from being cached.
    refused = (Source("", None),)
    sources = [
        source for answer in answers for source in (refused if answer.sources is None else answer.sources)
    ]
    answer = pipeline.with_headers(together, sources, caller)
    return replace(answer, headers=(*answer.headers, *told)) if told else answer
