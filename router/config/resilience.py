"""``traffic_shaping``: what the router does about subgraphs that are slow, full, flapping or gone."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from router.config.values import Seconds, Section, SubgraphUrl
from router.transport.resilience.options import (
    BreakerOptions,
    ConcurrencyOptions,
    HealthCheckOptions,
    HedgeOptions,
    RetryOptions,
    SubgraphPolicy,
)

Percent = Annotated[float, Field(gt=0, le=100)]
Count = Annotated[int, Field(gt=0)]
Status = Annotated[int, Field(ge=100, le=599)]


class RetryBudget(Section):
    """``retry.budget``: how many attempts there may be beyond each request's first."""

    percent: Annotated[float, Field(ge=0, le=100)] = 20
    """Of requests, in the long run."""
    min_per_second: Annotated[float, Field(ge=0)] = 10
    """That are allowed in any case."""


class RetrySection(Section):
    """``retry``: asking a subgraph again.  Queries only; mutations when the subgraph certainly did not get them."""

    enabled: bool = False
    """Whether anything is asked again."""
    max_attempts: Annotated[int, Field(ge=2, le=20)] = 3
    """The first included; all within the request's ``timeout``."""
    interval: Seconds = 0.1
    """Longest wait before the second attempt; it doubles with each further one, and each takes a random part of it.
    What ``Retry-After`` says is waited for, where there is time."""
    max_interval: Seconds = 3.0
    """Longest wait before any attempt."""
    attempt_timeout: Seconds | None = None
    """An attempt that takes longer is given up, and the next one made."""
    statuses: tuple[Status, ...] = (429, 502, 503, 504)
    """Of answers that are asked for again; connections that fail always are."""
    budget: RetryBudget = RetryBudget()


class BreakerSection(Section):
    """``circuit_breaker``: leaving a subgraph alone that fails too often; clients get the rest, and an error."""

    enabled: bool = False
    """Whether there is a circuit breaker."""
    error_threshold_percentage: Percent = 50
    """Of the requests of ``rolling_duration``: from here on the circuit opens."""
    request_threshold: Count = 20
    """Requests in ``rolling_duration`` before percentages say anything."""
    rolling_duration: Seconds = 10.0
    """How far back requests count."""
    sleep_window: Seconds = 5.0
    """How long nothing is sent; then one request at a time may try."""
    required_successful: Count = 1
    """Tries in a row that must succeed before all may ask again."""
    statuses: tuple[Status, ...] = (500, 502, 503, 504)
    """That count as failures; transport errors always do."""
    timeouts: bool = True
    """Whether those count."""
    error_codes: tuple[str, ...] = ()
    """``extensions.code`` of errors in answers that count as failures."""


class HedgeSection(Section):
    """``hedge``: asking again beside a request that takes unusually long; the first answer counts.  Queries only."""

    enabled: bool = False
    """Whether anything is asked twice."""
    percentile: Annotated[float, Field(ge=50, lt=100)] = 95
    """Of the subgraph's latencies seen lately: what takes longer is unusual."""
    min_delay: Seconds = 0.01
    """Nothing is called unusual before this."""
    budget_percent: Percent = 10
    """Such second requests, of all, in the long run."""
    min_requests: Count = 100
    """Answers seen before anything is called unusual."""


class UrlHealthSection(Section):
    """``health_check``: asking each of several ``urls`` for ``{ __typename }``."""

    enabled: bool = True
    """Whether they are asked; those that give no answers to requests rest in any case."""
    interval: Seconds = 10.0
    """Between two questions to one URL."""
    timeout: Seconds = 2.0
    """No answer by then counts as a failure."""
    unhealthy_threshold: Count = 3
    """Failures in a row after which a URL gets no requests, unless no URL is well."""
    healthy_threshold: Count = 1
    """Answers in a row after which it gets them again."""


class SubgraphResilience(Section):
    """What ``traffic_shaping.subgraphs.NAME`` may say instead of ``traffic_shaping.all``."""

    retry: RetrySection | None = None
    circuit_breaker: BreakerSection | None = None
    hedge: HedgeSection | None = None
    concurrency_limit: Count | None = None
    """``null``, said here, lifts what ``all`` says."""
    queue_limit: Annotated[int, Field(ge=0)] | None = None
    """Instead of the one for all."""
    queue_timeout: Seconds | None = None
    """Instead of the one for all."""
    urls: Annotated[tuple[SubgraphUrl, ...], Field(max_length=100)] = ()
    """Where the subgraph answers, instead of its routing URL; the least busy one that is well is asked."""
    health_check: UrlHealthSection | None = None


class AllResilience(Section):
    """What ``traffic_shaping.all`` says of it."""

    retry: RetrySection = RetrySection()
    circuit_breaker: BreakerSection = BreakerSection()
    hedge: HedgeSection = HedgeSection()
    concurrency_limit: Count | None = None
    """Requests that one worker has under way at a subgraph; null: as many as there are."""
    queue_limit: Annotated[int, Field(ge=0)] = 100
    """Requests that may wait for their turn; those beyond fail at once."""
    queue_timeout: Seconds = 5.0
    """How long one may wait."""
    health_check: UrlHealthSection = UrlHealthSection()


def subgraph_policy(of_all: AllResilience, one: SubgraphResilience | None = None) -> SubgraphPolicy:
    """Give what one subgraph gets; without ``one``, what those get that are not named."""
    one = one or SubgraphResilience()
    breaker = one.circuit_breaker or of_all.circuit_breaker
    health = one.health_check or of_all.health_check
    return SubgraphPolicy(
        retry=_retry(one.retry or of_all.retry),
        breaker=_breaker(breaker),
        hedge=_hedge(one.hedge or of_all.hedge),
        concurrency=_concurrency(of_all, one),
        urls=one.urls,
        health_check=HealthCheckOptions(
            health.interval, health.timeout, health.unhealthy_threshold, health.healthy_threshold
        )
        if health.enabled and len(one.urls) > 1
        else None,
    )


def _retry(section: RetrySection) -> RetryOptions | None:
    if not section.enabled:
        return None
    return RetryOptions(
        max_attempts=section.max_attempts,
        interval_s=section.interval,
        max_interval_s=section.max_interval,
        attempt_timeout_s=section.attempt_timeout,
        statuses=frozenset(section.statuses),
        budget_ratio=section.budget.percent / 100,
        budget_per_s=section.budget.min_per_second,
    )


def _breaker(section: BreakerSection) -> BreakerOptions | None:
    if not section.enabled:
        return None
    return BreakerOptions(
        error_ratio=section.error_threshold_percentage / 100,
        min_requests=section.request_threshold,
        window_s=section.rolling_duration,
        sleep_s=section.sleep_window,
        required_successes=section.required_successful,
        statuses=frozenset(section.statuses),
        counts_timeouts=section.timeouts,
        error_codes=frozenset(section.error_codes),
    )


def _hedge(section: HedgeSection) -> HedgeOptions | None:
    if not section.enabled:
        return None
    return HedgeOptions(
        section.percentile / 100, section.min_delay, section.budget_percent / 100, section.min_requests
    )


def _concurrency(of_all: AllResilience, one: SubgraphResilience) -> ConcurrencyOptions | None:
    limit = one.concurrency_limit if "concurrency_limit" in one.model_fields_set else of_all.concurrency_limit
    if limit is None:
        return None
    return ConcurrencyOptions(
        limit,
        of_all.queue_limit if one.queue_limit is None else one.queue_limit,
        of_all.queue_timeout if one.queue_timeout is None else one.queue_timeout,
    )
