"""Opening a WebSocket to a subgraph, with every way to fail in the router's words."""

from __future__ import annotations

from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from router.errors import (
    SubgraphHttpStatusError,
    SubgraphInvalidRequestError,
    SubgraphInvalidResponseError,
)
from router.protocols.graphql_transport_ws_client import BAD_RESPONSE
from router.transport.base import Headers, SubscriptionRequest
from router.transport.connect_failure import connect_failure
from router.transport.options import WebSocketOptions
from router.transport.request_head import forwardable


class _Connect(connect):
    """Follows no redirect: the caller's headers are for the routing URL alone."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Never a new address."""
        return exc


async def open_socket(
    request: SubscriptionRequest, subprotocol: str, options: WebSocketOptions
) -> ClientConnection:
    """A socket whose sub-protocol is the one wanted; nothing is sent on it yet.

    Raises: a `router.errors.SubgraphError`.
    """
    subgraph = request.subgraph
    headers = _handshake_headers(subgraph, request.headers)
    url = _websocket_url(request.url)
    try:
        socket = await _Connect(
            url,
            subprotocols=[Subprotocol(subprotocol)],
            additional_headers=headers,
            compression=None,
            proxy=None,
            open_timeout=options.connect_timeout_s,
            ping_interval=options.ping_s,
            ping_timeout=options.ping_s,
            close_timeout=options.close_timeout_s,
            max_size=options.max_message_bytes,
            **_tls(url, options),
        )
    except InvalidStatus as error:
        status = error.response.status_code
        message = f"HTTP status {status} instead of a WebSocket"
        raise SubgraphHttpStatusError(subgraph, message, status) from None
    except InvalidURI as error:
        raise SubgraphInvalidRequestError(subgraph, str(error)) from None
    except (InvalidHandshake, EOFError) as error:
        raise SubgraphInvalidResponseError(subgraph, f"no WebSocket: {error}") from None
    except (OSError, ValueError) as error:
        kind, message = connect_failure(error, url)
        raise kind(subgraph, message) from None
    if socket.subprotocol != subprotocol:
        await socket.close(BAD_RESPONSE, f"{subprotocol} was not accepted")
        raise SubgraphInvalidResponseError(subgraph, f"the subgraph does not speak {subprotocol}")
    return socket


def _websocket_url(url: str) -> str:
    return "ws" + url[4:] if url.startswith(("http://", "https://")) else url


def _handshake_headers(subgraph: str, headers: Headers) -> list[tuple[str, str]]:
    return [
        (name.decode("ascii"), value.decode("utf-8", "replace"))
        for name, value in forwardable(subgraph, headers)
        if not name.startswith(b"sec-websocket-")
    ]


def _tls(url: str, options: WebSocketOptions) -> dict[str, Any]:
    if options.ssl_context is None or not url.startswith("wss:"):
        return {}
    return {"ssl": options.ssl_context}
