"""An entity fetch with more representations than its subgraph wants at once: several requests, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from router.execution.answers import read_answer, read_entities
from router.execution.context import ExecutionContext
from router.execution.errors import Failure, Reported
from router.execution.program import Step
from router.transport.base import SubgraphResponse

Send: TypeAlias = Callable[[ExecutionContext, Step, bytes], Awaitable[SubgraphResponse | None]]


async def fetch_in_chunks(
    send: Send, ctx: ExecutionContext, step: Step, gathered: Sequence[dict[bytes, int]], most: int
) -> list[list[Any]]:
    """Give the entities of each selection, in order; None where a request failed.

    Each request holds at most ``most`` representations of each selection.  One that fails harms no other.
    """
    waiting = [list(seen) for seen in gathered]
    starts = range(0, max(map(len, waiting)), most)
    parts = [[one[start : start + most] for one in waiting] for start in starts]
    tasks = [asyncio.ensure_future(_fetch_one(send, ctx, step, part)) for part in parts]
    try:
        answers = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    lists: list[list[Any]] = [[] for _ in waiting]
    for start, (own, part) in zip(starts, answers, strict=True):
        ctx.failures.extend(_moved_failure(failure, start, len(waiting)) for failure in own.failures)
        ctx.reported.extend(_moved_report(reported, start) for reported in own.reported)
        for entities, more in zip(lists, part, strict=True):
            entities.extend(more)
    return lists


async def _fetch_one(
    send: Send, ctx: ExecutionContext, step: Step, part: list[list[bytes]]
) -> tuple[ExecutionContext, list[list[Any]]]:
    """Give one request's entities, and a context with nothing but its errors."""
    own = replace(ctx, failures=[], reported=[])
    counts = [len(one) for one in part]
    answered = await send(own, step, step.body.fill(ctx, part))
    data = None if answered is None else read_answer(own, step.fetch, answered)
    lists = [] if data is None else read_entities(own, step.fetch, data, counts)
    found = [lists[number] if lists else [] for number in range(len(counts))]
    return own, [one or [None] * count for one, count in zip(found, counts, strict=True)]


def _moved_failure(failure: Failure, start: int, selections: int) -> Failure:
    if failure.index is not None:
        return replace(failure, index=failure.index + start)
    return replace(failure, entity=0, index=start) if selections == 1 else failure


def _moved_report(reported: Reported, start: int) -> Reported:
    path = reported.error.get("path")
    if type(path) is not list or len(path) < 2 or type(path[1]) is not int:
        return reported
    moved = [path[0], path[1] + start, *path[2:]]
    return Reported(reported.fetch, {**reported.error, "path": moved})
