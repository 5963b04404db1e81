"""Subscriptions at subgraphs over WebSockets: graphql-transport-ws, or the legacy protocol.

Subscriptions with the same URL, headers and init payload share one socket, so no caller's events
travel on a socket opened with another caller's credentials.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TypeAlias

from router.errors import SubgraphSubscriptionEndedError
from router.protocols import graphql_transport_ws_client
from router.transport.base import Headers, Json, SubscriptionRequest
from router.transport.event_queue import EventQueue
from router.transport.options import WebSocketOptions
from router.transport.websocket_session import ClientProtocol, WebSocketSession

_Key: TypeAlias = tuple[str, str, Headers, bytes | None]


class WebSocketStream:
    """A `router.transport.base.SubgraphStream`."""

    def __init__(
        self, options: WebSocketOptions | None = None, protocol: ClientProtocol = graphql_transport_ws_client
    ) -> None:
        self._protocol = protocol
        self._options = options or WebSocketOptions()
        self._sessions: dict[_Key, WebSocketSession] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def subscribe(self, request: SubscriptionRequest) -> Subscription:
        """See `router.transport.base.SubgraphStream.subscribe`."""
        return Subscription(self, request, EventQueue(self._options.max_pending_events))

    async def close(self) -> None:
        """Ends every subscription with an error and every socket politely, within its close timeout."""
        self._is_closed = True
        for session in list(self._sessions.values()):
            session.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def session(self, request: SubscriptionRequest) -> WebSocketSession:
        """The socket for a request, new if there is none or the old one is closing.

        Raises: SubgraphSubscriptionEndedError after `close`.
        """
        if self._is_closed:
            raise SubgraphSubscriptionEndedError(request.subgraph, "the router closed its client")
        key = (request.subgraph, request.url, request.headers, request.init_payload)
        session = self._sessions.get(key)
        if session is None or not session.is_joinable:
            session = self._open(key, request)
        return session

    def _open(self, key: _Key, request: SubscriptionRequest) -> WebSocketSession:
        def forget() -> None:
            if self._sessions.get(key) is session:
                del self._sessions[key]

        session = WebSocketSession(request, self._protocol, self._options, forget)
        self._sessions[key] = session
        self._tasks.add(session.task)
        session.task.add_done_callback(self._tasks.discard)
        return session


class Subscription:
    """A `router.transport.base.SourceStream` on a shared socket."""

    __slots__ = ("_events", "_id", "_is_closed", "_request", "_session", "_streams")

    def __init__(self, streams: WebSocketStream, request: SubscriptionRequest, events: EventQueue) -> None:
        self._streams = streams
        self._request = request
        self._events = events
        self._session: WebSocketSession | None = None
        self._id = ""
        self._is_closed = False

    @property
    def was_open(self) -> bool:
        """See `router.transport.base.SourceStream`."""
        return self._session is not None and self._session.was_acknowledged

    def __aiter__(self) -> AsyncIterator[Json]:
        return self

    async def __anext__(self) -> Json:
        """See `router.transport.base.SourceStream`.  Cancelling it loses no event."""
        if self._session is None and not self._is_closed:
            self._session = self._streams.session(self._request)
            self._id = self._session.join(self._request.body, self._events)
        return await self._events.get()

    async def aclose(self) -> None:
        """Sends ``complete``; a reader that waits sees the end."""
        self._is_closed = True
        self._events.clear()
        if self._session is not None:
            self._session.leave(self._id)
