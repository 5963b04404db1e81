"""A subgraph client that bears with subgraphs: limits, breaker, retries, hedges and several URLs.

    request → a turn → (breaker → URL → exchange), perhaps a second one beside it → outcome
       ^                                                                              |
       +------------------------- wait ←-- worth retrying, and affordable ←-----------+

A turn is one request under way at the subgraph: it is given back while a retry waits, and a hedge needs one of its
own.  Everything happens within the request's own ``timeout_s``.  Subgraphs without a policy pay one dict lookup.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from router.errors import SubgraphCircuitOpenError, SubgraphError, SubgraphTimeoutError
from router.transport.base import SubgraphRequest, SubgraphResponse
from router.transport.exchange import Deliver, Outcome
from router.transport.inflight import Pending, StartingClient, TaskStarter
from router.transport.resilience.breaker import Breaker
from router.transport.resilience.budget import Budget
from router.transport.resilience.counts import ResilienceCounts
from router.transport.resilience.failures import is_failure, is_transport_failure
from router.transport.resilience.health import watch_health
from router.transport.resilience.latencies import Latencies
from router.transport.resilience.options import ResilienceOptions, RetryOptions, SubgraphPolicy
from router.transport.resilience.retry import back_off_s, is_worth_retrying, retry_after_s
from router.transport.resilience.turns import Turns
from router.transport.resilience.urls import Place, Places

_LEAST_S: Final = 0.001
"""Less time than this is no time for another attempt."""


class ResilientClient:
    """A `router.transport.inflight.StartingClient` over another one.  Belongs to one event loop."""

    def __init__(
        self,
        client: StartingClient,
        options: ResilienceOptions,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """``chance`` gives numbers in 0..1, for jitter."""
        self._client = client
        self._options = options
        self._chance = chance
        self._tasks = TaskStarter(self)
        self._subgraphs: dict[str, BorneSubgraph | None] = {}

    @property
    def subgraphs(self) -> Mapping[str, BorneSubgraph]:
        """Those with a policy that were asked so far, for metrics and health checks."""
        return {name: one for name, one in self._subgraphs.items() if one is not None}

    def begin(self, request: SubgraphRequest, deliver: Deliver) -> Pending:
        """See `router.transport.inflight.StartingClient.begin`."""
        if self._of(request.subgraph) is None:
            return self._client.begin(request, deliver)
        return self._tasks.begin(request, deliver)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """The response, after as many attempts as the policy allows.

        Raises: SubgraphCircuitOpenError and SubgraphOverloadedError without asking; else what the last attempt came to.
        """
        subgraph = self._of(request.subgraph)
        if subgraph is None:
            return await self._client.send(request)
        outcome = await subgraph.outcome(request)
        if isinstance(outcome, SubgraphError):
            raise outcome
        return outcome

    async def close(self) -> None:
        """Closes the client behind it."""
        for subgraph in self.subgraphs.values():
            subgraph.close()
        await self._client.close()

    def _of(self, name: str) -> BorneSubgraph | None:
        try:
            return self._subgraphs[name]
        except KeyError:
            policy = self._options.of(name)
            one = None if policy.is_idle else BorneSubgraph(self._client, name, policy, self._chance)
            self._subgraphs[name] = one
            return one


class BorneSubgraph:
    """One subgraph and all that is remembered of it."""

    def __init__(
        self, client: StartingClient, name: str, policy: SubgraphPolicy, chance: Callable[[], float]
    ) -> None:
        self.name = name
        self.policy = policy
        self.counts = ResilienceCounts()
        self._client = client
        self._chance = chance
        self._now_s = asyncio.get_running_loop().time
        self.breaker = None if policy.breaker is None else Breaker(policy.breaker)
        self.turns = None if policy.concurrency is None else Turns(policy.concurrency)
        self.places = Places(policy.urls, self._now_s) if len(policy.urls) > 1 else None
        retry, hedge = policy.retry, policy.hedge
        self._retries = None if retry is None else Budget(retry.budget_ratio, retry.budget_per_s)
        self._hedges = None if hedge is None else Budget(hedge.budget_ratio, 0.0)
        self._latencies = None if hedge is None else Latencies(hedge.percentile, hedge.min_samples)
        self._health = (
            asyncio.ensure_future(watch_health(client, name, self.places, policy.health_check))
            if self.places is not None and policy.health_check is not None
            else None
        )

    def close(self) -> None:
        """Stop asking how it is."""
        if self._health is not None:
            self._health.cancel()

    async def outcome(self, request: SubgraphRequest) -> Outcome:
        """Ask, and ask again, until there is an answer or no use in asking."""
        self.counts.requests += 1
        for budget in (self._retries, self._hedges):
            if budget is not None:
                budget.pay_in()
        ends_s = self._now_s() + request.timeout_s
        tried: list[Place] = []
        for retries in range(self.policy.retry.max_attempts if self.policy.retry else 1):
            outcome = await self._in_turn(request, ends_s, tried)
            wait_s = self._wait_s(request, outcome, retries, ends_s)
            if wait_s is None:
                return outcome
            self.counts.retries += 1
            await asyncio.sleep(wait_s)
        return outcome

    def _wait_s(
        self, request: SubgraphRequest, outcome: Outcome, retries: int, ends_s: float
    ) -> float | None:
        """How long to wait before the next attempt; None when there is none."""
        retry = self.policy.retry
        if (
            retry is None
            or self._retries is None
            or retries + 1 >= retry.max_attempts
            or not is_worth_retrying(request, outcome, retry)
        ):
            return None
        now_s = self._now_s()
        wait_s = max(back_off_s(retry, retries, self._chance()), retry_after_s(outcome, time.time()))
        if now_s + wait_s + _LEAST_S >= ends_s:
            return None
        if not self._retries.take(now_s):
            self.counts.retries_unaffordable += 1
            return None
        return wait_s

    async def _in_turn(self, request: SubgraphRequest, ends_s: float, tried: list[Place]) -> Outcome:
        if self.turns is None:
            return await self._attempt(request, ends_s, tried)
        try:
            await self.turns.enter(self.name, ends_s - self._now_s())
        except SubgraphError as error:
            return error
        try:
            return await self._attempt(request, ends_s, tried)
        finally:
            self.turns.leave()

    async def _attempt(self, request: SubgraphRequest, ends_s: float, tried: list[Place]) -> Outcome:
        hedge = self.policy.hedge
        after_s = None if self._latencies is None else self._latencies.threshold_s
        if hedge is None or after_s is None or not request.is_query or request.upload is not None:
            return await self._exchange(request, ends_s, tried)
        return await self._hedged(request, ends_s, tried, max(after_s, hedge.min_delay_s))

    async def _hedged(
        self, request: SubgraphRequest, ends_s: float, tried: list[Place], after_s: float
    ) -> Outcome:
        """The first good answer of two, the second asked for only when the first takes long."""
        first = asyncio.ensure_future(self._exchange(request, ends_s, tried))
        second: asyncio.Future[Outcome] | None = None
        try:
            await asyncio.wait((first,), timeout=after_s)
            if first.done() or not self._may_hedge():
                return await first
            self.counts.hedges += 1
            second = asyncio.ensure_future(self._exchange(request, ends_s, tried))
            second.add_done_callback(self._hedge_ended)
            done, _ = await asyncio.wait((first, second), return_when=asyncio.FIRST_COMPLETED)
            winner, other = (first, second) if first in done else (second, first)
            if self._is_bad(winner.result()):
                winner = other
                await asyncio.wait((other,))
            if winner is second:
                self.counts.hedges_won += 1
            return winner.result()
        finally:
            first.cancel()
            if second is not None:
                second.cancel()

    def _may_hedge(self) -> bool:
        """Whether budget and room allow a second request; takes both."""
        if self.turns is not None and not self.turns.try_enter():
            return False
        if self._hedges is not None and self._hedges.take(self._now_s()):
            return True
        if self.turns is not None:
            self.turns.leave()
        return False

    def _hedge_ended(self, _: asyncio.Future[Outcome]) -> None:
        if self.turns is not None:
            self.turns.leave()

    def _is_bad(self, outcome: Outcome) -> bool:
        retry = self.policy.retry or RetryOptions()
        return isinstance(outcome, SubgraphError) or outcome.status in retry.statuses

    async def _exchange(self, request: SubgraphRequest, ends_s: float, tried: list[Place]) -> Outcome:
        """One request on the wire, or none when the circuit is open."""
        began_s = self._now_s()
        left_s = ends_s - began_s
        if left_s <= 0:
            return SubgraphTimeoutError(self.name, "time was up before it was sent")
        ticket = None if self.breaker is None else self.breaker.admit(began_s)
        if self.breaker is not None and ticket is None:
            self.counts.breaker_refusals += 1
            wait_s = self.breaker.wait_s(began_s)
            return SubgraphCircuitOpenError(
                self.name, f"it failed too often; it is asked again in {wait_s:.1f} s"
            )
        is_recorded = False
        try:
            outcome = await self._sent(self._within(request, left_s), tried)
            is_recorded = True
        finally:
            if not is_recorded and self.breaker is not None and ticket is not None:
                self.breaker.forget(ticket)
        now_s = self._now_s()
        if self.breaker is not None and ticket is not None and self.policy.breaker is not None:
            self.breaker.record(ticket, now_s, is_failure=is_failure(outcome, self.policy.breaker))
        if self._latencies is not None and isinstance(outcome, SubgraphResponse):
            self._latencies.add(now_s - began_s)
        return outcome

    def _within(self, request: SubgraphRequest, left_s: float) -> SubgraphRequest:
        retry = self.policy.retry
        if retry is not None and retry.attempt_timeout_s is not None and request.upload is None:
            left_s = min(left_s, retry.attempt_timeout_s)
        return request if left_s == request.timeout_s else replace(request, timeout_s=left_s)

    async def _sent(self, request: SubgraphRequest, tried: list[Place]) -> Outcome:
        self.counts.attempts += 1
        if self.places is None:
            return await self._plainly(request)
        place = self.places.choose(tried)
        tried.append(place)
        place.under_way += 1
        try:
            outcome = await self._plainly(replace(request, url=place.url))
        finally:
            place.under_way -= 1
        self.places.record(place, is_failure=is_transport_failure(outcome))
        return outcome

    async def _plainly(self, request: SubgraphRequest) -> Outcome:
        try:
            return await self._client.send(request)
        except SubgraphError as error:
            return error
