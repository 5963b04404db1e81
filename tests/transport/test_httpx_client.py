"""Subgraphs behind an httpx transport."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from router.errors import (
    SubgraphConnectionLostError,
    SubgraphConnectionRefusedError,
    SubgraphConnectTimeoutError,
    SubgraphError,
    SubgraphInvalidResponseError,
    SubgraphPoolTimeoutError,
    SubgraphResponseTooLargeError,
    SubgraphTimeoutError,
    SubgraphUnreachableError,
)
from router.transport.base import SubgraphRequest
from router.transport.httpx_client import HttpxClient, in_process
from router.transport.options import HttpOptions

REQUEST = SubgraphRequest("orders", "http://orders/graphql", b"{}", ((b"x-tenant", b"a"),), True, 5.0)


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the headers and body it was sent."""
    body = (await receive())["body"]
    names = b",".join(name for name, _ in scope["headers"])
    headers = [(b"X-Names", names), (b"set-cookie", b"session=1")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def test_an_asgi_app_is_asked_in_process_and_gets_no_cookie_back() -> None:
    client = in_process(asgi_app)
    for _ in range(2):
        got = await client.send(REQUEST)
        assert (got.status, got.body) == (200, b"{}")
        names = dict(got.headers)[b"x-names"].split(b",")
        assert b"x-tenant" in names and b"content-type" in names and b"cookie" not in names
    await client.close()


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> HttpxClient:
    return HttpxClient(httpx.MockTransport(answer), HttpOptions(max_response_bytes=1000))


def raising(error: Exception) -> HttpxClient:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answering(answer)


ERRORS: list[tuple[Exception, type[SubgraphError]]] = [
    (httpx.ConnectTimeout(""), SubgraphConnectTimeoutError),
    (httpx.PoolTimeout(""), SubgraphPoolTimeoutError),
    (httpx.ReadTimeout(""), SubgraphTimeoutError),
    (httpx.ConnectError("[Errno 111] Connection refused"), SubgraphConnectionRefusedError),
    (httpx.ConnectError("no such host"), SubgraphUnreachableError),
    (httpx.RemoteProtocolError("peer closed"), SubgraphConnectionLostError),
    (httpx.ReadError(""), SubgraphConnectionLostError),
    (ZeroDivisionError("the app raised"), SubgraphConnectionLostError),
]


@pytest.mark.parametrize(("error", "expected"), ERRORS, ids=lambda one: str(type(one).__name__))
async def test_every_foreign_error_becomes_a_subgraph_error(
    error: Exception, expected: type[SubgraphError]
) -> None:
    with pytest.raises(SubgraphError) as caught:
        await raising(error).send(REQUEST)
    assert type(caught.value) is expected


async def test_the_whole_exchange_has_a_deadline() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(5)

    client = in_process(app)
    hasty = SubgraphRequest("orders", REQUEST.url, b"{}", (), True, 0.02)
    with pytest.raises(SubgraphTimeoutError, match=r"within 0\.02 s"):
        await client.send(hasty)


async def test_bodies_are_capped_plain_and_compressed() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100

    bomb = gzip.compress(b"\0" * 10_000_000)
    for answer in (
        httpx.Response(200, content=endless()),
        httpx.Response(200, stream=httpx.ByteStream(bomb), headers={"content-encoding": "gzip"}),
    ):
        with pytest.raises(SubgraphResponseTooLargeError):
            await answering(lambda _, answer=answer: answer).send(REQUEST)  # type: ignore[misc]


async def test_gzip_is_decoded_and_other_encodings_are_refused() -> None:
    small = httpx.ByteStream(gzip.compress(b"abc"))
    client = answering(lambda _: httpx.Response(200, stream=small, headers={"content-encoding": "gzip"}))
    assert (await client.send(REQUEST)).body == b"abc"
    client = answering(lambda _: httpx.Response(200, stream=small, headers={"content-encoding": "zstd"}))
    with pytest.raises(SubgraphInvalidResponseError):
        await client.send(REQUEST)


async def test_a_redirect_is_returned_and_not_followed() -> None:
    client = answering(lambda _: httpx.Response(302, headers={"location": "http://elsewhere/"}))
    assert (await client.send(REQUEST)).status == 302
