"""Key sets that rotate, fail and come back, under a clock that the test moves."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from router.guards.jwks import MAX_SET_BYTES, KeySource
from router.guards.jwt import JwtOptions, JwtVerifier
from router.guards.unauthenticated import KeysUnavailableError, TokenInvalidError
from tests.guards.tokens import NOW, jwk, private_key, token

URL = "https://issuer.example/keys"


class Issuer(httpx.AsyncBaseTransport):
    """An issuer's key set, and a clock for the router that fetches it."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = numbers or (0,)
        self.status = 200
        self.content: bytes | None = None
        self.fetches: list[httpx.Request] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.now_s = 1000.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.fetches.append(request)
        await self.gate.wait()
        keys = {"keys": [jwk("ES256", number, kid=f"k{number}") for number in self.numbers]}
        return httpx.Response(
            self.status, content=json.dumps(keys).encode() if self.content is None else self.content
        )

    def verifier(self, **options: Any) -> JwtVerifier:
        return JwtVerifier(JwtOptions((KeySource(url=URL, **options),)), lambda: self.now_s, self)


def signed(number: int, key_id: str | None = None, **claims: Any) -> str:
    """Never the same token twice, so that nothing is remembered."""
    signed.count += 1  # type: ignore[attr-defined]
    key = private_key("ES256", number)
    return token(key, "ES256", key_id or f"k{number}", n=signed.count, **claims)  # type: ignore[attr-defined]


signed.count = 0  # type: ignore[attr-defined]


async def settled() -> None:
    """Let what runs in the background come to its end."""
    while len(asyncio.all_tasks()) > 1:
        await asyncio.sleep(0)


async def test_many_callers_wait_for_one_fetch() -> None:
    issuer = Issuer()
    issuer.gate.clear()
    one = issuer.verifier(headers=(("x-api-key", "7"),))
    waiting = [asyncio.create_task(one.verify(signed(0), NOW)) for _ in range(60)]
    while not issuer.fetches:
        await asyncio.sleep(0)
    issuer.gate.set()
    assert len(await asyncio.gather(*waiting)) == 60
    assert [request.headers["x-api-key"] for request in issuer.fetches] == ["7"]
    await one.close()


async def test_a_caller_who_leaves_stops_nobody_elses_fetch() -> None:
    issuer = Issuer()
    issuer.gate.clear()
    one = issuer.verifier()
    first, second = (asyncio.create_task(one.verify(signed(0), NOW)) for _ in range(2))
    while not issuer.fetches:
        await asyncio.sleep(0)
    first.cancel()
    issuer.gate.set()
    assert await second
    assert first.cancelled() or await asyncio.gather(first, return_exceptions=True)
    await one.close()


async def test_an_unknown_key_id_fetches_at_once_but_not_more_often_than_the_floor() -> None:
    issuer = Issuer(0)
    one = issuer.verifier(floor_s=10)
    await one.verify(signed(0), NOW)
    issuer.numbers = (0, 1)
    issuer.now_s += 11
    assert await one.verify(signed(1), NOW)
    assert len(issuer.fetches) == 2
    for number in (2, 3, 4):
        with pytest.raises(TokenInvalidError):
            await one.verify(signed(number), NOW)
    assert len(issuer.fetches) == 2
    issuer.now_s += 10
    with pytest.raises(TokenInvalidError):
        await one.verify(signed(2), NOW)
    assert len(issuer.fetches) == 3
    await one.close()


async def test_an_old_set_is_fetched_beside_the_request_and_a_very_old_one_before_it() -> None:
    issuer = Issuer(0)
    one = issuer.verifier(poll_s=60)
    await one.verify(signed(0), NOW)
    issuer.now_s += 61
    issuer.gate.clear()
    assert await one.verify(signed(0), NOW), "the old keys count while new ones are fetched"
    issuer.numbers = (1,)
    issuer.gate.set()
    await settled()
    with pytest.raises(TokenInvalidError):
        await one.verify(signed(0), NOW)
    assert await one.verify(signed(1), NOW)
    issuer.numbers = (2,)
    issuer.now_s += 121
    with pytest.raises(TokenInvalidError):
        await one.verify(signed(1), NOW)
    await one.close()


