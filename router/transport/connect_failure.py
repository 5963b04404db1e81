"""Why a connection could not be made, in the router's words."""

from __future__ import annotations

import errno

from router.errors import (
    SubgraphConnectionRefusedError,
    SubgraphConnectTimeoutError,
    SubgraphError,
    SubgraphUnreachableError,
)

# Several addresses that refuse come as one OSError without an errno, their texts joined.
_REFUSED = f"[Errno {errno.ECONNREFUSED}]"


def connect_failure(error: OSError | ValueError, address: str) -> tuple[type[SubgraphError], str]:
    """The class and message for an error of name resolution, TCP or TLS.

    A ValueError is a host name that no resolver takes.
    """
    if isinstance(error, TimeoutError):
        return SubgraphConnectTimeoutError, f"no connection to {address} in time"
    if isinstance(error, ConnectionRefusedError) or _REFUSED in str(error):
        return SubgraphConnectionRefusedError, f"{address}: {error}"
    return SubgraphUnreachableError, f"{address}: {error}"
