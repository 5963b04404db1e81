"""The GraphQL endpoint over HTTP, as a raw ASGI app: no request or response objects on the hot path."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Final

from starlette.types import Receive, Scope, Send

from router.engine.batch import answer_batch
from router.engine.pipeline import Answer, Pipeline
from router.errors import ClientError
from router.protocols.batch import is_batch, read_batch
from router.protocols.graphql_http import (
    MethodNotAllowedError,
    ResponseType,
    error_json,
    read_request,
    response_status,
    response_type,
)

WATCH_AFTER_S: Final = 0.05
"""Requests that are answered sooner are not worth a task that waits for the client to leave."""


class BodyTooLargeError(ClientError):
    """The body is larger than ``limits.http_max_request_bytes``; it was not read to its end."""

    code = "PAYLOAD_TOO_LARGE"
    status = 413


class ClientLeftError(Exception):
    """The connection closed before the request was complete; nobody is there to be answered."""


class GraphQLEndpoint:
    """Reads a request, has it answered, sends the answer.

    Cost: beside the pipeline, one dict of headers and one timer.
    """

    def __init__(self, pipeline: Pipeline, max_body_bytes: int, max_batch_requests: int = 0) -> None:
        self._max_batch_requests = max_batch_requests
        self._pipeline = pipeline
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        headers = join_headers(scope["headers"])
        media_type = ResponseType.JSON
        method = scope["method"]
        try:
            media_type = response_type(headers.get(b"accept"))
            caller = self._pipeline.admit(headers)
            body = await self._body(receive, headers) if method == "POST" else b""
            answering: Awaitable[Answer]
            if self._max_batch_requests and is_batch(body):
                entries = read_batch(headers, body, self._max_batch_requests)
                answering = answer_batch(self._pipeline, entries, caller)
            else:
                request = read_request(method, headers, scope["query_string"], body)
                answering = self._pipeline.answer(request, caller, allows_mutations=method == "POST")
            watch = _DisconnectWatch(receive)
            try:
                answer = await answering
            except asyncio.CancelledError:
                if watch.has_left:
                    return
                raise
            finally:
                watch.stop()
        except ClientLeftError:
            return
        except ClientError as error:
            answer = Answer(error_json(error), error.status, is_well_formed=False, error=error)
        await _send(send, answer, media_type, method)

    async def _body(self, receive: Receive, headers: dict[bytes, bytes]) -> bytes:
        limit = self._max_body_bytes
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            raise BodyTooLargeError(f"The body is larger than {limit} bytes.")
        chunks: list[bytes] = []
        received_bytes = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientLeftError
            chunk = message.get("body", b"")
            received_bytes += len(chunk)
            if received_bytes > limit:
                raise BodyTooLargeError(f"The body is larger than {limit} bytes.")
            if not message.get("more_body", False):
                return b"".join((*chunks, chunk)) if chunks else chunk
            chunks.append(chunk)


def join_headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Give headers by name; values of a name sent twice are joined (RFC 9110, section 5.3)."""
    headers: dict[bytes, bytes] = {}
    for name, value in pairs:
        if name in headers:
            headers[name] += (b"; " if name == b"cookie" else b", ") + value
        else:
            headers[name] = value
    return headers


async def _send(send: Send, answer: Answer, media_type: ResponseType, method: str) -> None:
    headers = [
        (b"content-type", media_type.value),
        (b"content-length", b"%d" % len(answer.body)),
    ]
    if method == "GET":
        headers += [(b"cache-control", b"no-store"), (b"vary", b"accept")]
    if isinstance(answer.error, MethodNotAllowedError):
        headers.append((b"allow", answer.error.allow))
    if answer.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    status = response_status(media_type, answer.status, is_well_formed=answer.is_well_formed)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})


class _DisconnectWatch:
    """Cancels the current task when the client leaves, from `WATCH_AFTER_S` on."""

    def __init__(self, receive: Receive) -> None:
        self.has_left = False
        self._receive = receive
        self._answering = asyncio.current_task()
        self._watching: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(WATCH_AFTER_S, self._start)

    def stop(self) -> None:
        self._timer.cancel()
        if self._watching is not None:
            self._watching.cancel()

    def _start(self) -> None:
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.has_left = True
        if self._answering is not None:
            self._answering.cancel()
