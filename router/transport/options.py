"""What the operator may set about talking to subgraphs; ``config`` fills these."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from router.transport.tls import TlsFiles


@dataclass(frozen=True, slots=True)
class Codings:
    """How bodies travel between the router and one subgraph."""

    content_encoding: bytes | None = None
    """What requests are compressed with, whatever their size; None: nothing."""
    accept_encoding: bytes = b""
    """What answers may be compressed with; empty: nothing is asked for.  Whatever comes is understood."""


PLAIN: Final = Codings()
"""Compressing costs more CPU than it saves on a fast network."""


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """Of `router.transport.http.HttpClient`."""

    max_connections: int = 128
    """Per origin; further requests wait in order of arrival."""
    connect_timeout_s: float = 5.0
    """For name resolution, TCP and TLS together."""
    idle_s: float = 4.0
    """An unused connection is closed after this; below the 5 s after which uvicorn closes its side."""
    max_response_bytes: int = 64 * 1024 * 1024
    """Of one body, decompressed."""
    max_head_bytes: int = 64 * 1024
    """Of status line and headers together."""
    max_age_s: float | None = 300.0
    """A connection is used no longer than this, give or take a tenth; None: for ever.  So names are resolved again, and
    load balancers get their chance."""
    codings: Codings = PLAIN
    tls: TlsFiles | None = None
    """For ``https`` URLs; None: the system's certificate authorities."""
    ssl_context: ssl.SSLContext | None = None
    """In place of ``tls``, ready made."""


@dataclass(frozen=True, slots=True)
class WebSocketOptions:
    """Of `router.transport.websocket.WebSocketStream`."""

    connect_timeout_s: float = 5.0
    ack_timeout_s: float = 10.0
    """From ``connection_init`` to ``connection_ack``."""
    ping_s: float = 10.0
    """Between two ``ping`` messages, and between two control pings."""
    close_timeout_s: float = 1.0
    max_message_bytes: int = 16 * 1024 * 1024
    max_pending_events: int = 1000
    """Per subscription; a consumer that falls further behind loses the subscription."""
    ssl_context: ssl.SSLContext | None = None


class StreamProtocol(Enum):
    """What subscriptions at a subgraph are spoken in; those over a WebSocket are named by its sub-protocol."""

    GRAPHQL_TRANSPORT_WS = "graphql-transport-ws"
    GRAPHQL_WS = "graphql-ws"
    """The legacy protocol of the library subscriptions-transport-ws."""
    SSE = "sse"
    MULTIPART = "multipart"


@dataclass(frozen=True, slots=True)
class StreamChoice:
    """How one subgraph is asked for subscriptions."""

    protocol: StreamProtocol = StreamProtocol.GRAPHQL_TRANSPORT_WS
    path: str | None = None
    """Instead of the routing URL's."""
    heartbeat_s: float | None = None
    """Over a WebSocket: between the router's pings, 10 s if None.  Over HTTP: between the subgraph's heartbeats; a
    stream that misses three of them is broken, and None waits for ever."""
    tls: TlsFiles | None = None
    """For ``https`` and ``wss`` URLs; None: the system's certificate authorities."""


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """Of `router.transport.subgraph_streams.SubgraphStreams`."""

    all: StreamChoice = StreamChoice()
    subgraphs: Mapping[str, StreamChoice] = field(default_factory=dict)
    """By subgraph name; instead of ``all``."""


@dataclass(frozen=True, slots=True)
class HttpStreamOptions:
    """Of `router.transport.http_stream.HttpStreams`."""

    connect_timeout_s: float = 5.0
    open_timeout_s: float = 30.0
    """From the first byte sent to the head of the answer, connecting included."""
    idle_s: float | None = None
    """A stream that is silent for so long, heartbeats included, is broken; None: it may be silent for ever."""
    max_message_bytes: int = 16 * 1024 * 1024
    """Of one event or part."""
    max_pending_events: int = 1000
    """Per subscription; a subgraph that is further ahead of the reader has to wait."""
    ssl_context: ssl.SSLContext | None = None
