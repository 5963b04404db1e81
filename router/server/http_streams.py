"""Results that go on, over one HTTP response: the socket's side of `router.protocols.result_stream`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from starlette.types import Message, Receive, Send

from router.engine.admission import Caller
from router.engine.pipeline import Pipeline
from router.errors import InternalError, RouterError
from router.protocols.result_stream import ResultStream
from router.server.token_expiry import MAX_TIMER_S, SubscriptionTokenExpiredError
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

    async def serve(self, results: AsyncGenerator[bytes], caller: Caller) -> None:
        """Send all results, and how they ended; the caller's token ends them, too."""
        left_s = self._pipeline.seconds_left(caller)
        ends_s = asyncio.get_running_loop().time() + min(
            MAX_TIMER_S if left_s is None else left_s, MAX_TIMER_S
        )
        leaving = asyncio.ensure_future(self._left())
        try:
            await self._begin()
            await self._send_all(results, leaving, ends_s)
        except OSError:
            return  # the connection broke while something was sent
        finally:
            leaving.cancel()
            await results.aclose()

    async def _send_all(
        self, results: AsyncGenerator[bytes], leaving: asyncio.Future[None], ends_s: float
    ) -> None:
        loop = asyncio.get_running_loop()
        coming = asyncio.ensure_future(anext(results))
        try:
            while True:
                either: set[asyncio.Future[Any]] = {coming, leaving}
                ready, _ = await asyncio.wait(
                    either,
                    timeout=min(self._heartbeat_s, max(ends_s - loop.time(), 0.0)),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if leaving in ready:
                    return
                if loop.time() >= ends_s:
                    await self._end(SubscriptionTokenExpiredError("The token has expired."))
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
        await self._asgi_send(_start_of(self._stream))
        await self._send(self._stream.opening)

    async def _send(self, chunk: bytes) -> None:
        await self._asgi_send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


async def send_at_once(stream: ResultStream, result: bytes, send: Send) -> None:
    """Send a whole response of one result: that of an operation that was refused before it ran."""
    await send(_start_of(stream))
    body = stream.opening + stream.next(result) + stream.complete()
    await send({"type": "http.response.body", "body": body})


def _start_of(stream: ResultStream) -> Message:
    headers = [
        (b"content-type", stream.content_type),
        (b"cache-control", b"no-store"),
        (b"vary", b"accept"),
        # nginx and its like would keep events until a buffer is full.
        (b"x-accel-buffering", b"no"),
    ]
    return {"type": "http.response.start", "status": 200, "headers": headers}
