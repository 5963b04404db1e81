"""The GraphQL endpoint over HTTP, as a raw ASGI app: no request or response objects on the hot path."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from typing import Final

from starlette.types import Receive, Scope, Send

from router.engine.batch import answer_batch
from router.engine.pipeline import Answer, Pipeline, check_method
from router.errors import ClientError
from router.language.operation import OperationKind
from router.protocols.batch import is_batch, read_batch
from router.protocols.graphql_http import (
    ResponseType,
    error_json,
    read_request,
    response_status,
    response_type,
)
from router.protocols.result_stream import (
    EVENT_STREAM,
    MULTIPART_STREAM,
    ResultStream,
    accepted_stream,
    accepts_json,
)
from router.server.compression import AnswerCompression
from router.server.http_streams import HttpStream
from router.server.options import ServerOptions
from router.server.request_body import ClientLeftError, read_body

WATCH_AFTER_S: Final = 0.05
"""Requests that are answered sooner are not worth a task that waits for the client to leave."""


class GraphQLEndpoint:
    """Reads a request, has it answered, sends the answer.

    Cost: beside the pipeline, one dict of headers and one timer.
    """

    def __init__(self, pipeline: Pipeline, options: ServerOptions) -> None:
        self._pipeline = pipeline
        self._max_batch_requests = options.max_batch_requests
        self._max_body_bytes = options.max_body_bytes
        self._compression: AnswerCompression | None = None
        if options.min_compressed_bytes is not None:
            self._compression = AnswerCompression(options.min_compressed_bytes)
        self._heartbeats_s = {
            EVENT_STREAM.content_type: options.sse_heartbeat_s,
            MULTIPART_STREAM.content_type: options.multipart_heartbeat_s,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        headers = join_headers(scope["headers"])
        stream = accepted_stream(headers.get(b"accept"))
        if stream is not None:
            await self._stream(stream, headers, scope, receive, send)
            return
        media_type = ResponseType.JSON
        method = scope["method"]
        try:
            media_type = response_type(headers.get(b"accept"))
            if self._compression is not None:
                self._compression.check(headers.get(b"accept-encoding"))
            caller = await self._pipeline.admit(headers)
            body = await read_body(receive, headers, self._max_body_bytes) if method == "POST" else b""
            answering: Awaitable[Answer]
            if self._max_batch_requests and is_batch(body):
                entries = read_batch(headers, body, self._max_batch_requests)
                answering = answer_batch(self._pipeline, entries, caller)
            else:
                request = read_request(method, headers, scope["query_string"], body)
                answering = self._pipeline.answer(request, caller, allows_mutations=method == "POST")
            answer = await _unless_left(answering, receive)
        except ClientLeftError:
            return
        except ClientError as error:
            answer = Answer(error_json(error), error.status, is_well_formed=False, error=error)
        await self._send(send, answer, media_type, method, headers)

    async def _stream(
        self,
        stream: ResultStream,
        headers: dict[bytes, bytes],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Answer a client that takes results that go on; a query's, too, if it takes nothing else."""
        accept = headers[b"accept"]
        takes_json = accepts_json(accept)
        media_type = response_type(accept) if takes_json else ResponseType.JSON
        method = scope["method"]
        try:
            caller = await self._pipeline.admit(headers)
            body = await read_body(receive, headers, self._max_body_bytes) if method == "POST" else b""
            request = read_request(method, headers, scope["query_string"], body)
            operation = await self._pipeline.open(request, caller)
            check_method(operation.kind, allows_mutations=method == "POST", allows_subscriptions=True)
            if operation.kind is OperationKind.SUBSCRIPTION or not takes_json:
                heartbeat_s = self._heartbeats_s[stream.content_type]
                await HttpStream(self._pipeline, stream, heartbeat_s, receive, send).serve(operation.results)
                return
            answer = await _unless_left(self._pipeline.answer(request, caller), receive)
        except ClientLeftError:
            return
        except Exception as error:
            answer = self._pipeline.failed(error)
        await self._send(send, answer, media_type, method, headers)

    async def _send(
        self,
        send: Send,
        answer: Answer,
        media_type: ResponseType,
        method: str,
        headers: Mapping[bytes, bytes],
    ) -> None:
        body = answer.body
        answer_headers = [(b"content-type", media_type.value)]
        if self._compression is not None:
            answer_headers.append((b"vary", b"accept-encoding"))
            body, coding = await self._compression.encoded(body, headers.get(b"accept-encoding"))
            if coding is not None:
                answer_headers.append((b"content-encoding", coding))
        answer_headers.append((b"content-length", b"%d" % len(body)))
        answer_headers += _headers_of(answer, method)
        status = response_status(media_type, answer.status, is_well_formed=answer.is_well_formed)
        await send({"type": "http.response.start", "status": status, "headers": answer_headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


def join_headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Give headers by name; values of a name sent twice are joined (RFC 9110, section 5.3)."""
    headers: dict[bytes, bytes] = {}
    for name, value in pairs:
        if name in headers:
            headers[name] += (b"; " if name == b"cookie" else b", ") + value
        else:
            headers[name] = value
    return headers


def _headers_of(answer: Answer, method: str) -> list[tuple[bytes, bytes]]:
    headers: list[tuple[bytes, bytes]] = []
    if method == "GET":
        headers += [(b"cache-control", b"no-store"), (b"vary", b"accept")]
    if isinstance(answer.error, ClientError):
        headers += answer.error.headers
    return headers


async def _unless_left(answering: Awaitable[Answer], receive: Receive) -> Answer:
    """Give the answer.  Raises: ClientLeftError when nobody waits for it any more; it is not worked out then."""
    watch = _DisconnectWatch(receive)
    try:
        return await answering
    except asyncio.CancelledError:
        if watch.has_left:
            raise ClientLeftError from None
        raise
    finally:
        watch.stop()


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
