"""A Redis whose answers are noise: never a wrong decision, never an internal fault, and well again afterwards."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from router.events.broker import BrokerUnavailableError, MessagesLostError
from router.events.redis import RedisBroker
from router.guards.buckets import Bucket, BucketsUnavailableError, Level
from router.guards.persisted_redis import RedisStore
from router.guards.redis_buckets import RedisBuckets
from tests.chaos.proxy import BytesProxy
from tests.redis_server import redis_server

PATIENCE_S = 30.0
TIMES = 60


@asynccontextmanager
async def spoiled_redis(folder: Path) -> AsyncIterator[BytesProxy]:
    with redis_server(folder) as server:
        if server is None:
            pytest.skip("no redis-server on this machine")
        proxy = BytesProxy(server.port, random.Random(1))
        await proxy.start()
        try:
            yield proxy
        finally:
            await proxy.stop()


async def test_rate_limits_take_noise_for_no_answer(tmp_path: Path) -> None:
    async with spoiled_redis(tmp_path) as proxy:
        buckets = RedisBuckets(f"redis://127.0.0.1:{proxy.port}", "t", itertools.count().__next__)
        bucket = Bucket("k", 1_000_000, 1_000_000_000)
        async with asyncio.timeout(PATIENCE_S):
            for number in range(TIMES):
                proxy.garbles = number % 6 != 0
                try:
                    passes, levels = await buckets.take([bucket, bucket], 1)
                except BucketsUnavailableError:
                    continue
                assert passes
                assert len(levels) == 2
                assert all(isinstance(level, Level) for level in levels)
            proxy.garbles = False
            while True:
                try:
                    assert (await buckets.take([bucket], 1))[0]
                    break
                except BucketsUnavailableError:
                    continue
        assert proxy.spoiled
        await buckets.close()


async def test_documents_are_never_other_documents(tmp_path: Path) -> None:
    async with spoiled_redis(tmp_path) as proxy:
        store = RedisStore(f"redis://127.0.0.1:{proxy.port}", capacity=1)
        texts = [f"{{ field{number} }}" for number in range(TIMES)]
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        async with asyncio.timeout(PATIENCE_S):
            for key, text in zip(keys, texts, strict=True):
                await store.keep(key, text)
            for number, (key, text) in enumerate(zip(keys, texts, strict=True)):
                proxy.garbles = number % 6 != 0
                assert await store.get(key) in (text, None)
            proxy.garbles = False
            while await store.get(keys[0]) != texts[0]:
                await asyncio.sleep(0)
        assert proxy.spoiled
        await store.close()


async def test_subscribers_hear_again_after_noise(tmp_path: Path) -> None:
    async with spoiled_redis(tmp_path) as proxy:
        here = RedisBroker(f"redis://127.0.0.1:{proxy.port}")
        subscription = await here.subscribe("orders:acme")
        heard: list[bytes] = []

        async def listen() -> None:
            while True:
                with suppress(MessagesLostError):
                    heard.append(await anext(subscription))

        async def publish(message: bytes) -> None:
            with suppress(BrokerUnavailableError):
                await here.publish("orders:acme", message)

        listening = asyncio.create_task(listen())
        async with asyncio.timeout(PATIENCE_S):
            for number in range(4):
                proxy.garbles = True
                for _ in range(5):
                    await publish(b"spoiled")
                proxy.garbles = False
                message = b"%d" % number
                while message not in heard:
                    await publish(message)
                    await asyncio.sleep(0.02)
        listening.cancel()
        await here.close()


class _SlowToLeave(RedisBuckets):
    """Its connections close when the test says so."""

    def __init__(self, url: str, left: asyncio.Event) -> None:
        super().__init__(url, "t")
        self.left = left

    async def _disconnect(self) -> None:
        await self.left.wait()
        await super()._disconnect()


async def test_who_is_refused_does_not_wait_for_the_connection_to_close() -> None:
    left = asyncio.Event()
    buckets = _SlowToLeave("redis://127.0.0.1:1", left)
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(2):  # when it is found out, and while the connection still closes
            with pytest.raises(BucketsUnavailableError):
                await buckets.take([Bucket("k", 1, 1)], 1)
        left.set()
        await buckets.close()
