"""What observers are told of fetches: nothing of it runs where nobody observes."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from dataclasses import replace

from router.errors import SubgraphError
from router.execution.context import ExecutionContext
from router.planning.plan import FetchNode
from router.telemetry.record import FetchRecord, OperationRecord
from router.telemetry.trace_context import TRACE_HEADERS
from router.transport.base import Headers, SubgraphRequest, SubgraphResponse


def begin_fetch(observed: OperationRecord, fetch: FetchNode, body: bytes) -> FetchRecord:
    """Note a request that begins now."""
    is_entities = bool(fetch.entities) and not fetch.entities[0].is_root
    return observed.begin_fetch(
        fetch.id, fetch.subgraph, fetch.kind.value, len(body), is_entities=is_entities
    )


def end_fetch(noted: FetchRecord, answered: SubgraphResponse | None, failure: SubgraphError | None) -> None:
    """Note what came of it."""
    if answered is not None:
        noted.answered(answered.status, len(answered.body), is_shared=answered.shared is not None)
    elif failure is not None:
        noted.failed(failure.code)


def traced(request: SubgraphRequest, headers: Headers) -> SubgraphRequest:
    """Give the request with the span it belongs to; headers that name another span give way."""
    own = request.headers
    if any(name in TRACE_HEADERS for name, _ in own):
        own = tuple(pair for pair in own if pair[0] not in TRACE_HEADERS)
    return replace(request, headers=own, trace=headers)


async def note_joined(
    ctx: ExecutionContext, fetch: FetchNode, fetching: Awaitable[SubgraphResponse | None]
) -> SubgraphResponse | None:
    """Wait for entities that may come with another operation's request, and note the wait."""
    if ctx.observed is None:
        return await fetching
    started_s = time.perf_counter()
    status: int | None = None
    try:
        answered = await fetching
        status = None if answered is None else answered.status
        return answered
    finally:
        ctx.observed.note_joined(fetch.id, fetch.subgraph, started_s, status)
