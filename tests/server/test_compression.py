"""Bodies in content codings, both ways, on a real server."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import brotli
import httpx
import pytest
import zstandard

from router.protocols.content_coding import Compressor
from router.server.app import create_app
from router.server.cors import CorsPolicy
from router.server.options import ServerOptions
from tests.engine.sample import Sample
from tests.serving import serving

QUERY = {"query": '{ product(id: "1") { name } }'}
DECODE: dict[str, Any] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
    "deflate": zlib.decompress,
}
JSON = {"content-type": "application/json"}


@asynccontextmanager
async def served(
    options: ServerOptions | None = None, name: str = "Oak table"
) -> AsyncIterator[httpx.AsyncClient]:
    one = Sample()
    product = {"__typename": "Product", "id": "1", "name": name}
    one.subgraphs.handlers["products"] = lambda _: {"data": {"product": product}}
    async with (
        serving(create_app(one.engine, options or ServerOptions())) as origin,
        httpx.AsyncClient(base_url=origin, trust_env=False) as client,
    ):
        yield client


async def raw(client: httpx.AsyncClient, accept: str | None, **given: Any) -> tuple[httpx.Response, bytes]:
    """Ask, and give the response and the body as it came over the wire."""
    request = client.build_request("POST", "/graphql", json=QUERY, **given)
    del request.headers["accept-encoding"]
    if accept is not None:
        request.headers["accept-encoding"] = accept
    response = await client.send(request, stream=True)
    body = b"".join([chunk async for chunk in response.aiter_raw()])
    return response, body


@pytest.mark.parametrize("length", [5_000, 200_000])
@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br", "br"),
        ("gzip", "gzip"),
        ("*", "gzip"),
        ("zstd;q=0.2, gzip", "gzip"),
    ],
)
async def test_a_large_answer_is_compressed_as_the_client_wants(
    accept: str, coding: str, length: int
) -> None:
    async with served(name="x" * length) as client:
        _, plain = await raw(client, None)
        response, body = await raw(client, accept)
        assert response.headers["content-encoding"] == coding
        assert response.headers["vary"] == "accept-encoding"
        assert int(response.headers["content-length"]) == len(body) < 1000
        assert DECODE[coding](body) == plain


@pytest.mark.parametrize("accept", [None, "", "identity", "deflate", "gzip;q=0", "identity, gzip;q=0.5"])
async def test_an_answer_stays_plain_for_who_does_not_want_it_otherwise(accept: str | None) -> None:
    async with served(name="x" * 5_000) as client:
        response, body = await raw(client, accept)
        assert "content-encoding" not in response.headers
        assert response.headers["vary"] == "accept-encoding"
        assert body.startswith(b'{"data"')


async def test_a_small_answer_stays_plain_unless_that_is_refused() -> None:
    async with served() as client:
        response, _ = await raw(client, "gzip")
        assert "content-encoding" not in response.headers
        response, body = await raw(client, "gzip, identity;q=0")
        assert DECODE["gzip"](body).startswith(b'{"data"')


async def test_a_client_that_accepts_nothing_is_told_so() -> None:
    async with served() as client:
        for accept in ("identity;q=0", "*;q=0", "compress, identity;q=0"):
            response, body = await raw(client, accept)
            assert response.status_code == 406
            assert b"ENCODING_NOT_ACCEPTABLE" in body


async def test_compression_may_be_switched_off() -> None:
    async with served(ServerOptions(min_compressed_bytes=None), "x" * 5_000) as client:
        response, body = await raw(client, "gzip")
        assert {"content-encoding", "vary"} & set(response.headers) == set()
        assert body.startswith(b'{"data"')


async def test_caches_are_told_of_origin_and_encoding() -> None:
    cors = CorsPolicy(origins=frozenset({"https://shop.example"}))
    async with served(ServerOptions(cors=(cors,))) as client:
        response, _ = await raw(client, "gzip", headers={"origin": "https://shop.example"})
        assert response.headers.get_list("vary") == ["accept-encoding", "origin"]


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
async def test_a_compressed_request_is_understood(coding: str) -> None:
    padded = b'{"query": "{ product(id: \\"1\\") { name } }"' + b" " * 300_000 + b"}"
    async with served() as client:
        for plain in (b'{"query": "{ product(id: \\"1\\") { name } }"}', padded):
            body = Compressor().compress(coding.encode(), plain)
            headers = {**JSON, "content-encoding": coding.upper()}
            response = await client.post("/graphql", content=body, headers=headers)
            assert response.json() == {"data": {"product": {"name": "Oak table"}}}


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
async def test_a_bomb_is_too_large(coding: str) -> None:
    async with served() as client:
        for size in (2_000_001, 300_000_000):
            body = Compressor().compress(coding.encode(), bytes(size))
            headers = {**JSON, "content-encoding": coding}
            response = await client.post("/graphql", content=body, headers=headers)
            assert (response.status_code, b"PAYLOAD_TOO_LARGE" in response.content) == (413, True)


async def test_what_cannot_be_decompressed_is_refused() -> None:
    async with served() as client:
        whole = gzip.compress(b'{"query": "{ __typename }"}')
        for body, coding, status, code in (
            (b"nonsense", "gzip", 400, "CORRUPT_BODY"),
            (whole[:-4], "gzip", 400, "CORRUPT_BODY"),
            (b"", "br", 400, "CORRUPT_BODY"),
            (whole, "lzma", 415, "UNSUPPORTED_CONTENT_ENCODING"),
            (whole, "gzip, br", 415, "UNSUPPORTED_CONTENT_ENCODING"),
        ):
            headers = {**JSON, "content-encoding": coding}
            response = await client.post("/graphql", content=body, headers=headers)
            assert response.status_code == status
            assert response.json()["errors"][0]["extensions"]["code"] == code
            if status == 415:
                assert response.headers["accept-encoding"] == "gzip, br, zstd, deflate"
