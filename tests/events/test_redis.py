"""The broker over a real Redis server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from router.events.broker import BrokerUnavailableError, MessagesLostError
from router.events.redis import RedisBroker
from tests.redis_server import RedisServer, redis_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as started:
        if started is None:
            pytest.skip("no redis-server on this machine")
        yield started


@pytest.fixture
def redis_url(server: RedisServer) -> str:
    return server.url


async def test_messages_cross_from_one_broker_to_another_in_order(redis_url: str) -> None:
    here, there = RedisBroker(redis_url), RedisBroker(redis_url)
    first, second = await here.subscribe("orders:acme"), await here.subscribe("orders:acme")
    await there.publish("orders:globex", b"0")
    for message in (b"1", b"2"):
        await there.publish("orders:acme", message)
    async with asyncio.timeout(5):
        assert [await anext(first), await anext(first)] == [b"1", b"2"]
        assert [await anext(second), await anext(second)] == [b"1", b"2"]
    await here.close()
    await there.close()
    assert [m async for m in first] == []


async def test_a_channel_can_be_subscribed_again_after_everyone_left(redis_url: str) -> None:
    broker = RedisBroker(redis_url)
    async with asyncio.timeout(5):
        (await broker.subscribe("orders:acme")).close()
        await broker.publish("orders:acme", b"1")
        again = await broker.subscribe("orders:globex")
        await broker.publish("orders:globex", b"2")
        assert await anext(again) == b"2"
        again = await broker.subscribe("orders:acme")
        await broker.publish("orders:acme", b"3")
        assert await anext(again) == b"3"
    await broker.close()


async def test_a_server_that_goes_and_comes_back_leaves_a_mark_where_messages_may_be_missing(
    server: RedisServer,
) -> None:
    broker = RedisBroker(server.url)
    one, other = await broker.subscribe("orders:acme"), await broker.subscribe("orders:globex")
    await broker.publish("orders:acme", b"1")
    async with asyncio.timeout(20):
        assert await anext(one) == b"1"
        server.stop()
        with pytest.raises(BrokerUnavailableError):
            await broker.publish("orders:acme", b"2")
        server.start()
        for subscription in (one, other):
            with pytest.raises(MessagesLostError):
                await anext(subscription)
        await broker.publish("orders:acme", b"3")
        await broker.publish("orders:globex", b"4")
        assert [await anext(one), await anext(other)] == [b"3", b"4"]
    await broker.close()


async def test_a_server_that_is_away_refuses_a_subscription_and_takes_it_when_it_is_back(
    server: RedisServer,
) -> None:
    broker = RedisBroker(server.url)
    server.stop()
    with pytest.raises(BrokerUnavailableError):
        await broker.subscribe("orders:acme")
    server.start()
    async with asyncio.timeout(20):
        subscription = await broker.subscribe("orders:acme")
        await broker.publish("orders:acme", b"1")
        assert await anext(subscription) == b"1"
    await broker.close()


async def test_a_channel_nobody_listens_to_is_left_at_the_server(server: RedisServer) -> None:
    broker = RedisBroker(server.url)
    first, second = await broker.subscribe("orders:acme"), await broker.subscribe("orders:acme")
    first.close()
    await broker.publish("orders:acme", b"1")
    async with asyncio.timeout(5):
        assert await anext(second) == b"1"
        second.close()
        while await broker._publishing.pubsub_numsub("orders:acme") != [(b"orders:acme", 0)]:
            await asyncio.sleep(0.01)
    await broker.close()
