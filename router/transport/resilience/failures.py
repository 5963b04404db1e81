"""Which outcomes speak against a subgraph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from router.errors import (
    SubgraphError,
    SubgraphInvalidRequestError,
    SubgraphResponseTooLargeError,
    SubgraphTimeoutError,
)
from router.transport.base import SubgraphResponse
from router.transport.exchange import Outcome
from router.transport.resilience.options import BreakerOptions

_OF_THE_ROUTER = (SubgraphInvalidRequestError, SubgraphResponseTooLargeError)
"""Nothing that the subgraph could do better a moment later."""


def is_transport_failure(outcome: Outcome) -> bool:
    """Whether no whole answer came, through no fault of the request."""
    return isinstance(outcome, SubgraphError) and not isinstance(outcome, _OF_THE_ROUTER)


def is_failure(outcome: Outcome, options: BreakerOptions) -> bool:
    """Whether it counts for the circuit breaker.

    Cost: the body is parsed only where codes count and it has errors.
    """
    if isinstance(outcome, SubgraphTimeoutError):
        return options.counts_timeouts
    if isinstance(outcome, SubgraphResponse):
        return outcome.status in options.statuses or (
            bool(options.error_codes)
            and b'"errors"' in outcome.body
            and not options.error_codes.isdisjoint(_codes(outcome.body))
        )
    return is_transport_failure(outcome)


def _codes(body: bytes) -> Iterator[str]:
    try:
        result: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return
    errors = result.get("errors") if isinstance(result, dict) else None
    for error in errors if isinstance(errors, list) else ():
        extensions = error.get("extensions") if isinstance(error, dict) else None
        code = extensions.get("code") if isinstance(extensions, dict) else None
        if isinstance(code, str):
            yield code
