"""Entity fetches of several requests in one tick, joined: one request to the subgraph, to each its own answer.

Joined are fetches that ask the same of the same subgraph for the same caller (text, variables, forwarded headers) about
other entities.  Each representation is sent once.  What comes back is taken apart again before anybody reads it: a
request sees its own entities, the errors at them under its own indices, and the errors of the answer as a whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

import orjson

from router.errors import SubgraphError, SubgraphTimeoutError
from router.execution.context import ExecutionContext
from router.execution.errors import Failure
from router.execution.program import Step
from router.planning.plan import FetchNode
from router.transport.base import SharedValues, SubgraphResponse

Send: TypeAlias = Callable[[ExecutionContext, Step, bytes], Awaitable[SubgraphResponse | None]]
Positions: TypeAlias = list[dict[int, int]]
"""For each `_entities` selection: from an index in the joined request to the index in one's own."""


@dataclass(slots=True, eq=False)
class _Call:
    """One request's part of a joined one."""

    ctx: ExecutionContext
    step: Step
    gathered: Sequence[dict[bytes, int]]


async def fetch_joined(
    send: Send, ctx: ExecutionContext, step: Step, gathered: Sequence[dict[bytes, int]]
) -> SubgraphResponse | None:
    """Give the answer to these representations, as if they had been sent alone; None when there is none.

    Invariant: nobody who is cancelled, or whose time is up, harms another.
    """
    loader, endpoint = ctx.loader, ctx.endpoints[step.fetch.subgraph]
    if loader is None:
        ctx = replace(ctx, answered=None)  # the caller notes the answer
        return await send(ctx, step, step.body.fill(ctx, gathered))
    rest = step.body.fill(ctx, [() for _ in gathered])
    audience = endpoint.audience
    key = (step.fetch.subgraph, endpoint.url, endpoint.headers, audience, endpoint.max_representations, rest)
    try:
        async with asyncio.timeout_at(ctx.deadline_s):
            response: SubgraphResponse = await loader.load(
                key, _Call(ctx, step, gathered), partial(_send_all, send)
            )
            return response
    except TimeoutError:
        message = f"The request's time was up before the subgraph {step.fetch.subgraph} answered"
        ctx.failures.append(Failure(step.fetch.id, SubgraphTimeoutError(step.fetch.subgraph, message)))
    except SubgraphError as error:
        ctx.failures.append(Failure(step.fetch.id, error))
    return None


async def _send_all(send: Send, calls: list[_Call]) -> list[SubgraphResponse]:
    """Send as many calls together as the subgraph wants representations at once."""
    first = calls[0]
    most = first.ctx.endpoints[first.step.fetch.subgraph].max_representations
    groups: list[tuple[list[_Call], list[dict[bytes, int]]]] = []
    for call in calls:
        joined = _union([groups[-1][1], call.gathered]) if groups else None
        if joined is None or (most is not None and max(map(len, joined)) > most):
            groups.append(([call], _union([call.gathered])))
        else:
            groups[-1] = ([*groups[-1][0], call], joined)
    answers = await asyncio.gather(*(_send_group(send, *group) for group in groups))
    return [response for own in answers for response in own]


def _union(lists: Iterable[Sequence[dict[bytes, int]]]) -> list[dict[bytes, int]]:
    """Give for each selection the distinct representations of all, numbered."""
    together: list[dict[bytes, int]] = []
    for selections in zip(*lists, strict=True):
        seen: dict[bytes, int] = {}
        for selection in selections:
            for representation in selection:
                seen.setdefault(representation, len(seen))
        together.append(seen)
    return together


async def _send_group(
    send: Send, calls: list[_Call], together: list[dict[bytes, int]]
) -> list[SubgraphResponse]:
    """Give each call its part.  Raises: SubgraphError."""
    ctx, step = calls[0].ctx, calls[0].step
    deadlines = [call.ctx.deadline_s for call in calls]
    latest = None if None in deadlines else max(one for one in deadlines if one is not None)
    own = replace(ctx, failures=[], reported=[], deadline_s=latest, answered=None)
    response = await send(own, step, step.body.fill(ctx, together))
    if response is None:
        raise own.failures[0].error
    if len(calls) == 1:
        return [response]
    try:
        result = response.parsed()
    except orjson.JSONDecodeError:
        result = None
    if type(result) is not dict:
        return [response for _ in calls]
    parts: dict[tuple[tuple[bytes, ...], ...], SubgraphResponse] = {}
    for call in calls:
        asked = tuple(map(tuple, call.gathered))
        if asked not in parts:
            parts[asked] = _part(response, result, step.fetch, together, call)
    return [parts[tuple(map(tuple, call.gathered))] for call in calls]


def _part(
    response: SubgraphResponse,
    result: dict[str, Any],
    fetch: FetchNode,
    together: list[dict[bytes, int]],
    call: _Call,
) -> SubgraphResponse:
    """Give a response with what one call asked for."""
    positions: Positions = [
        {seen[representation]: index for representation, index in own.items()}
        for seen, own in zip(together, call.gathered, strict=True)
    ]
    aliases = [entity.alias for entity in fetch.entities]
    data = result.get("data")
    part = dict(result)
    if type(data) is dict:
        part["data"] = picked = dict(data)
        for alias, own, seen in zip(aliases, positions, together, strict=True):
            if type(data.get(alias)) is list:
                picked[alias] = _pick(data[alias], own, len(seen))
    errors = result.get("errors")
    if type(errors) is list:
        moved = [_move(error, aliases, positions, data) for error in errors]
        part["errors"] = [error for error in moved if error is not None]
        if errors and not part["errors"]:
            del part["errors"]
    return SubgraphResponse(response.status, response.headers, response.body, SharedValues((part,)))


def _pick(entities: list[Any], own: dict[int, int], count: int) -> list[Any]:
    """Give one's own entities; of a list of the wrong length, one that is wrong by as much."""
    wrong_by = len(entities) - count
    if wrong_by:
        return [None] * max(0, len(own) + wrong_by)
    return [entities[position] for position in own]


def _move(error: Any, aliases: list[str], positions: Positions, data: Any) -> Any:
    """Give an error as one request sees it; None for what is another's.

    Where an error took the whole list or all data with it, everybody sees it; without a path who did not ask.
    """
    path = error.get("path") if type(error) is dict else None
    if type(path) is not list or len(path) < 2 or path[0] not in aliases or type(path[1]) is not int:
        return error
    index = positions[aliases.index(path[0])].get(path[1])
    if index is not None:
        return {**error, "path": [path[0], index, *path[2:]]}
    if type(data) is dict and data.get(path[0]) is not None:
        return None
    return {key: value for key, value in error.items() if key != "path"}
