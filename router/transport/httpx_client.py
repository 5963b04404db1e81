"""Subgraphs through any httpx transport: ASGI apps in process, mocks, transports of the operator.

Not for the hot path: httpx's own objects cost some 200 us a request.  The transport is called
directly and not through ``httpx.AsyncClient``, so there is no cookie jar, no redirect, no
environment and no decoder without a cap.  Do not give it httpx 0.28's ``AsyncHTTPTransport`` under
load: cancellation poisons its pool for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from router.errors import (
    SubgraphError,
    SubgraphInvalidResponseError,
    SubgraphResponseTooLargeError,
)
from router.protocols.content_coding import BodyDecoder, Compressor, NotDecodable, TooLarge
from router.transport.base import SubgraphRequest, SubgraphResponse
from router.transport.httpx_failure import httpx_failure
from router.transport.options import HttpOptions
from router.transport.request_head import ACCEPT, USER_AGENT, forwardable


class HttpxClient:
    """A `router.transport.base.SubgraphClient` over one httpx transport."""

    def __init__(self, transport: httpx.AsyncBaseTransport, options: HttpOptions | None = None) -> None:
        self._transport = transport
        self._options = options or HttpOptions()

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """The complete response.  See `router.transport.base.SubgraphClient.send`."""
        subgraph = request.subgraph
        codings = self._options.codings
        headers = [
            (b"user-agent", USER_AGENT),
            (b"accept", ACCEPT),
            (b"content-type", b"application/json"),
            (b"accept-encoding", codings.accept_encoding or b"identity"),
            *forwardable(subgraph, request.headers),
            *request.trace,
        ]
        body = request.body
        coding = codings.content_encoding
        if coding is not None:
            headers.append((b"content-encoding", coding))
            body = Compressor().compress(coding, body)
        try:
            async with asyncio.timeout(request.timeout_s):
                return await self._exchange(request, headers, body)
        except SubgraphError:
            raise
        except TooLarge:
            limit = self._options.max_response_bytes
            raise SubgraphResponseTooLargeError(subgraph, f"the body passes {limit} bytes") from None
        except NotDecodable as error:
            raise SubgraphInvalidResponseError(subgraph, str(error)) from None
        except Exception as error:  # any transport may raise anything; callers know SubgraphError only
            raise httpx_failure(subgraph, request.url, error, request.timeout_s) from error

    async def close(self) -> None:
        """Closes the transport."""
        await self._transport.aclose()

    async def _exchange(
        self, request: SubgraphRequest, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> SubgraphResponse:
        timeout_s = request.timeout_s
        connect_s = min(self._options.connect_timeout_s, timeout_s)
        phases = {"connect": connect_s, "pool": timeout_s, "read": timeout_s, "write": timeout_s}
        response = await self._transport.handle_async_request(
            httpx.Request(
                "POST",
                request.url,
                headers=headers,
                content=body,
                extensions={"timeout": phases},
            )
        )
        try:
            answer = await self._read(response)
        finally:
            await response.aclose()
        raw = tuple((name.lower(), value) for name, value in response.headers.raw)
        return SubgraphResponse(response.status_code, raw, answer)

    async def _read(self, response: httpx.Response) -> bytes:
        limit = self._options.max_response_bytes
        encoding = response.headers.get("content-encoding", "identity").encode("latin-1")
        decoder = None if encoding in (b"", b"identity") else BodyDecoder(encoding, limit)
        chunks: list[bytes] = []
        received_bytes = 0
        stream = response.stream  # not aiter_raw(): that refuses a body its transport already read
        if not isinstance(stream, httpx.AsyncByteStream):
            raise TypeError("an async httpx transport must answer with an async stream")
        async for chunk in stream:
            plain = chunk if decoder is None else decoder.feed(chunk)
            received_bytes += len(plain)
            if received_bytes > limit:
                raise TooLarge
            chunks.append(plain)
        if decoder is not None:
            decoder.finish()
        return b"".join(chunks)


def in_process(app: Callable[..., Awaitable[None]]) -> HttpxClient:
    """A client of an ASGI app in this process; no socket is opened.  An app that raises is a lost connection."""
    return HttpxClient(httpx.ASGITransport(app=app))
