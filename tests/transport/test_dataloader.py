"""Calls of one tick."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

import pytest

from router.errors import SubgraphTimeoutError
from router.transport.dataloader import TickLoader
from tests.transport.raw_server import eventually


class Subgraph:
    """Answers each call with its own text in capitals; keeps what it was sent."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.cancelled = 0
        self.loader = TickLoader()

    async def send(self, calls: list[str]) -> list[str]:
        self.batches.append(calls)
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return [one.upper() for one in calls]

    async def load(self, call: str, key: Hashable = "key") -> str:
        return await self.loader.load(key, call, self.send)


async def test_calls_of_one_tick_are_sent_together() -> None:
    subgraph = Subgraph()
    assert await asyncio.gather(*map(subgraph.load, "abca")) == ["A", "B", "C", "A"]
    assert subgraph.batches == [["a", "b", "c", "a"]]


async def test_calls_with_other_keys_are_never_joined() -> None:
    subgraph = Subgraph()
    await asyncio.gather(subgraph.load("a"), subgraph.load("b", "other"))
    assert subgraph.batches == [["a"], ["b"]]


async def test_nothing_is_kept_for_the_next_tick() -> None:
    subgraph = Subgraph()
    await subgraph.load("a")
    await subgraph.load("a")
    assert len(subgraph.batches) == 2


async def test_a_batch_under_way_is_not_joined() -> None:
    subgraph = Subgraph()
    subgraph.open.clear()
    first = asyncio.create_task(subgraph.load("a"))
    await eventually(lambda: len(subgraph.batches) == 1)
    second = asyncio.create_task(subgraph.load("b"))
    await eventually(lambda: len(subgraph.batches) == 2)
    subgraph.open.set()
    assert await asyncio.gather(first, second) == ["A", "B"]


async def test_whenever_a_call_comes_it_is_answered_once() -> None:
    subgraph = Subgraph()

    async def late(turns: int) -> str:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await subgraph.load(str(turns))

    got = await asyncio.gather(*(late(turns % 7) for turns in range(70)))
    assert got == [str(turns % 7) for turns in range(70)]
    assert sum(map(len, subgraph.batches)) == 70


async def test_a_cancelled_call_harms_no_other() -> None:
    subgraph = Subgraph()
    subgraph.open.clear()
    tasks = [asyncio.create_task(subgraph.load(call)) for call in "abc"]
    await eventually(lambda: len(subgraph.batches) == 1)
    tasks[0].cancel()
    await asyncio.sleep(0)
    subgraph.open.set()
    got = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(got[0], asyncio.CancelledError)
    assert got[1:] == ["B", "C"]
    assert subgraph.cancelled == 0


async def test_a_batch_stops_when_all_who_wait_for_it_are_gone() -> None:
    subgraph = Subgraph()
    subgraph.open.clear()
    tasks = [asyncio.create_task(subgraph.load(call)) for call in "ab"]
    await eventually(lambda: len(subgraph.batches) == 1)
    for task in tasks:
        task.cancel()
    await eventually(lambda: subgraph.cancelled == 1)


async def test_a_batch_nobody_waits_for_any_more_is_not_sent() -> None:
    subgraph = Subgraph()
    task = asyncio.create_task(subgraph.load("a"))
    asyncio.get_running_loop().call_soon(task.cancel)
    await asyncio.gather(task, return_exceptions=True)
    assert await subgraph.load("b") == "B"
    assert subgraph.batches == [["b"]]


async def test_an_error_reaches_each_caller_and_is_not_kept() -> None:
    loader, calls = TickLoader(), 0

    async def send(given: list[str]) -> list[str]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise SubgraphTimeoutError("products", "late")
        return given

    got = await asyncio.gather(
        loader.load("key", "a", send), loader.load("key", "b", send), return_exceptions=True
    )
    assert [type(one) for one in got] == [SubgraphTimeoutError] * 2
    assert await loader.load("key", "a", send) == "a"


async def test_a_timeout_of_one_who_waits_is_its_own() -> None:
    subgraph = Subgraph()
    subgraph.open.clear()

    async def impatient() -> str:
        async with asyncio.timeout(0.01):
            return await subgraph.load("a")

    patient = asyncio.create_task(subgraph.load("b"))
    with pytest.raises(TimeoutError):
        await impatient()
    subgraph.open.set()
    assert await patient == "B"
