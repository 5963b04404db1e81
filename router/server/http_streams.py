"""Results that go on, over one HTTP response: the socket's side of `router.protocols.result_stream`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from starlette.types import Receive, Send

from router.engine.pipeline import Pipeline
from router.errors import InternalError, RouterError
from router.protocols.result_stream import ResultStream
from router.telemetry.logs import get_log, log_failure

_log = get_log("server")


class HttpStream:
    """One response.

    Invariant: a result is asked for when the one before it was taken by the socket, so a slow reader slows only
    its own operation; and when the client leaves, nothing of it goes on.
    """

    def __init__(
        self, pipeline: Pipeline, stream: ResultStream, heartbeat_s: float, receive: Receive, send: Send
    ) -> None:
        self._pipeline = pipeline
        self._stream = stream
        self._heartbeat_s = heartbeat_s
        self._receive = receive
        self._asgi_send = send

    async def serve(self, results: AsyncGenerator[bytes]) -> None:
        """Send all results, and how they ended."""
        leaving = asyncio.ensure_future(self._left())
        try:
            await self._begin()
            await self._send_all(results, leaving)
        except OSError:
            return  # the connection broke while something was sent
        finally:
            leaving.cancel()
            await results.aclose()

    async def _send_all(self, results: AsyncGenerator[bytes], leaving: asyncio.Future[None]) -> None:
        coming = asyncio.ensure_future(anext(results))
        try:
            while True:
                either: set[asyncio.Future[Any]] = {coming, leaving}
                ready, _ = await asyncio.wait(
                    either, timeout=self._heartbeat_s, return_when=asyncio.FIRST_COMPLETED
                )
                if leaving in ready:
                    return
                if not ready:
                    await self._send(self._stream.heartbeat)
                    continue
                try:
                    result = coming.result()
                except (StopAsyncIteration, Exception) as error:
                    await self._end(error)
                    return
                await self._send(self._stream.next(result))
                coming = asyncio.ensure_future(anext(results))
        finally:
            coming.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration, Exception):
                await coming

    async def _end(self, error: Exception) -> None:
        if isinstance(error, StopAsyncIteration):
            last = self._stream.complete()
        elif isinstance(error, RouterError):
            last = self._stream.broken(self._pipeline.errors_json(error))
        else:
            log_failure(_log, "operation failed", error)
            last = self._stream.broken(self._pipeline.errors_json(InternalError()))
        await self._asgi_send({"type": "http.response.body", "body": last})

    async def _begin(self) -> None:
        headers = [
            (b"content-type", self._stream.content_type),
            (b"cache-control", b"no-store"),
            (b"vary", b"accept"),
            # nginx and its like would keep events until a buffer is full.
            (b"x-accel-buffering", b"no"),
        ]
        await self._asgi_send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send(self._stream.opening)

    async def _send(self, chunk: bytes) -> None:
        await self._asgi_send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
