"""Entity requests of one tick of the event loop, joined (aiodataloader underneath).

Two fetches are joined when subgraph, operation text and forwarded headers are equal; each
representation is then sent once.  Callers wait on futures of their own, so one that is cancelled
harms no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from aiodataloader import DataLoader, Loader, dispatch_queue

from router.errors import SubgraphInvalidResponseError
from router.transport.base import Headers


@dataclass(frozen=True, slots=True)
class BatchKey:
    """What must be equal for two entity fetches to become one request."""

    subgraph: str
    operation: str
    """Text of the operation; its only variable is ``$representations``."""
    headers: Headers


SendBatch: TypeAlias = Callable[[BatchKey, tuple[bytes, ...]], Awaitable[Sequence[Any]]]
"""Sends distinct representations in one request; gives one value for each, in order."""


class _Tick(DataLoader[tuple[bytes, ...], list[Any]]):
    """The loads of one tick; without aiodataloader's two extra turns of the loop."""

    def do_resolve_reject(self, key: tuple[bytes, ...], future: asyncio.Future[list[Any]]) -> None:
        """Sends what came until the loop's next turn."""
        self._queue.append(Loader(key=key, future=future))
        if len(self._queue) == 1:
            self.loop.call_soon(dispatch_queue, self)


class _Batch:
    """One request to be, or under way."""

    __slots__ = ("loader", "task", "waiting")

    def __init__(self, loader: _Tick) -> None:
        self.loader = loader
        self.waiting = 0
        self.task: asyncio.Task[Any] | None = None


class EntityLoader:
    """Joins entity fetches.  Belongs to one event loop; may serve many requests.

    Cost: one future and one load per fetch, whatever its number of representations; one task per
    request sent.
    """

    def __init__(self, send_batch: SendBatch) -> None:
        self._send_batch = send_batch
        self._batches: dict[BatchKey, _Batch] = {}

    async def load(self, key: BatchKey, representations: Sequence[bytes]) -> list[Any]:
        """One value per representation, in order; a representation given twice gets the same object.

        The request is stopped when all who wait for it were cancelled.
        Raises: what ``send_batch`` raises; SubgraphInvalidResponseError when it gives another number
        of values than it was sent representations.
        """
        batch = self._batches.get(key)
        if batch is None:
            batch = self._batches[key] = self._new_batch(key)
        batch.waiting += 1
        answer = batch.loader.load(tuple(representations))
        try:
            return await answer
        except asyncio.CancelledError:
            if answer.done() and not answer.cancelled():
                answer.exception()  # seen, so that the loop does not report it as lost
            batch.waiting -= 1
            if not batch.waiting and batch.task is not None:
                batch.task.cancel()
            raise

    def _new_batch(self, key: BatchKey) -> _Batch:
        async def send(calls: list[tuple[bytes, ...]]) -> list[list[Any]]:
            del self._batches[key]
            batch.task = asyncio.current_task()
            if not batch.waiting:
                return [[] for _ in calls]
            return await self._send(key, calls)

        batch = _Batch(_Tick(batch_load_fn=send, cache=False, loop=asyncio.get_running_loop()))
        return batch

    async def _send(self, key: BatchKey, calls: list[tuple[bytes, ...]]) -> list[list[Any]]:
        distinct = tuple(dict.fromkeys(one for call in calls for one in call))
        values = await self._send_batch(key, distinct)
        if len(values) != len(distinct):
            raise SubgraphInvalidResponseError(
                key.subgraph, f"{len(values)} entities for {len(distinct)} representations"
            )
        by_representation = dict(zip(distinct, values, strict=True))
        return [[by_representation[one] for one in call] for call in calls]
