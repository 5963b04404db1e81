"""Prepared once, kept while wanted, whoever comes and goes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from router.engine.caches import OperationCache

NONE: frozenset[str] = frozenset()
LONG_S = 60.0
"""Never waited for unless a test fails."""


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


async def test_many_who_wait_for_one_operation_have_it_made_once(executor: ThreadPoolExecutor) -> None:
    calls: list[str] = []
    gate = threading.Event()

    def prepare(text: str, _name: str | None, _labels: frozenset[str]) -> str:
        calls.append(text)
        assert gate.wait(LONG_S)
        return text.upper()

    cache = OperationCache(prepare, executor)
    waiting = [asyncio.create_task(cache.prepared(("a", None, NONE))) for _ in range(10)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    gate.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == ["A"] * 9
    assert calls == ["a"]
    assert cache.get(("a", None, NONE)) == "A"


async def test_what_nobody_waits_for_any_more_is_not_begun(executor: ThreadPoolExecutor) -> None:
    calls: list[str] = []
    gate, both_busy = threading.Event(), threading.Barrier(3)

    def prepare(text: str, _name: str | None, _labels: frozenset[str]) -> str:
        calls.append(text)
        if text in "ab":
            both_busy.wait(LONG_S)
        assert gate.wait(LONG_S)
        return text

    cache = OperationCache(prepare, executor)
    first = [asyncio.create_task(cache.prepared((text, None, NONE))) for text in "ab"]
    await asyncio.to_thread(both_busy.wait, LONG_S)  # the loop goes on meanwhile, so that both are asked for
    left = [asyncio.create_task(cache.prepared((text, None, NONE))) for text in "ccde"]
    await asyncio.sleep(0)
    for waiter in (first[0], left[0], left[1], left[2]):
        waiter.cancel()
    await asyncio.sleep(0)
    again = asyncio.create_task(cache.prepared(("d", None, NONE)))
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(first[1], left[3], again) == ["b", "e", "d"]
    assert await cache.prepared(("a", None, NONE)) == "a"  # it was begun, so it was finished
    assert sorted(calls) == ["a", "b", "d", "e"]


async def test_a_failure_is_told_to_all_and_not_kept(executor: ThreadPoolExecutor) -> None:
    calls: list[str] = []

    def prepare(text: str, _name: str | None, _labels: frozenset[str]) -> str:
        calls.append(text)
        raise ValueError(text)

    cache = OperationCache(prepare, executor)
    results = await asyncio.gather(
        *(cache.prepared(("a", None, NONE)) for _ in range(3)), return_exceptions=True
    )
    assert [type(result) for result in results] == [ValueError] * 3
    assert (len(calls), len(cache)) == (1, 0)
    with pytest.raises(ValueError, match="a"):
        await cache.prepared(("a", None, NONE))
    assert len(calls) == 2


async def test_the_one_not_asked_for_longest_leaves_first(executor: ThreadPoolExecutor) -> None:
    cache = OperationCache(lambda text, _name, _labels: text, executor, capacity=2)
    for text in ("a", "b", "a", "c"):
        await cache.prepared((text, None, NONE))
    assert sorted(text for text, _, _ in cache.hottest(10)) == ["a", "c"]
    assert cache.get(("b", None, NONE)) is None


async def test_what_is_kept_stays_within_its_bytes(executor: ThreadPoolExecutor) -> None:
    cache = OperationCache(
        lambda text, _name, _labels: text, executor, weigh=lambda text: int(text) * 100, max_bytes=700
    )
    for text in ("1", "2", "3"):
        await cache.prepared((text, None, NONE))
    assert (len(cache), cache.bytes) == (3, 603)
    await cache.prepared(("4", None, NONE))
    assert cache.hottest(10) == [("4", None, NONE)]
    await cache.prepared(("9", None, NONE))
    assert (cache.hottest(10), cache.bytes) == ([("9", None, NONE)], 901)


async def test_the_operation_name_is_part_of_the_key(executor: ThreadPoolExecutor) -> None:
    cache = OperationCache(lambda _text, name, _labels: name or "none", executor)
    assert [await cache.prepared(("a", name, NONE)) for name in (None, "x", "y")] == ["none", "x", "y"]


async def test_the_hottest_are_those_asked_for_most_often(executor: ThreadPoolExecutor) -> None:
    cache = OperationCache(lambda text, _name, _labels: text, executor)
    for text in ("a", "b", "c", "a", "a", "b"):
        await cache.prepared((text, None, NONE))
    assert [text for text, _, _ in cache.hottest(2)] == ["a", "b"]
