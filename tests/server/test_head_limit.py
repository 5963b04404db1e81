"""The cap on a request's line and headers, over raw sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from router.cli.http_protocol import EdgeLimits
from router.cli.http_server import ServerLimits
from router.cli.listener import listening_socket
from router.cli.serve import edge_server
from router.server.app import create_app
from router.server.options import ServerOptions
from router.server.traffic import Traffic
from tests.engine.sample import Sample

BODY = b'{"query": "{ __typename }"}'


@asynccontextmanager
async def listening(max_bytes: int) -> AsyncIterator[int]:
    traffic = Traffic()
    app = create_app(Sample().engine, ServerOptions(), traffic)
    limits = ServerLimits(EdgeLimits(max_bytes), drain_s=1)
    server = edge_server(app, limits, traffic, lambda: None)
    bound = listening_socket("127.0.0.1", 0)
    port = bound.getsockname()[1]
    running = asyncio.create_task(server.serve([bound]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.stop()
        await running


def request(padding: int, body: bytes = BODY) -> bytes:
    head = (
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nx-padding: {'p' * padding}\r\n\r\n"
    )
    return head.encode() + body


async def asked(port: int, *parts: bytes, answers: int = 1) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.02)
        answer = b""
        async with asyncio.timeout(30):
            while answer.count(b"}}") < answers and (more := await reader.read(4000)):
                answer += more
        return answer
    finally:
        writer.close()


@pytest.mark.parametrize("pieces", [1, 3])
async def test_a_large_head_is_refused_whole_or_in_pieces(pieces: int) -> None:
    async with listening(2000) as port:
        sent = request(3000)
        size = len(sent) // pieces + 1
        answer = await asked(port, *(sent[i : i + size] for i in range(0, len(sent), size)))
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert b"REQUEST_HEADERS_TOO_LARGE" in answer


async def test_headers_without_an_end_are_refused() -> None:
    async with listening(2000) as port:
        line = b"x: " + b"y" * 500 + b"\r\n"
        assert b" 431 " in await asked(port, b"GET / HTTP/1.1\r\n", line, line, line, line)


async def test_a_large_body_does_not_count_and_requests_count_apart() -> None:
    async with listening(2000) as port:
        large = BODY[:-1] + b', "extensions": {"x": "' + b"y" * 3000 + b'"}}'
        for sent in (request(10, large), request(1500)):
            assert b'{"data":{"__typename":"Query"}}' in await asked(port, sent)
        twice = await asked(port, request(1500), request(1500), answers=2)
        assert twice.count(b'{"data":{"__typename":"Query"}}') == 2
