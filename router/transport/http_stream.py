"""Subscriptions at subgraphs over one HTTP response each: server-sent events, and Apollo's multipart.

Each has a connection of its own: no pool, no cookies, no redirects, no proxy out of the environment, so nothing of
one caller reaches another, and a stream that breaks takes nothing with it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import httpx

from router.errors import (
    SubgraphError,
    SubgraphHttpStatusError,
    SubgraphInvalidResponseError,
    SubgraphResponseTooLargeError,
    SubgraphSubscriptionEndedError,
)
from router.protocols.graphql_transport_ws_client import MalformedMessage
from router.protocols.result_stream_client import (
    Complete,
    EventStreamReader,
    MessageTooLarge,
    MultipartReader,
    Next,
    ResultReader,
    StreamMessage,
)
from router.transport.base import Json, SubgraphResponse, SubscriptionRequest, read_result
from router.transport.event_queue import EventQueue
from router.transport.httpx_failure import httpx_failure
from router.transport.options import HttpStreamOptions
from router.transport.request_head import USER_AGENT, Address, forwardable, read_url

# A peer whose host is gone says nothing: 30 s of silence, then three probes.
_KEEP_ALIVE: Final = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
        if hasattr(socket, name)
    ),
]


@dataclass(frozen=True, slots=True)
class StreamFormat:
    """How results are written into one response."""

    media_type: str
    accept: bytes
    reader: Callable[[str, int], ResultReader]
    """Of a response's content type, and the most bytes that one message may have."""


SERVER_SENT_EVENTS: Final = StreamFormat(
    "text/event-stream",
    b"text/event-stream, application/json",
    lambda _, max_bytes: EventStreamReader(max_bytes),
)
MULTIPART: Final = StreamFormat(
    "multipart/mixed", b'multipart/mixed;subscriptionSpec="1.0", application/json', MultipartReader
)


