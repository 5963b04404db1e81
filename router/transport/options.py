"""What the operator may set about talking to subgraphs; ``config`` fills these."""

from __future__ import annotations

import ssl
from dataclasses import dataclass


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
    accepts_gzip: bool = False
    """Costs more CPU than it saves on a fast network."""
    ssl_context: ssl.SSLContext | None = None
    """For ``https`` URLs; None: the system's certificate authorities."""


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