@pytest.mark.parametrize(
    "content", [None, b"", b"[]", b"{}", b"<html>", b'{"keys": []}', b"[" * 9000, b" " * (MAX_SET_BYTES + 1)]
)
async def test_old_keys_count_through_an_outage_but_not_for_ever(content: bytes | None) -> None:
    issuer = Issuer(0)
    one = issuer.verifier(poll_s=60, max_stale_s=3600)
    await one.verify(signed(0), NOW)
    issuer.status, issuer.content = (503, None) if content is None else (200, content)
    for _ in range(29):
        issuer.now_s += 120
        assert await one.verify(signed(0), NOW)
    issuer.now_s += 3600
    with pytest.raises(KeysUnavailableError) as caught:
        await one.verify(signed(0), NOW)
    assert (caught.value.status, caught.value.headers) == (503, ((b"retry-after", b"10"),))
    issuer.status, issuer.content = 200, None
    issuer.now_s += 11
    assert await one.verify(signed(0), NOW), "it recovers by itself"
    await one.close()


async def test_without_any_keys_it_is_the_routers_fault_and_the_issuer_is_not_hammered() -> None:
    issuer = Issuer(0)
    issuer.status = 302
    one = issuer.verifier()
    for _ in range(5):
        with pytest.raises(KeysUnavailableError):
            await one.verify(signed(0), NOW)
    assert len(issuer.fetches) == 1
    await one.close()


async def test_a_set_that_never_comes_is_given_up() -> None:
    issuer = Issuer(0)
    issuer.gate.clear()
    one = issuer.verifier(timeout_s=0.02)
    with pytest.raises(KeysUnavailableError):
        await one.verify(signed(0), NOW)
    await one.close()


async def test_one_issuers_outage_does_not_concern_the_other() -> None:
    issuer = Issuer(0)
    issuer.status = 500
    fixed = KeySource(path=None, keys=(), issuers=("nobody",))
    sources = (KeySource(url=URL, issuers=("down",)), fixed, KeySource(url=URL + "2", issuers=("up",)))
    up = Issuer(0)

    class Both(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return await (issuer if str(request.url) == URL else up).handle_async_request(request)

    one = JwtVerifier(JwtOptions(sources), lambda: 0.0, Both())
    assert await one.verify(signed(0, iss="up"), NOW)
    with pytest.raises(KeysUnavailableError):
        await one.verify(signed(0, iss="down"), NOW)
    assert len(issuer.fetches) == len(up.fetches) == 1
    await one.close()


async def test_a_secret_in_a_fetched_set_counts_only_where_its_algorithm_is_listed() -> None:
    issuer = Issuer(0)
    issuer.content = json.dumps({"keys": [jwk("HS256", kid="s"), jwk("ES256", kid="k0")]}).encode()
    text = token(private_key("HS256"), "HS256", "s")
    one = issuer.verifier()
    with pytest.raises(TokenInvalidError):
        await one.verify(text, NOW)
    assert await one.verify(signed(0), NOW)
    listed = issuer.verifier(algorithms=("HS256",))
    assert await listed.verify(text, NOW)
    await one.close()
    await listed.close()


async def test_a_file_is_read_again(tmp_path: Path) -> None:
    path, now = tmp_path / "keys.json", [0.0]

    def write(number: int) -> None:
        path.write_text(json.dumps({"keys": [jwk("ES256", number, kid=f"k{number}")]}))

    write(0)
    one = JwtVerifier(JwtOptions((KeySource(path=path),)), lambda: now[0])
    assert await one.verify(signed(0), NOW)
    write(1)
    now[0] += 200
    assert await one.verify(signed(1), NOW)
    with pytest.raises(TokenInvalidError):
        await one.verify(signed(0), NOW)
    path.unlink()
    now[0] += 200
    assert await one.verify(signed(1), NOW)
    await one.close()
