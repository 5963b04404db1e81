"""The GraphQL endpoint over HTTP, as a raw ASGI app: no request or response objects on the hot path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace

from starlette.types import Receive, Scope, Send

from router.engine.admission import Caller
from router.engine.answer import Answer, check_method
from router.engine.batch import answer_batch
from router.engine.pipeline import Pipeline
from router.errors import ClientError
from router.language.operation import OperationKind
from router.protocols.batch import is_batch, read_batch
from router.protocols.graphql_http import read_request, response_type
from router.protocols.result_stream import (
    EVENT_STREAM,
    MULTIPART_STREAM,
    ResultStream,
    accepted_stream,
    accepts_json,
)
from router.server.answering import AnswerSender, Asked
from router.server.disconnect import unless_left
from router.server.http_streams import HttpStream, send_at_once
from router.server.opening import open_in_turn
from router.server.options import ServerOptions
from router.server.overload import ConcurrencyLimit
from router.server.request_body import ClientLeftError, read_body
from router.server.traffic import Traffic
from router.server.uploads import Uploads, is_form
from router.telemetry.request_context import begin_request


class GraphQLEndpoint:
    """Reads a request, has it answered, sends the answer.

    Cost: beside the pipeline, one dict of headers and one timer.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        options: ServerOptions,
        limit: ConcurrencyLimit | None = None,
        traffic: Traffic | None = None,
    ) -> None:
        """Let ``traffic`` tell streams when the server ends."""
        self._limit = limit
        self._traffic = traffic or Traffic()
        self._pipeline = pipeline
        self._max_batch_requests = options.max_batch_requests
        self._max_body_bytes = options.max_body_bytes
        self._uploads = Uploads(pipeline, options.uploads, options.max_body_bytes, options.max_batch_requests)
        self._sender = AnswerSender(options.min_compressed_bytes)
        self._heartbeats_s = {
            EVENT_STREAM.content_type: options.sse_heartbeat_s,
            MULTIPART_STREAM.content_type: options.multipart_heartbeat_s,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        headers = join_headers(scope["headers"])
        method = scope["method"]
        asked = Asked(method, headers, begin_request(headers))
        stream = accepted_stream(headers.get(b"accept"))
        if stream is not None and not (method == "POST" and is_form(headers)):  # files: JSON is the answer
            await self._stream(stream, asked, scope, receive, send)
            return
        try:
            asked.media_type = response_type(headers.get(b"accept"))
            self._sender.check(headers)
            caller = await self._pipeline.admit(headers, None, peer_of(scope))
            if method == "POST" and is_form(headers):
                answer = await self._in_turn(
                    lambda waited_s: self._uploads.answer(receive, headers, caller, waited_s)
                )
            else:
                body = await read_body(receive, headers, self._max_body_bytes) if method == "POST" else b""
                answer = await unless_left(self._answering(scope, headers, body, caller), receive)
        except ClientLeftError:
            return
        except ClientError as error:
            answer = replace(self._pipeline.failed(error), is_well_formed=False)
        except Exception as error:
            # A bug before or around the pipeline, which answers for its own.
            answer = self._pipeline.failed(error)
        await self._sender.send(send, answer, asked)

    async def _stream(
        self, stream: ResultStream, asked: Asked, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a client that takes results that go on; a query's, too, if it takes nothing else."""
        headers, method = asked.headers, asked.method
        accept = headers[b"accept"]
        takes_json = accepts_json(accept)
        request = None
        if takes_json:
            asked.media_type = response_type(accept)
        try:
            caller = await self._pipeline.admit(headers, None, peer_of(scope))
            body = await read_body(receive, headers, self._max_body_bytes) if method == "POST" else b""
            if takes_json and self._max_batch_requests and is_batch(body):
                batch = await unless_left(self._answering(scope, headers, body, caller), receive)
                await self._sender.send(send, batch, asked)
                return
            request = read_request(method, headers, scope["query_string"], body)
            operation = await unless_left(open_in_turn(self._pipeline, self._limit, request, caller), receive)
            check_method(operation.kind, allows_mutations=method == "POST", allows_subscriptions=True)
            if operation.kind is OperationKind.SUBSCRIPTION or not takes_json:
                heartbeat_s = self._heartbeats_s[stream.content_type]
                going = HttpStream(self._pipeline, stream, heartbeat_s, receive, send)
                if operation.kind is not OperationKind.SUBSCRIPTION:
                    await going.serve(operation.results, caller)
                    return
                with self._traffic.holding(going):
                    await going.serve(operation.results, caller)
                return
            again = self._in_turn(
                lambda waited_s: self._pipeline.answer(request, caller, is_charged=True, waited_s=waited_s)
            )
            answer = await unless_left(again, receive)
        except ClientLeftError:
            return
        except Exception as error:
            answer = replace(self._pipeline.failed(error), is_well_formed=request is not None)
            if not takes_json and answer.is_well_formed and answer.status == 400:
                # Only a stream can tell such a client why: it does not read a JSON response of status 200.
                await send_at_once(stream, answer.body, send)
                return
        await self._sender.send(send, answer, asked)

    def _answering(
        self, scope: Scope, headers: Mapping[bytes, bytes], body: bytes, caller: Caller
    ) -> Awaitable[Answer]:
        """Read what is asked, and give its answer to wait for.  Raises: ClientError."""
        if self._max_batch_requests and is_batch(body):
            entries = read_batch(headers, body, self._max_batch_requests)
            return self._in_turn(lambda waited_s: answer_batch(self._pipeline, entries, caller, waited_s))
        method = scope["method"]
        request = read_request(method, headers, scope["query_string"], body)
        return self._in_turn(
            lambda waited_s: self._pipeline.answer(
                request, caller, allows_mutations=method == "POST", waited_s=waited_s
            )
        )

    def _in_turn(self, answer: Callable[[float], Awaitable[Answer]]) -> Awaitable[Answer]:
        """Answer when it is this request's turn: at once, where there is no limit."""
        return answer(0.0) if self._limit is None else self._limit.run(answer)


def peer_of(scope: Scope) -> str:
    """Give the address that a connection comes from; empty for a Unix socket."""
    client = scope.get("client")
    return client[0] if client else ""


def join_headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Give headers by name; values of a name sent twice are joined (RFC 9110, section 5.3)."""
    headers: dict[bytes, bytes] = {}
    for name, value in pairs:
        if name in headers:
            headers[name] += (b"; " if name == b"cookie" else b", ") + value
        else:
            headers[name] = value
    return headers
