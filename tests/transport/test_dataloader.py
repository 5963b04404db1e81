"""Entity fetches of one tick."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from router.errors import SubgraphInvalidResponseError, SubgraphTimeoutError
from router.transport.dataloader import BatchKey, EntityLoader
from tests.transport.raw_server import eventually

PRODUCTS = BatchKey("products", "query($representations:[_Any!]!){...}", ((b"x-tenant", b"a"),))


class Subgraph:
    """Answers each representation with its own text; keeps what it was sent."""

    def __init__(self) -> None:
        self.batches: list[tuple[BatchKey, tuple[bytes, ...]]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.cancelled = 0
        self.loader = EntityLoader(self.send)

    async def send(self, key: BatchKey, representations: tuple[bytes, ...]) -> Sequence[Any]:
        self.batches.append((key, representations))
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return [one.decode() for one in representations]


async def test_fetches_of_one_tick_become_one_request_with_distinct_representations() -> None:
    subgraph = Subgraph()
    got = await asyncio.gather(
        subgraph.loader.load(PRODUCTS, [b"1", b"2"]),
        subgraph.loader.load(PRODUCTS, [b"2", b"3", b"2"]),
        subgraph.loader.load(PRODUCTS, []),
    )
    assert got == [["1", "2"], ["2", "3", "2"], []]
    assert subgraph.batches == [(PRODUCTS, (b"1", b"2", b"3"))]


@pytest.mark.parametrize(
    "other",
    [
        BatchKey("orders", PRODUCTS.operation, PRODUCTS.headers),
        BatchKey("products", "other", PRODUCTS.headers),
        BatchKey("products", PRODUCTS.operation, ((b"x-tenant", b"b"),)),
    ],
    ids=["subgraph", "operation", "headers"],
)
async def test_fetches_that_differ_are_never_joined(other: BatchKey) -> None:
    subgraph = Subgraph()
    await asyncio.gather(subgraph.loader.load(PRODUCTS, [b"1"]), subgraph.loader.load(other, [b"1"]))
    assert subgraph.batches == [(PRODUCTS, (b"1",)), (other, (b"1",))]


async def test_nothing_is_kept_for_the_next_tick() -> None:
    subgraph = Subgraph()
    await subgraph.loader.load(PRODUCTS, [b"1"])
    await subgraph.loader.load(PRODUCTS, [b"1"])
    assert len(subgraph.batches) == 2


async def test_a_batch_under_way_is_not_joined() -> None:
    subgraph = Subgraph()
    subgraph.open.clear()
    first = asyncio.create_task(subgraph.loader.load(PRODUCTS, [b"1"]))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(subgraph.loader.load(PRODUCTS, [b"1"]))
    await asyncio.sleep(0.01)
    subgraph.open.set()
    assert await asyncio.gather(first, second) == [["1"], ["1"]]
    assert len(subgraph.batches) == 2


async def test_a_cancelled_fetch_harms_no_other() -> None:
    subgraph = Subgraph()
    subgraph.open.clear()
    tasks = [asyncio.create_task(subgraph.loader.load(PRODUCTS, [b"1"])) for _ in range(3)]
    await asyncio.sleep(0.01)
    tasks[0].cancel()
    await asyncio.sleep(0.01)
    subgraph.open.set()
    got = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(got[0], asyncio.CancelledError)
    assert got[1:] == [["1"], ["1"]]
    assert subgraph.cancelled == 0


async def test_a_batch_stops_when_all_who_wait_for_it_are_gone() -> None:
    subgraph = Subgraph()
    subgraph.open.clear()
    tasks = [asyncio.create_task(subgraph.loader.load(PRODUCTS, [b"1"])) for _ in range(2)]
    await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await eventually(lambda: subgraph.cancelled == 1)


async def test_a_batch_nobody_waits_for_any_more_is_not_sent() -> None:
    subgraph = Subgraph()
    task = asyncio.create_task(subgraph.loader.load(PRODUCTS, [b"1"]))
    asyncio.get_running_loop().call_soon(task.cancel)
    await asyncio.gather(task, return_exceptions=True)
    await eventually(lambda: subgraph.batches == [])
    assert await subgraph.loader.load(PRODUCTS, [b"2"]) == ["2"]


async def test_an_error_reaches_each_caller_and_is_not_kept() -> None:
    calls = 0

    async def send(_: BatchKey, representations: tuple[bytes, ...]) -> Sequence[Any]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise SubgraphTimeoutError("products", "late")
        return list(representations)

    loader = EntityLoader(send)
    got = await asyncio.gather(
        loader.load(PRODUCTS, [b"1"]), loader.load(PRODUCTS, [b"2"]), return_exceptions=True
    )
    assert [type(one) for one in got] == [SubgraphTimeoutError] * 2
    assert await loader.load(PRODUCTS, [b"1"]) == [b"1"]


async def test_a_list_of_the_wrong_length_is_an_error_of_the_subgraph() -> None:
    async def send(_: BatchKey, representations: tuple[bytes, ...]) -> Sequence[Any]:
        return [1]

    with pytest.raises(SubgraphInvalidResponseError, match="1 entities for 2 representations"):
        await EntityLoader(send).load(PRODUCTS, [b"1", b"2"])