class HttpStreams:
    """A `router.transport.base.SubgraphStream`."""

    def __init__(self, format_: StreamFormat, options: HttpStreamOptions | None = None) -> None:
        self.format = format_
        self.options = options or HttpStreamOptions()
        self._open: set[HttpSubscription] = set()
        self._is_closed = False

    def subscribe(self, request: SubscriptionRequest) -> HttpSubscription:
        """See `router.transport.base.SubgraphStream.subscribe`."""
        return HttpSubscription(self, request)

    async def close(self) -> None:
        """Ends every subscription with an error and closes its connection."""
        self._is_closed = True
        tasks = [one.break_off() for one in self._open]
        await asyncio.gather(*tasks, return_exceptions=True)

    def start(self, subscription: HttpSubscription) -> asyncio.Task[None]:
        """Give the task that reads, known to `close` while it runs.

        Raises: SubgraphSubscriptionEndedError after `close`.
        """
        if self._is_closed:
            raise SubgraphSubscriptionEndedError(subscription.subgraph, "the router closed its client")
        self._open.add(subscription)
        task = asyncio.get_running_loop().create_task(subscription.relay())
        task.add_done_callback(lambda _: self._open.discard(subscription))
        return task

    def transport(self, address: Address) -> httpx.AsyncHTTPTransport:
        """Give a transport with one connection, for one request."""
        origin = address.origin
        return httpx.AsyncHTTPTransport(
            verify=self._tls if origin.is_tls else _NO_TLS,
            trust_env=False,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
            uds=origin.unix_path,
            socket_options=None if origin.unix_path is not None else _KEEP_ALIVE,
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self.options.ssl_context or ssl.create_default_context()


_NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For connections that have none; given so that httpx does not read the certificate authorities for each."""


class HttpSubscription:
    """A `router.transport.base.SourceStream` on a response of its own.

    Back-pressure: a reader that is slow slows the subgraph down, through TCP.
    """

    def __init__(self, streams: HttpStreams, request: SubscriptionRequest) -> None:
        self.subgraph = request.subgraph
        self._streams = streams
        self._options = streams.options
        self._request = request
        self._events = EventQueue(streams.options.max_pending_events)
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False
        self._was_open = False

    @property
    def was_open(self) -> bool:
        """See `router.transport.base.SourceStream`."""
        return self._was_open

    def __aiter__(self) -> AsyncIterator[Json]:
        return self

    async def __anext__(self) -> Json:
        """See `router.transport.base.SourceStream`.  Cancelling it loses no event."""
        if self._task is None and not self._is_closed:
            self._task = self._streams.start(self)
        return await self._events.get()

    async def aclose(self) -> None:
        """Closes the connection, which is how a subgraph is told to stop; a reader that waits sees the end."""
        self._is_closed = True
        self._events.clear()
        if self._task is not None:
            self._task.cancel()

    def break_off(self) -> asyncio.Task[None]:
        """End with an error; give the task to wait for."""
        self._events.end(self._ended("the router closed its client"))
        if self._task is None:
            raise RuntimeError("a subscription that was never started is not open")
        self._task.cancel()
        return self._task

    async def relay(self) -> None:
        """Ask, and put what comes into the queue, until either side ends it."""
        try:
            await self._exchange()
            self._events.end()
        except SubgraphError as error:
            self._events.end(error)
        except MessageTooLarge:
            limit = self._options.max_message_bytes
            self._events.end(
                SubgraphResponseTooLargeError(self.subgraph, f"one message passes {limit} bytes")
            )
        except MalformedMessage as error:
            self._events.end(self._ended(f"the subgraph broke the protocol: {error}"))
        except Exception as error:  # a transport may raise anything; callers know SubgraphError only
            self._events.end(self._failure(error))
        finally:
            self._events.end(self._ended("the router stopped waiting for the subgraph"))  # when cancelled

    async def _exchange(self) -> None:
        subgraph, options = self.subgraph, self._options
        address = read_url(subgraph, self._request.url)
        headers = forwardable(subgraph, self._request.headers)
        async with self._streams.transport(address) as transport:
            async with asyncio.timeout(options.open_timeout_s):
                response = await transport.handle_async_request(self._http_request(address, headers))
            try:
                await self._read(response)
            finally:
                await response.aclose()

    def _http_request(self, address: Address, headers: list[tuple[bytes, bytes]]) -> httpx.Request:
        scheme = "https" if address.origin.is_tls else "http"
        phases: dict[str, Any] = {"connect": self._options.connect_timeout_s}
        return httpx.Request(
            "POST",
            f"{scheme}://{address.authority}{address.path}",
            headers=[
                (b"user-agent", USER_AGENT),
                (b"accept", self._streams.format.accept),
                (b"accept-encoding", b"identity"),
                (b"content-type", b"application/json"),
                *headers,
            ],
            content=self._request.body,
            extensions={"timeout": phases},
        )

    async def _read(self, response: httpx.Response) -> None:
        coding = response.headers.get("content-encoding", "identity")
        if coding not in ("", "identity"):
            raise SubgraphInvalidResponseError(
                self.subgraph, f"{coding}, though nothing compressed was asked for"
            )
        chunks = self._chunks(response)
        content_type: str = response.headers.get("content-type", "")
        media_type = content_type.partition(";")[0].strip().lower()
        if response.is_success and media_type == self._streams.format.media_type:
            self._was_open = True
            await self._read_messages(
                chunks, self._streams.format.reader(content_type, self._options.max_message_bytes)
            )
        else:
            async with asyncio.timeout(self._options.open_timeout_s):
                result = await self._only_result(response, media_type, chunks)
            await self._events.put(result)

    async def _chunks(self, response: httpx.Response) -> AsyncIterator[bytes]:
        stream = response.stream
        if not isinstance(stream, httpx.AsyncByteStream):
            raise TypeError("an async httpx transport must answer with an async stream")
        chunks = aiter(stream)
        while True:
            async with asyncio.timeout(self._options.idle_s):
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            yield chunk

    async def _read_messages(self, chunks: AsyncIterator[bytes], reader: ResultReader) -> None:
        async for chunk in chunks:
            for message in reader.feed(chunk):
                if isinstance(message, Complete):
                    return
                await self._events.put(self._result(message))
        raise self._ended("the response ended without complete")

    def _result(self, message: StreamMessage) -> Json:
        if isinstance(message, Next):
            return message.payload
        first = message.errors[0] if not isinstance(message, Complete) else None
        words = first.get("message") if isinstance(first, dict) else first
        raise self._ended(f"the subgraph broke off: {words}")

    async def _only_result(
        self, response: httpx.Response, media_type: str, chunks: AsyncIterator[bytes]
    ) -> Json:
        """Give the result that a subgraph answers with instead of a stream: why it refused."""
        status = response.status_code
        if status >= 500 or 300 <= status < 400:
            raise SubgraphHttpStatusError(self.subgraph, f"HTTP status {status} instead of a stream", status)
        body = bytearray()
        async for chunk in chunks:
            body += chunk
            if len(body) > self._options.max_message_bytes:
                raise MessageTooLarge
        if response.is_success and not media_type.endswith("json"):
            raise SubgraphInvalidResponseError(
                self.subgraph,
                f"{media_type or 'no content type'} instead of {self._streams.format.media_type}",
            )
        return read_result(self.subgraph, SubgraphResponse(status, (), bytes(body)))

    def _failure(self, error: Exception) -> SubgraphError:
        if not self._was_open:
            return httpx_failure(self.subgraph, self._request.url, error, self._options.open_timeout_s)
        if isinstance(error, TimeoutError):
            return self._ended(f"nothing came for {self._options.idle_s:g} s, not even a heartbeat")
        return self._ended(f"the stream broke: {type(error).__name__}: {error}".rstrip(": "))

    def _ended(self, message: str) -> SubgraphError:
        return SubgraphSubscriptionEndedError(self.subgraph, message)
