"""Whether to ask again, and when."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

from router.errors import (
    SubgraphConnectionLostError,
    SubgraphConnectTimeoutError,
    SubgraphInvalidResponseError,
    SubgraphTimeoutError,
    SubgraphUnreachableError,
)
from router.transport.base import SubgraphRequest, SubgraphResponse
from router.transport.exchange import Outcome
from router.transport.resilience.options import RetryOptions

_NEVER_SENT = (SubgraphUnreachableError, SubgraphConnectTimeoutError)
_MAYBE_ACTED_UPON = (SubgraphConnectionLostError, SubgraphInvalidResponseError)


def is_worth_retrying(request: SubgraphRequest, outcome: Outcome, options: RetryOptions) -> bool:
    """Whether another attempt is safe and may end better.

    A mutation only when the subgraph certainly has not seen it; an upload never, as its files are gone.
    """
    if request.upload is not None:
        return False
    if isinstance(outcome, _NEVER_SENT):
        return True
    if not request.is_query:
        return False
    if isinstance(outcome, SubgraphResponse):
        return outcome.status in options.statuses
    if isinstance(outcome, SubgraphTimeoutError):
        return options.attempt_timeout_s is not None
    return isinstance(outcome, _MAYBE_ACTED_UPON)


def back_off_s(options: RetryOptions, retries: int, random: float) -> float:
    """Give how long to wait before a retry; ``retries`` were made before it.

    ``random`` in 0..1 takes the whole wait as its range, so that those who failed together do not come again together.
    """
    most_s: float = min(options.max_interval_s, options.interval_s * 2.0 ** min(retries, 30))
    return most_s * random


def retry_after_s(outcome: Outcome, unix_now_s: float) -> float:
    """Give how long the subgraph asks to be left alone; 0 when it does not say, or says it wrongly.

    Spec: RFC 9110, section 10.2.3.
    """
    if not isinstance(outcome, SubgraphResponse):
        return 0.0
    for name, value in outcome.headers:
        if name == b"retry-after":
            return _seconds(value.decode("latin-1").strip(), unix_now_s)
    return 0.0


def _seconds(text: str, unix_now_s: float) -> float:
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, at.timestamp() - unix_now_s)
