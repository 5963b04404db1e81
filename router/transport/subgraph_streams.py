"""Subscriptions at subgraphs, each over the transport that the operator chose for it."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from typing import Final, TypeAlias

from router.protocols import graphql_transport_ws_client, subscriptions_transport_ws_client
from router.transport.base import SourceStream, SubgraphStream, SubscriptionRequest
from router.transport.options import (
    HttpStreamOptions,
    StreamChoice,
    StreamOptions,
    StreamProtocol,
    WebSocketOptions,
)
from router.transport.request_head import at_path
from router.transport.tls import TlsFiles, tls_context
from router.transport.websocket import WebSocketStream

_Kind: TypeAlias = tuple[StreamProtocol, float | None, TlsFiles | None]

MISSED_HEARTBEATS: Final = 3
"""A stream over HTTP that is silent for so many of them is broken."""


class SubgraphStreams:
    """A `router.transport.base.SubgraphStream` that knows which one each subgraph wants."""

    def __init__(self, options: StreamOptions | None = None) -> None:
        self._options = options or StreamOptions()
        choices = (self._options.all, *self._options.subgraphs.values())
        kinds = {_kind(choice) for choice in choices}
        self._streams: dict[_Kind, SubgraphStream] = {kind: _made(*kind) for kind in kinds}

    def subscribe(self, request: SubscriptionRequest) -> SourceStream:
        """See `router.transport.base.SubgraphStream.subscribe`."""
        choice = self._options.subgraphs.get(request.subgraph, self._options.all)
        if choice.path is not None:
            request = replace(request, url=at_path(request.url, choice.path))
        return self._streams[_kind(choice)].subscribe(request)

    async def close(self) -> None:
        """Ends every stream with an error and closes every connection."""
        await asyncio.gather(*(stream.close() for stream in self._streams.values()))


def _kind(choice: StreamChoice) -> _Kind:
    return choice.protocol, choice.heartbeat_s, choice.tls


def _made(protocol: StreamProtocol, heartbeat_s: float | None, tls: TlsFiles | None) -> SubgraphStream:
    context = None if tls is None else tls_context(tls)
    if protocol in (StreamProtocol.SSE, StreamProtocol.MULTIPART):
        return _over_http(protocol, heartbeat_s, context)
    options = WebSocketOptions(ssl_context=context)
    if heartbeat_s is not None:
        options = replace(options, ping_s=heartbeat_s)
    if protocol is StreamProtocol.GRAPHQL_WS:
        return WebSocketStream(options, subscriptions_transport_ws_client)
    return WebSocketStream(options, graphql_transport_ws_client)


def _over_http(
    protocol: StreamProtocol, heartbeat_s: float | None, context: ssl.SSLContext | None
) -> SubgraphStream:
    # httpx costs a start time that only those who stream over HTTP pay.
    from router.transport import http_stream  # noqa: PLC0415

    format_ = http_stream.SERVER_SENT_EVENTS if protocol is StreamProtocol.SSE else http_stream.MULTIPART
    idle_s = None if heartbeat_s is None else heartbeat_s * MISSED_HEARTBEATS
    return http_stream.HttpStreams(format_, HttpStreamOptions(idle_s=idle_s, ssl_context=context))
