"""What the payload of ``connection_init`` says as headers: browsers cannot set any on a WebSocket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

Headers = dict[bytes, bytes]

_NAME: Final = re.compile(r"[a-z0-9!#$%&'*+.^`|~-]+", re.ASCII)
"""Header names without ``_``: some servers take ``x_user`` for ``x-user``, and rules know the one only."""

_OF_PROXIES: Final = re.compile(rb"forwarded|x-forwarded-.*|x-real-ip|x-client-ip|true-client-ip|via|cf-.*")
_OF_THE_HANDSHAKE: Final = frozenset({b"host", b"origin", b"cookie", b"connection", b"upgrade"})


def headers_of(payload: Mapping[str, Any]) -> Headers:
    """Give the payload's headers.

    Shapes: ``{"authorization": "Bearer …", "headers": {"x-name": "value"}}``; texts at the top and under
    ``headers`` count, in any case; anything else is left out, and so are headers that proxies or browsers set.
    """
    inner = payload.get("headers")
    named = {**(inner if isinstance(inner, dict) else {}), **payload}
    return {
        name.encode(): value.encode()
        for name, value in ((name.lower(), value) for name, value in named.items())
        if isinstance(value, str)
        and value.isprintable()
        and _NAME.fullmatch(name)
        and _is_free(name.encode())
    }


def _is_free(name: bytes) -> bool:
    return name not in _OF_THE_HANDSHAKE and not _OF_PROXIES.fullmatch(name)


def with_payload(headers: Mapping[bytes, bytes], payload: Mapping[str, Any]) -> Headers:
    """Give a socket's headers: those of its handshake, and those of the payload that it lacks.

    A proxy may have set or cleared a header of the handshake; the payload went past it.  Only ``authorization``
    counts from the payload first: what a client says of itself there is what it means.
    """
    said = headers_of(payload)
    merged = {**said, **headers}
    if b"authorization" in said:
        merged[b"authorization"] = said[b"authorization"]
    return merged
