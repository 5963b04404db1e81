"""Results that go on, over one HTTP response: the socket's side of `router.protocols.result_stream`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from starlette.types import Message, Receive, Send

from router.engine.admission import Caller
from router.engine.pipeline import Pipeline
from router.engine.subscription_errors import SubscriptionShutdownError
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
        self._over: asyncio.Future[RouterError | None] = asyncio.get_running_loop().create_future()
        """Why no more results are to be sent; None when there is nobody to be told."""

    def drain(self) -> None:
        """End with a code that says that the server stops: the client goes on elsewhere."""
        self._stop(SubscriptionShutdownError("The router is shutting down; subscribe again."))

    async def serve(self, results: AsyncGenerator[bytes], caller: Caller) -> None:
        """Send all results, and how they ended; the caller's token ends them, too."""
        expiry = self._expiry(caller)
        leaving = asyncio.ensure_future(self._left())
        try:
            await self._begin()
            await self._send_all(results)
        except OSError:
            return  # the connection broke while something was sent
        finally:
            leaving.cancel()
            if expiry is not None:
                expiry.cancel()
            await results.aclose()

    def _stop(self, error: RouterError | None) -> None:
        if not self._over.done():
            self._over.set_result(error)

    def _expiry(self, caller: Caller) -> asyncio.TimerHandle | None:
        left_s = self._pipeline.seconds_left(caller)
        if left_s is None:
            return None
        expired = SubscriptionTokenExpiredError("The token has expired.")
        return asyncio.get_running_loop().call_later(min(left_s, MAX_TIMER_S), self._stop, expired)

    async def _send_all(self, results: AsyncGenerator[bytes]) -> None:
        coming = asyncio.ensure_future(anext(results))
        try:
            while True:
                either: set[asyncio.Future[Any]] = {coming, self._over}
                ready, _ = await asyncio.wait(
                    either, timeout=self._heartbeat_s, return_when=asyncio.FIRST_COMPLETED
                )
                if self._over in ready:
                    if (error := self._over.result()) is not None:
                        await self._end(error)
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
        self._stop(None)


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
