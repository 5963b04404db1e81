"""Why an exchange over httpx failed, in the router's words."""

from __future__ import annotations

from typing import Final

import httpx

from router.errors import (
    SubgraphConnectionLostError,
    SubgraphConnectTimeoutError,
    SubgraphError,
    SubgraphInvalidRequestError,
    SubgraphInvalidResponseError,
    SubgraphPoolTimeoutError,
    SubgraphTimeoutError,
)
from router.transport.connect_failure import connect_failure

# First match counts: subclasses before their bases.
_TRANSLATION: Final[tuple[tuple[type[Exception], type[SubgraphError]], ...]] = (
    (httpx.ConnectTimeout, SubgraphConnectTimeoutError),
    (httpx.PoolTimeout, SubgraphPoolTimeoutError),
    (httpx.TimeoutException, SubgraphTimeoutError),
    (TimeoutError, SubgraphTimeoutError),
    (httpx.UnsupportedProtocol, SubgraphInvalidRequestError),
    (httpx.LocalProtocolError, SubgraphInvalidRequestError),
    (httpx.InvalidURL, SubgraphInvalidRequestError),
    (httpx.DecodingError, SubgraphInvalidResponseError),
)


def httpx_failure(subgraph: str, url: str, error: Exception, timeout_s: float) -> SubgraphError:
    """Give the error for whatever a transport raised; ``timeout_s`` is what a silent time-out was."""
    if isinstance(error, httpx.ConnectError):
        kind, message = connect_failure(OSError(str(_root(error))), url)
        return kind(subgraph, message)
    for foreign, kind in _TRANSLATION:
        if isinstance(error, foreign):
            return kind(subgraph, str(error) or f"no complete answer within {timeout_s:g} s")
    return SubgraphConnectionLostError(subgraph, f"{type(error).__name__}: {error}")


def _root(error: BaseException) -> BaseException:
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error
