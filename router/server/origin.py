"""Which pages may open a WebSocket: no preflight guards one, and cookies travel with it."""

from __future__ import annotations

from collections.abc import Mapping

from router.server.cors import CorsPolicy, policy_for


def may_open_socket(headers: Mapping[bytes, bytes], cors: tuple[CorsPolicy, ...]) -> bool:
    """Let in who is no page, pages of this very host, and those that a CORS policy names."""
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin:
        return True
    host = headers.get(b"host", b"").decode("latin-1")
    return origin.partition("://")[2] == host or policy_for(cors, origin) is not None
