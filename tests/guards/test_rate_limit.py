"""No more passes than a limit says, in one process and over a real Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from router.guards.buckets import Bucket, MemoryBuckets
from router.guards.claims import Claims
from router.guards.rate_limit import (
    KeyKind,
    RateLimit,
    RateLimitedError,
    RateLimiter,
    RateLimitOptions,
    RateLimitUnavailableError,
    client_address,
)
from router.guards.redis_buckets import RedisBuckets
from tests.redis_server import RedisServer, redis_server

HOUR = RateLimit("hour", 5, 3600.0, 5)


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> int:
        return int(self.now_s * 1e9)


def limiter(*limits: RateLimit, **options: Any) -> RateLimiter:
    return RateLimiter(RateLimitOptions(limits, **options))


async def passes(
    one: RateLimiter, headers: dict[bytes, bytes] | None = None, who: Any = None, peer: str = "1.2.3.4"
) -> bool:
    try:
        await one.charge(headers or {}, who, peer)
    except RateLimitedError:
        return False
    return True


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as running:
        if running is None:
            pytest.skip("no redis-server")
        yield running


async def test_a_bucket_gives_its_burst_at_once_and_fills_again() -> None:
    clock = Clock()
    buckets, bucket = MemoryBuckets(clock), Bucket("a", 100_000, 300_000)  # 10 a second, 3 at once
    assert [(await buckets.take([bucket], 1))[0] for _ in range(5)] == [True, True, True, False, False]
    passed, [level] = await buckets.take([bucket], 1)
    assert (passed, level.remaining, level.full_in_us, level.wait_us) == (False, 0, 300_000, 100_000)
    clock.now_s += 0.1
    assert [(await buckets.take([bucket], 1))[0] for _ in range(2)] == [True, False]
    clock.now_s += 10
    assert [(await buckets.take([bucket], weight))[0] for weight in (2, 2, 1, 1)] == [
        True,
        False,
        True,
        False,
    ]


async def test_in_any_time_no_more_than_burst_and_rate_pass() -> None:
    clock, times = Clock(), []
    buckets, bucket = MemoryBuckets(clock), Bucket("a", 50_000, 200_000)
    for _ in range(4000):
        clock.now_s += 0.003
        if (await buckets.take([bucket], 1))[0]:
            times.append(clock.now_s)
    for window_s in (0.01, 0.1, 1.0, 3.0):
        most = max(sum(start <= t < start + window_s for t in times) for start in times[:60])
        assert most <= 4 + window_s / 0.05
    assert len(times) >= 12 / 0.05


async def test_what_one_limit_refuses_is_charged_to_none() -> None:
    one = limiter(RateLimit("second", 100, 1.0, 100), HOUR)
    for _ in range(5):
        assert await passes(one)
    with pytest.raises(RateLimitedError) as caught:
        await one.charge({}, None, "1.2.3.4")
    headers = dict(caught.value.headers)
    assert (caught.value.status, caught.value.code) == (429, "RATE_LIMITED")
    assert headers[b"x-ratelimit-limit"] == b"5" and headers[b"x-ratelimit-remaining"] == b"0"
    assert 0 < int(headers[b"retry-after"]) <= 720
    assert headers[b"ratelimit-policy"] == b'"second";q=100;w=1, "hour";q=5;w=3600'


async def test_the_headers_tell_of_the_limit_that_is_nearest() -> None:
    one = limiter(RateLimit("second", 100, 1.0, 100), HOUR)
    headers = dict(await one.charge({}, None, "1.2.3.4"))
    assert headers[b"x-ratelimit-limit"] == b"5"
    assert headers[b"x-ratelimit-remaining"] == b"4"
    assert headers[b"x-ratelimit-reset"] == b"720"
    assert headers[b"ratelimit"] == b'"hour";r=4;t=720'


async def test_callers_are_told_apart_by_what_the_limit_says() -> None:
    one_each = {"rate": 1, "period_s": 3600.0, "burst": 1}

    def by(kind: KeyKind, key: str = "", **more: Any) -> RateLimiter:
        return limiter(RateLimit("x", **one_each, kind=kind, key=key, **more))

    anna, bert = Claims({"sub": "anna", "org": {"id": 1}}), Claims({"sub": "bert", "org": {"id": 1}})
    address = by(KeyKind.ADDRESS)
    assert [await passes(address, peer=p) for p in ("1.1.1.1", "1.1.1.1", "1.1.1.2")] == [True, False, True]
    header = by(KeyKind.HEADER, "x-key")
    assert [await passes(header, {b"x-key": k}) for k in (b"a", b"b", b"a")] == [True, True, False]
    assert [await passes(header) for _ in range(2)] == [True, False], "callers without it share a bucket"
    claim = by(KeyKind.CLAIM, "sub")
    assert [await passes(claim, who=w) for w in (anna, bert, anna, None, None)] == [
        True,
        True,
        False,
        True,
        False,
    ]
    nested = by(KeyKind.CLAIM, "org.id")
    assert [await passes(nested, who=w) for w in (anna, bert)] == [True, False]
    function = by(KeyKind.FUNCTION, expression=lambda h, c, a: f"{a}{c.get('sub')}")
    assert [await passes(function, who=w) for w in (anna, bert, anna)] == [True, True, False]
    broken = by(KeyKind.FUNCTION, expression=lambda *_: 1 / 0)
    assert [await passes(broken) for _ in range(2)] == [True, False]
    everybody = by(KeyKind.EVERYBODY)
    assert [await passes(everybody, peer=p) for p in ("1.1.1.1", "2.2.2.2")] == [True, False]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("9.9.9.9", b"1.1.1.1", "9.9.9.9"),
        ("10.0.0.1", b"1.1.1.1", "1.1.1.1"),
        ("10.0.0.1", b"6.6.6.6, 1.1.1.1", "1.1.1.1"),
        ("10.0.0.1", b"6.6.6.6, 1.1.1.1, 10.0.0.2", "1.1.1.1"),
        ("10.0.0.1", b"nonsense, 10.0.0.7", "10.0.0.7"),
        ("10.0.0.1", b"1.1.1.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", b"", "10.0.0.1"),
        ("10.0.0.1", b"10.0.0.3,10.0.0.2", "10.0.0.3"),
        ("::ffff:10.0.0.1", b"1.1.1.1", "1.1.1.1"),
        ("10.0.0.1", b"::ffff:1.1.1.1", "1.1.1.1"),
        ("10.0.0.1", b"[2001:db8:1:2::5]", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:aaaa::1", b"", "2001:db8:1:2::/64"),
        ("", b"1.1.1.1", ""),
        ("testclient", b"1.1.1.1", "testclient"),
    ],
)
def test_only_proxies_that_are_trusted_say_who_the_client_is(
    peer: str, forwarded: bytes, address: str
) -> None:
    assert client_address(peer, forwarded, (ip_network("10.0.0.0/8"),)) == address


async def test_the_memory_has_room_for_so_many_buckets_and_no_more() -> None:
    buckets = MemoryBuckets(Clock(), max_buckets=3)
    for key in "abcd":
        await buckets.take([Bucket(key, 1_000_000, 1_000_000)], 1)
    assert (await buckets.take([Bucket("d", 1_000_000, 1_000_000)], 1))[0] is False
    assert (await buckets.take([Bucket("a", 1_000_000, 1_000_000)], 1))[0] is True


async def test_the_bucket_not_asked_for_longest_leaves_first() -> None:
    buckets = MemoryBuckets(Clock(), max_buckets=3)

    async def passes(key: str) -> bool:
        return (await buckets.take([Bucket(key, 1_000_000, 2_000_000)], 1))[0]

    assert [await passes(key) for key in "abca"] == [True] * 4
    assert await passes("d")  # b leaves: a was asked for after it, and three have room
    assert [await passes(key) for key in "ac"] == [False, True]
    assert [await passes(key) for key in "bb"] == [True, True]


async def test_two_routers_on_one_redis_let_no_more_pass_than_the_limit(server: RedisServer) -> None:
    limits = (RateLimit("hour", 50, 3600.0, 50), RateLimit("second", 1000, 1.0, 1000))
    routers = [limiter(*limits, redis_url=server.url, refuses_unavailable=True) for _ in range(2)]
    await asyncio.gather(*(one.charge({}, None, "8.8.8.8") for one in routers))  # connections, scripts

    unanswered: list[int] = []

    async def client(number: int) -> int:
        passed = 0
        for _ in range(3):
            try:
                passed += await passes(routers[number % 2])
            except RateLimitUnavailableError:
                await asyncio.sleep(
                    0.6
                )  # a machine too busy to answer in time: refused, so that nothing is let through
        return passed

    passed = sum(await asyncio.gather(*map(client, range(200))))
    # What was charged and not answered in time did not pass.
    assert passed == 50 or (unanswered and passed < 50)
    for one in routers:
        await one.close()


async def test_redis_and_memory_count_alike(server: RedisServer) -> None:
    shared, own = RedisBuckets(server.url, "t"), MemoryBuckets()
    buckets = [Bucket("a", 3_600_000_000, 5 * 3_600_000_000), Bucket("b", 7_200_000_000, 4 * 7_200_000_000)]
    for weight in (1, 2, 2, 1, 1, 3):
        (passed, levels), (passed_here, levels_here) = (
            await shared.take(buckets, weight),
            await own.take(buckets, weight),
        )
        assert passed == passed_here
        assert [level.remaining for level in levels] == [level.remaining for level in levels_here]
        for there, here in zip(levels, levels_here, strict=True):
            assert abs(there.full_in_us - here.full_in_us) < 10_000_000
            assert abs(there.wait_us - here.wait_us) < 10_000_000
    await shared.close()


@pytest.mark.parametrize("refuses", [False, True])
async def test_while_redis_is_away_it_is_decided_at_once_and_then_it_recovers(
    server: RedisServer, refuses: bool
) -> None:
    one = limiter(HOUR, redis_url=server.url, refuses_unavailable=refuses)
    assert await one.charge({}, None, "1.2.3.4")
    server.stop()
    began_s = time.monotonic()
    for _ in range(20):
        if refuses:
            with pytest.raises(RateLimitUnavailableError) as caught:
                await one.charge({}, None, "1.2.3.4")
            assert caught.value.status == 503
        else:
            assert await one.charge({}, None, "1.2.3.4") == ()
    # One of them waited, if any; a busy machine gets some more.
    assert time.monotonic() - began_s < 1.0
    server.start()
    for _ in range(200):
        try:
            if await one.charge({}, None, "1.2.3.4"):
                break
        except RateLimitUnavailableError:
            pass
        await asyncio.sleep(0.05)
    else:
        pytest.fail("it never recovered")
    await one.close()
