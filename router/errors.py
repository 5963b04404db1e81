"""What can go wrong with a request, and who may read about it.

Codes of composition live in ``router.federation.codes``; every other code lives on a class here or,
for a `ClientError` that only one room can make, on a class in that room.
"""

from __future__ import annotations

from typing import ClassVar


class RouterError(Exception):
    """Base of all.  ``code`` is public API; ``status`` is used when no data is sent."""

    code: ClassVar[str]
    status: ClassVar[int]


class ClientError(RouterError):
    """The request is at fault.  The message is made from the request alone: show it."""

    code = "BAD_REQUEST"
    status = 400
    headers: tuple[tuple[bytes, bytes], ...] = ()
    """Sent with the answer over HTTP."""


class SubgraphError(RouterError):
    """A subgraph is at fault.  Show the code and the subgraph; mask the message."""

    code = "SUBGRAPH_ERROR"
    status = 200

    def __init__(self, subgraph: str, message: str) -> None:
        super().__init__(message)
        self.subgraph = subgraph


class InternalError(RouterError):
    """The router is at fault.  Log the message with the trace id; show only the code."""

    code = "INTERNAL_SERVER_ERROR"
    status = 500


class SubgraphTimeoutError(SubgraphError):
    """No complete answer within ``timeout_s`` seconds, connecting included.

    What to do: see whether the subgraph is slow, or raise its timeout.
    """

    code = "SUBGRAPH_TIMEOUT"


class SubgraphConnectTimeoutError(SubgraphTimeoutError):
    """No connection within ``connect_timeout_s``: nothing was sent, so sending again is safe.

    What to do: see whether the subgraph's address is right and its network lets the router in.
    """

    code = "SUBGRAPH_CONNECT_TIMEOUT"


class SubgraphPoolTimeoutError(SubgraphTimeoutError):
    """No connection became free in time: all of ``max_connections`` were busy; nothing was sent.

    What to do: raise ``max_connections``, or make the subgraph answer faster.
    """

    code = "SUBGRAPH_POOL_TIMEOUT"


class SubgraphOverloadedError(SubgraphError):
    """The subgraph's ``concurrency_limit`` is reached, and its queue is full or moved too slowly; nothing was sent.

    What to do: try again later; raise the limit if the subgraph can take more.
    """

    code = "SUBGRAPH_OVERLOADED"


class SubgraphCircuitOpenError(SubgraphError):
    """The subgraph failed so often that it is left alone for ``circuit_breaker.sleep_window``; nothing was sent.

    What to do: see why it failed before; the router tries it again by itself.
    """

    code = "SUBGRAPH_CIRCUIT_OPEN"


class SubgraphUnreachableError(SubgraphError):
    """The name does not resolve, the host is unreachable or TLS failed: nothing was sent.

    What to do: check the subgraph's routing URL and its certificate.
    """

    code = "SUBGRAPH_UNREACHABLE"


class SubgraphConnectionRefusedError(SubgraphUnreachableError):
    """Nobody listens at the subgraph's address: nothing was sent.

    What to do: start the subgraph, or correct its routing URL.
    """

    code = "SUBGRAPH_CONNECTION_REFUSED"


class SubgraphConnectionLostError(SubgraphError):
    """The connection ended before a complete answer; the subgraph may have acted on the request.

    What to do: look for a crash or restart of the subgraph or of a proxy before it.
    """

    code = "SUBGRAPH_CONNECTION_LOST"


class SubgraphHttpStatusError(SubgraphError):
    """The answer is no GraphQL response and its HTTP status says why (500, 404, a redirect, ...).

    What to do: look at the subgraph's log, or correct its routing URL.
    """

    code = "SUBGRAPH_HTTP_STATUS"

    def __init__(self, subgraph: str, message: str, http_status: int) -> None:
        super().__init__(subgraph, message)
        self.http_status = http_status


class SubgraphInvalidResponseError(SubgraphError):
    """The answer is not HTTP, not JSON, not an object or cut short.

    What to do: ask the routing URL by hand; something other than GraphQL answers there.
    """

    code = "SUBGRAPH_INVALID_RESPONSE"


class SubgraphResponseTooLargeError(SubgraphError):
    """The answer, decompressed, is larger than ``max_response_bytes``; it was not read to its end.

    What to do: ask for less (page the list), or raise the limit.
    """

    code = "SUBGRAPH_RESPONSE_TOO_LARGE"


class SubgraphSubscriptionEndedError(SubgraphError):
    """A subgraph's stream ended without ``complete``: its socket closed, or broke the protocol.

    What to do: subscribe again; events of the gap are lost.
    """

    code = "SUBGRAPH_SUBSCRIPTION_ENDED"


class SubgraphInvalidRequestError(SubgraphError):
    """The router cannot put the request on the wire: a bad routing URL, or a line break in a header.

    What to do: correct the routing URL or the header rule that made the value.
    """

    code = "SUBGRAPH_INVALID_REQUEST"
