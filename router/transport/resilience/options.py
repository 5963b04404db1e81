"""What the operator may set about bearing with subgraphs; ``config`` fills these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RetryOptions:
    """Sending a request again.  Queries only, but for what certainly never reached the subgraph."""

    max_attempts: int = 3
    """The first one included."""
    interval_s: float = 0.1
    """Longest wait before the second attempt; doubles with each further one."""
    max_interval_s: float = 3.0
    attempt_timeout_s: float | None = None
    """An attempt that takes longer is given up for the next one; None: only the request's own time-out counts."""
    statuses: frozenset[int] = frozenset({429, 502, 503, 504})
    """Of answers worth asking for again."""
    budget_ratio: float = 0.2
    """Attempts beyond the first, to requests, in the long run."""
    budget_per_s: float = 10.0
    """Such attempts that are allowed whatever the ratio says."""


@dataclass(frozen=True, slots=True)
class BreakerOptions:
    """Leaving a subgraph alone that fails too often."""

    error_ratio: float = 0.5
    """Of the window's requests; from here on the circuit opens."""
    min_requests: int = 20
    """In the window, before the ratio says anything."""
    window_s: float = 10.0
    sleep_s: float = 5.0
    """How long an open circuit stays open before one request may try."""
    required_successes: int = 1
    """Such tries in a row that must succeed before the circuit closes."""
    statuses: frozenset[int] = frozenset({500, 502, 503, 504})
    """That count as failures; transport errors always do."""
    counts_timeouts: bool = True
    error_codes: frozenset[str] = frozenset()
    """``extensions.code`` of GraphQL errors that count as failures."""


@dataclass(frozen=True, slots=True)
class HedgeOptions:
    """Asking a second time, side by side, when the first answer takes unusually long.  Queries only."""

    percentile: float = 0.95
    """Of latencies seen lately: after so long the second request leaves."""
    min_delay_s: float = 0.01
    budget_ratio: float = 0.1
    """Second requests, to requests, in the long run."""
    min_samples: int = 100
    """Answers seen before anything is called unusual."""


@dataclass(frozen=True, slots=True)
class ConcurrencyOptions:
    """How many requests one worker has under way at a subgraph."""

    max_requests: int
    max_queued: int = 100
    queue_timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class HealthCheckOptions:
    """Asking each of several URLs whether it is well."""

    interval_s: float = 10.0
    timeout_s: float = 2.0
    unhealthy_after: int = 3
    """Failures in a row."""
    healthy_after: int = 1
    """Successes in a row."""


@dataclass(frozen=True, slots=True)
class SubgraphPolicy:
    """All of it for one subgraph; what is None is off."""

    retry: RetryOptions | None = None
    breaker: BreakerOptions | None = None
    hedge: HedgeOptions | None = None
    concurrency: ConcurrencyOptions | None = None
    urls: tuple[str, ...] = ()
    """Where it answers, if at more than one place."""
    health_check: HealthCheckOptions | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing of it does anything."""
        return not (self.retry or self.breaker or self.hedge or self.concurrency or len(self.urls) > 1)


@dataclass(frozen=True, slots=True)
class ResilienceOptions:
    """Of `router.transport.resilience.client.ResilientClient`."""

    all: SubgraphPolicy = SubgraphPolicy()
    subgraphs: Mapping[str, SubgraphPolicy] = field(default_factory=dict)
    """By name; instead of ``all``."""

    @property
    def is_idle(self) -> bool:
        """Whether no subgraph has a policy."""
        return self.all.is_idle and all(policy.is_idle for policy in self.subgraphs.values())

    def of(self, subgraph: str) -> SubgraphPolicy:
        """Give one subgraph's policy."""
        return self.subgraphs.get(subgraph, self.all)
