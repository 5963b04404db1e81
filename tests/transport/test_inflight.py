"""Sharing of identical queries under way."""

from __future__ import annotations

import asyncio

import pytest

from router.errors import SubgraphConnectionLostError, SubgraphConnectionRefusedError, SubgraphTimeoutError
from router.transport.base import Headers, SubgraphRequest, SubgraphResponse
from router.transport.fake import FakeSubgraphs
from router.transport.http import HttpClient
from router.transport.inflight import InFlightClient, StartingClient, TaskStarter
from tests.transport.raw_server import Peer, RawServer, eventually, never_answer, response


def request(
    body: bytes = b"{}",
    *,
    headers: Headers = (),
    is_query: bool = True,
    timeout_s: float = 5.0,
    subgraph: str = "orders",
    url: str = "http://orders/",
) -> SubgraphRequest:
    return SubgraphRequest(subgraph, url, body, headers, is_query, timeout_s)


class Gate:
    """A subgraph that answers when it is told to, and notes who stopped waiting."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.cancelled = 0
        self.fakes = FakeSubgraphs({"orders": self._answer, "products": self._answer})
        self.client = InFlightClient(TaskStarter(self.fakes))

    async def _answer(self, request: SubgraphRequest) -> bytes:
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return request.body

    def start(self, one: SubgraphRequest) -> asyncio.Task[SubgraphResponse]:
        return asyncio.create_task(self.client.send(one))

    @property
    def sent(self) -> int:
        return len(self.fakes.requests)


async def test_identical_queries_are_sent_once_and_share_the_response() -> None:
    gate = Gate()
    tasks = [gate.start(request()) for _ in range(50)]
    await asyncio.sleep(0)
    gate.open.set()
    got = await asyncio.gather(*tasks)
    assert gate.sent == 1
    assert all(one is got[0] for one in got)


@pytest.mark.parametrize(
    "other",
    [
        request(b"other"),
        request(headers=((b"authorization", b"b"),)),
        request(subgraph="products"),
        request(url="http://elsewhere/"),
        request(is_query=False),
    ],
    ids=["body", "headers", "subgraph", "url", "mutation"],
)
async def test_any_difference_keeps_requests_apart(other: SubgraphRequest) -> None:
    gate = Gate()
    tasks = [gate.start(request()), gate.start(other)]
    await asyncio.sleep(0)
    gate.open.set()
    await asyncio.gather(*tasks)
    assert gate.sent == 2


async def test_mutations_are_never_shared() -> None:
    gate = Gate()
    tasks = [gate.start(request(is_query=False)) for _ in range(3)]
    await asyncio.sleep(0)
    gate.open.set()
    await asyncio.gather(*tasks)
    assert gate.sent == 3


async def test_nothing_is_kept_after_the_answer() -> None:
    gate = Gate()
    gate.open.set()
    await gate.client.send(request())
    await gate.client.send(request())
    assert gate.sent == 2


async def test_a_cancelled_waiter_harms_no_other_not_even_the_first() -> None:
    gate = Gate()
    tasks = [gate.start(request()) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gate.open.set()
    got = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(got[0], asyncio.CancelledError)
    assert got[1] is got[2] and isinstance(got[1], SubgraphResponse)
    assert (gate.sent, gate.cancelled) == (1, 0)


async def test_the_last_waiter_to_leave_stops_the_request() -> None:
    gate = Gate()
    tasks = [gate.start(request()) for _ in range(3)]
    await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await eventually(lambda: gate.cancelled == 1)
    gate.open.set()
    assert (await gate.client.send(request())).status == 200
    assert gate.sent == 2


async def test_an_error_is_shared_by_those_who_wait_and_never_kept() -> None:
    calls = 0

    async def fail_once(_: SubgraphRequest) -> bytes:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        if calls == 1:
            raise SubgraphConnectionRefusedError("orders", "no")
        return b"{}"

    client = InFlightClient(TaskStarter(FakeSubgraphs({"orders": fail_once})))
    got = await asyncio.gather(*(client.send(request()) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in got] == [SubgraphConnectionRefusedError] * 3
    assert (await client.send(request())).body == b"{}"
    assert calls == 2


async def test_a_bug_in_the_client_hangs_nobody() -> None:
    def broken(_: SubgraphRequest) -> bytes:
        raise ZeroDivisionError

    client = InFlightClient(TaskStarter(FakeSubgraphs({"orders": broken})))
    with pytest.raises(SubgraphConnectionLostError, match="ZeroDivisionError"):
        await client.send(request())


async def test_a_waiter_with_less_time_leaves_alone() -> None:
    gate = Gate()
    patient = gate.start(request(timeout_s=5))
    await asyncio.sleep(0)
    with pytest.raises(SubgraphTimeoutError):
        await gate.client.send(request(timeout_s=0.02))
    gate.open.set()
    assert (await patient).status == 200
    assert gate.sent == 1


async def test_a_newcomer_does_not_join_a_request_that_is_nearly_out_of_time() -> None:
    gate = Gate()
    hasty = gate.start(request(timeout_s=0.05))
    await asyncio.sleep(0)
    patient = gate.start(request(timeout_s=5))
    await eventually(lambda: gate.sent == 2)
    gate.open.set()
    await asyncio.gather(hasty, patient)


async def test_a_thousand_requests_of_two_callers_over_http_never_mix() -> None:
    served = 0

    async def talk(peer: Peer) -> None:
        nonlocal served
        while True:
            head, _ = await peer.request()
            served += 1
            await peer.say(response(b"alice" if b"x-user: alice" in head else b"bob"))

    async with RawServer(talk) as server:
        client = InFlightClient(HttpClient())
        users = [b"alice", b"bob"] * 500
        got = await asyncio.gather(
            *(client.send(server.request(headers=((b"x-user", user),))) for user in users)
        )
        assert [one.body for one in got] == users
        assert served < 100
        await client.close()


@pytest.mark.parametrize("leave_first", [True, False])
async def test_over_http_the_last_to_leave_closes_the_connection(leave_first: bool) -> None:
    async with RawServer(never_answer) as server:
        http = HttpClient()
        starting: StartingClient = http
        client = InFlightClient(starting)
        tasks = [asyncio.create_task(client.send(server.request())) for _ in range(2)]
        await eventually(lambda: server.connections == 1)
        first, second = tasks if leave_first else reversed(tasks)
        first.cancel()
        await eventually(lambda: http.pools[0].counts[0] == 1)
        second.cancel()
        await eventually(lambda: http.pools[0].counts == (0, 0, 0, 0))
        await client.close()
