"""The whole client against subgraphs that misbehave, seen in answers and in counters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from router.errors import (
    SubgraphCircuitOpenError,
    SubgraphConnectionLostError,
    SubgraphConnectionRefusedError,
    SubgraphOverloadedError,
    SubgraphTimeoutError,
)
from router.transport.base import SubgraphRequest, SubgraphResponse
from router.transport.fake import FakeSubgraphs
from router.transport.http import HttpClient
from router.transport.inflight import InFlightClient, TaskStarter
from router.transport.resilience.breaker import BreakerState
from router.transport.resilience.client import BorneSubgraph, ResilientClient
from router.transport.resilience.options import (
    BreakerOptions,
    ConcurrencyOptions,
    HealthCheckOptions,
    HedgeOptions,
    ResilienceOptions,
    RetryOptions,
    SubgraphPolicy,
)
from tests.transport.raw_server import Peer, RawServer, answer_all, eventually, response

OK = SubgraphResponse(200, (), b'{"data":{}}')
BUSY = SubgraphResponse(503, (), b"busy")
Answer = Callable[[SubgraphRequest], SubgraphResponse | Awaitable[SubgraphResponse]]
QUICK = RetryOptions(interval_s=0.001, max_interval_s=0.001)


def ask(*, is_query: bool = True, timeout_s: float = 5.0, subgraph: str = "s") -> SubgraphRequest:
    return SubgraphRequest(subgraph, "http://s/", b"{}", (), is_query, timeout_s)


class Stage:
    """A client with one policy, over a subgraph that is a function."""

    def __init__(self, policy: SubgraphPolicy, answer: Answer) -> None:
        self.fakes = FakeSubgraphs({"s": answer, "other": answer})
        self.client = ResilientClient(
            TaskStarter(self.fakes), ResilienceOptions(subgraphs={"s": policy}), lambda: 1.0
        )

    @property
    def of(self) -> BorneSubgraph:
        return self.client.subgraphs["s"]

    @property
    def sent(self) -> int:
        return len(self.fakes.requests)


def in_turn(*outcomes: SubgraphResponse | Exception) -> Answer:
    left = list(outcomes)

    def answer(_: SubgraphRequest) -> SubgraphResponse:
        one = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(one, Exception):
            raise one
        return one

    return answer


async def test_a_query_is_asked_again_until_it_is_answered() -> None:
    stage = Stage(SubgraphPolicy(retry=QUICK), in_turn(BUSY, SubgraphConnectionLostError("s", "gone"), OK))
    assert await stage.client.send(ask()) is OK
    counts = stage.of.counts
    assert (counts.requests, counts.attempts, counts.retries) == (1, 3, 2)


async def test_the_last_attempt_s_outcome_is_the_answer() -> None:
    stage = Stage(SubgraphPolicy(retry=QUICK), in_turn(BUSY))
    assert await stage.client.send(ask()) is BUSY
    assert stage.sent == 3


async def test_a_mutation_is_asked_again_only_if_it_never_arrived() -> None:
    lost = Stage(SubgraphPolicy(retry=QUICK), in_turn(SubgraphConnectionLostError("s", "gone"), OK))
    with pytest.raises(SubgraphConnectionLostError):
        await lost.client.send(ask(is_query=False))
    assert lost.sent == 1
    refused = Stage(SubgraphPolicy(retry=QUICK), in_turn(SubgraphConnectionRefusedError("s", "no"), OK))
    assert await refused.client.send(ask(is_query=False)) is OK


async def test_retries_stop_when_the_budget_is_spent() -> None:
    options = RetryOptions(interval_s=0.001, budget_ratio=0.1, budget_per_s=0.0)
    stage = Stage(SubgraphPolicy(retry=options), in_turn(BUSY))
    for _ in range(40):
        await stage.client.send(ask())
    assert stage.of.counts.retries in range(3, 5), "a tenth of forty"
    assert stage.of.counts.retries_unaffordable > 30


async def test_retry_after_is_waited_for_and_too_long_a_wait_is_none() -> None:
    soon = SubgraphResponse(429, ((b"retry-after", b"1"),), b"")
    stage = Stage(SubgraphPolicy(retry=QUICK), in_turn(soon, OK))
    began = asyncio.get_running_loop().time()
    assert await stage.client.send(ask()) is OK
    assert asyncio.get_running_loop().time() - began >= 1
    late = SubgraphResponse(429, ((b"retry-after", b"60"),), b"")
    stage = Stage(SubgraphPolicy(retry=QUICK), in_turn(late, OK))
    assert await stage.client.send(ask()) is late


async def test_an_attempt_that_takes_too_long_is_given_up_for_the_next() -> None:
    asked = 0

    async def talk(peer: Peer) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            await peer.request()
            await asyncio.sleep(3600)
        await answer_all(peer)

    async with RawServer(talk) as server:
        policy = SubgraphPolicy(retry=RetryOptions(interval_s=0.001, attempt_timeout_s=0.1))
        client = ResilientClient(HttpClient(), ResilienceOptions(policy))
        got = await client.send(server.request())
        assert got.status == 200
        assert asked == 2
        await client.close()


async def test_an_open_circuit_asks_nothing_and_closes_when_a_try_succeeds() -> None:
    is_down = True

    def answer(_: SubgraphRequest) -> SubgraphResponse:
        return BUSY if is_down else OK

    stage = Stage(SubgraphPolicy(breaker=BreakerOptions(min_requests=5, sleep_s=0.2)), answer)
    for _ in range(5):
        await stage.client.send(ask())
    with pytest.raises(SubgraphCircuitOpenError, match="failed too often"):
        await stage.client.send(ask())
    assert stage.sent == 5
    breaker = stage.of.breaker
    assert breaker is not None
    assert (breaker.state, breaker.opened, stage.of.counts.breaker_refusals) == (BreakerState.OPEN, 1, 1)
    is_down = False
    await asyncio.sleep(0.25)
    assert await stage.client.send(ask()) is OK
    assert breaker.state is BreakerState.CLOSED


async def test_a_circuit_is_of_its_subgraph_alone() -> None:
    stage = Stage(SubgraphPolicy(breaker=BreakerOptions(min_requests=1)), in_turn(BUSY))
    await stage.client.send(ask())
    with pytest.raises(SubgraphCircuitOpenError):
        await stage.client.send(ask())
    assert (await stage.client.send(ask(subgraph="other"))).status == 503


async def test_a_try_whose_caller_leaves_does_not_keep_the_circuit_half_open() -> None:
    hangs = asyncio.Event()

    async def answer(_: SubgraphRequest) -> SubgraphResponse:
        if stage.sent == 1:
            return BUSY
        await hangs.wait()
        return OK

    stage = Stage(SubgraphPolicy(breaker=BreakerOptions(min_requests=1, sleep_s=0.001)), answer)
    await stage.client.send(ask())
    await asyncio.sleep(0.01)
    probe = asyncio.create_task(stage.client.send(ask()))
    await eventually(lambda: stage.sent == 2)
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    hangs.set()
    assert await stage.client.send(ask()) is OK


async def test_so_many_at_a_time_and_so_many_waiting() -> None:
    gate = asyncio.Event()
    most = under_way = 0

    async def answer(_: SubgraphRequest) -> SubgraphResponse:
        nonlocal most, under_way
        under_way += 1
        most = max(most, under_way)
        await gate.wait()
        under_way -= 1
        return OK

    stage = Stage(SubgraphPolicy(concurrency=ConcurrencyOptions(2, max_queued=3)), answer)
    tasks = [asyncio.create_task(stage.client.send(ask())) for _ in range(5)]
    await eventually(lambda: under_way == 2)
    await eventually(lambda: stage.of.turns is not None and stage.of.turns.queued == 3)
    with pytest.raises(SubgraphOverloadedError):
        await stage.client.send(ask())
    tasks[2].cancel()  # of those who wait
    await asyncio.gather(tasks[2], return_exceptions=True)
    gate.set()
    assert [await one for n, one in enumerate(tasks) if n != 2] == [OK] * 4
    assert most == 2
    turns = stage.of.turns
    assert turns is not None
    assert (turns.under_way, turns.queued, turns.refused) == (0, 0, 1)


async def test_who_waits_too_long_for_a_turn_is_told() -> None:
    gate = asyncio.Event()

    async def answer(_: SubgraphRequest) -> SubgraphResponse:
        await gate.wait()
        return OK

    policy = SubgraphPolicy(concurrency=ConcurrencyOptions(1, queue_timeout_s=0.05))
    stage = Stage(policy, answer)
    first = asyncio.create_task(stage.client.send(ask()))
    await eventually(lambda: stage.sent == 1)
    with pytest.raises(SubgraphOverloadedError):
        await stage.client.send(ask())
    gate.set()
    assert await first is OK
    assert await stage.client.send(ask()) is OK


async def test_a_slow_request_is_asked_a_second_time_and_the_first_answer_counts() -> None:
    dropped = 0

    async def answer(_: SubgraphRequest) -> SubgraphResponse:
        nonlocal dropped
        if stage.sent == 21:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                dropped += 1
                raise
        return OK

    hedge = HedgeOptions(min_delay_s=0.05, min_samples=20, budget_ratio=0.1)
    stage = Stage(SubgraphPolicy(hedge=hedge, concurrency=ConcurrencyOptions(4)), answer)
    for _ in range(20):
        await stage.client.send(ask())
    assert await stage.client.send(ask()) is OK
    counts = stage.of.counts
    assert (counts.hedges, counts.hedges_won, stage.sent) == (1, 1, 22)
    await eventually(lambda: dropped == 1)
    await eventually(lambda: stage.of.turns is not None and stage.of.turns.under_way == 0)


async def test_mutations_are_never_asked_twice() -> None:
    async def answer(_: SubgraphRequest) -> SubgraphResponse:
        await asyncio.sleep(0.1 if stage.sent > 20 else 0)
        return OK

    hedge = HedgeOptions(min_delay_s=0.001, min_samples=20, budget_ratio=1.0)
    stage = Stage(SubgraphPolicy(hedge=hedge), answer)
    for _ in range(20):
        await stage.client.send(ask())
    await stage.client.send(ask(is_query=False))
    assert stage.sent == 21


async def test_a_retry_goes_to_another_url_and_a_dead_one_is_left_alone() -> None:
    async with RawServer(answer_all) as server:
        alive = server.request().url
        dead = "http://127.0.0.1:1/graphql"
        policy = SubgraphPolicy(retry=QUICK, urls=(dead, alive))
        client = ResilientClient(HttpClient(), ResilienceOptions(policy))
        for _ in range(20):
            assert (await client.send(ask())).status == 200
        counts = client.subgraphs["s"].counts
        assert counts.retries == 3, "then the dead one rests"
        await client.close()


async def test_a_url_that_is_not_well_gets_no_requests_until_it_is() -> None:
    is_well = False

    async def talk(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.say(response(status="200 OK" if is_well else "500 Oh no"))

    async with RawServer(answer_all) as good, RawServer(talk) as shaky:
        policy = SubgraphPolicy(
            urls=(good.request().url, shaky.request().url),
            health_check=HealthCheckOptions(interval_s=0.01, unhealthy_after=2),
        )
        client = ResilientClient(HttpClient(), ResilienceOptions(policy))
        await client.send(ask())
        places = client.subgraphs["s"].places
        assert places is not None
        await eventually(lambda: not places.all[1].is_well)
        assert [(await client.send(ask())).status for _ in range(6)] == [200] * 6
        is_well = True
        await eventually(lambda: places.all[1].is_well)
        await client.close()


async def test_everything_ends_within_the_request_s_own_time() -> None:
    async def answer(_: SubgraphRequest) -> SubgraphResponse:
        await asyncio.sleep(0.05)
        return BUSY

    policy = SubgraphPolicy(retry=RetryOptions(max_attempts=20, interval_s=0.1, budget_per_s=100))
    stage = Stage(policy, answer)
    got = await asyncio.wait_for(stage.client.send(ask(timeout_s=0.4)), 5)
    assert got is BUSY
    assert stage.sent < 6
    with pytest.raises(SubgraphTimeoutError):
        await stage.client.send(ask(timeout_s=-1.0))


async def test_identical_queries_share_all_attempts() -> None:
    stage = Stage(SubgraphPolicy(retry=QUICK), in_turn(BUSY, OK))
    shared = InFlightClient(stage.client)
    got = await asyncio.gather(*(shared.send(ask()) for _ in range(10)))
    assert {one.status for one in got} == {200}
    assert stage.sent == 2


async def test_subgraphs_without_a_policy_are_asked_directly() -> None:
    stage = Stage(SubgraphPolicy(retry=QUICK), in_turn(BUSY))
    assert (await stage.client.send(ask(subgraph="other"))).status == 503
    assert stage.sent == 1
    assert not stage.client.subgraphs
