"""The event bus: what both kinds promise, and what Redis adds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from subgraphs.events import QUEUE_SIZE, EventBus, InProcessBus
from subgraphs.redis_bus import RedisBus
from tests.redis_server import redis_server

SETTLE_S = 5.0


@pytest.fixture(params=["in process", "redis"])
async def any_bus(request: pytest.FixtureRequest) -> AsyncIterator[EventBus]:
    made: EventBus = InProcessBus()
    if request.param == "redis":
        made = RedisBus(request.getfixturevalue("redis_url"))
    yield made
    await made.close()


async def take(events: AsyncIterator[dict[str, object]]) -> dict[str, object]:
    return await asyncio.wait_for(anext(events), SETTLE_S)


async def test_every_subscriber_of_the_channel_gets_each_event_in_order(any_bus: EventBus) -> None:
    async with any_bus.subscribe("test:a") as one, any_bus.subscribe("test:a") as other:
        for n in range(3):
            await any_bus.publish("test:a", {"n": n})
        assert [await take(one) for _ in range(3)] == [{"n": n} for n in range(3)]
        assert [await take(other) for _ in range(3)] == [{"n": n} for n in range(3)]


async def test_channels_are_apart(any_bus: EventBus) -> None:
    async with any_bus.subscribe("test:a") as ours, any_bus.subscribe("test:b") as others:
        await any_bus.publish("test:b", {"for": "b"})
        await any_bus.publish("test:a", {"for": "a"})
        assert await take(ours) == {"for": "a"}
        assert await take(others) == {"for": "b"}


async def test_an_event_before_the_subscription_is_missed_and_one_right_after_is_not(
    any_bus: EventBus,
) -> None:
    await any_bus.publish("test:a", {"n": 0})
    async with any_bus.subscribe("test:a") as events:
        await any_bus.publish("test:a", {"n": 1})
        assert await take(events) == {"n": 1}


async def test_a_channel_can_be_left_and_taken_again(any_bus: EventBus) -> None:
    async with any_bus.subscribe("test:kept") as kept:
        for n in range(3):
            async with any_bus.subscribe("test:a") as events:
                await any_bus.publish("test:a", {"n": n})
                assert await take(events) == {"n": n}
        await any_bus.publish("test:kept", {})
        assert await take(kept) == {}


async def test_what_one_subscriber_does_to_an_event_no_other_sees(any_bus: EventBus) -> None:
    async with any_bus.subscribe("test:a") as one, any_bus.subscribe("test:a") as other:
        await any_bus.publish("test:a", {"n": 1})
        (await take(one))["n"] = 2
        assert await take(other) == {"n": 1}


async def test_a_slow_subscriber_loses_its_oldest_events() -> None:
    bus = InProcessBus()
    async with bus.subscribe("a") as events:
        for n in range(QUEUE_SIZE + 5):
            await bus.publish("a", {"n": n})
        assert await take(events) == {"n": 5}


async def test_events_cross_from_one_process_to_another_through_redis(redis_url: str) -> None:
    here, there = RedisBus(redis_url), RedisBus(redis_url)
    async with here.subscribe("test:a") as events:
        await there.publish("test:a", {"n": 1})
        assert await take(events) == {"n": 1}
    await here.close()
    await there.close()


async def test_subscriptions_survive_a_restart_of_redis_and_publishing_never_fails(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        if server is None:
            pytest.skip("no redis-server")
        bus = RedisBus(server.url)
        async with bus.subscribe("test:a") as events:
            await asyncio.to_thread(server.stop)
            await bus.publish("test:a", {"n": "lost"})
            await asyncio.to_thread(server.start)
            receiving = asyncio.create_task(take(events))
            while not receiving.done():
                await bus.publish("test:a", {"n": "again"})
                await asyncio.sleep(0.02)
            assert receiving.result() == {"n": "again"}
        await bus.close()
