"""Fetches in time: beside each other, after each other, cancelled, too late; and a client with a bug."""

from __future__ import annotations

import asyncio

import pytest

from router.execution.compile import compile_plan
from router.execution.context import Endpoint, ExecutionContext
from router.execution.run import execute
from router.planning.plan import QueryPlan
from router.transport.base import SubgraphRequest, SubgraphResponse
from tests.execution.plans import PlanBuilder
from tests.execution.scripted import ScriptedClient, endpoints, run
from tests.execution.test_run import SHOP, conditional_plan


class GatedClient:
    """Answers when its gate opens; knows who is waiting and who was cancelled."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.cancelled: list[str] = []
        self.gate = asyncio.Event()

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        self.waiting.append(request.subgraph)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.append(request.subgraph)
            raise
        return SubgraphResponse(200, (), b'{"data":{"products":[],"me":null,"product":null}}')

    async def close(self) -> None:
        """Nothing is open."""


def three_roots() -> QueryPlan:
    builder = PlanBuilder(SHOP, "{ products { upc } me { id } users { id } }")
    builder.root("a", "{ products { upc } }")
    builder.root("b", "{ me { id } }")
    builder.root("c", "{ users { id } }")
    return builder.plan()


async def test_independent_fetches_are_under_way_together() -> None:
    client = GatedClient()
    ctx = ExecutionContext(client, endpoints(SHOP))
    task = asyncio.create_task(execute(compile_plan(three_roots(), SHOP), ctx))
    for _ in range(3):
        await asyncio.sleep(0)
    assert sorted(client.waiting) == ["a", "b", "c"]
    client.gate.set()
    response = await task
    assert response.data == {"products": [], "me": None, "users": None}


async def test_cancelling_a_request_cancels_all_its_fetches() -> None:
    client = GatedClient()
    ctx = ExecutionContext(client, endpoints(SHOP))
    task = asyncio.create_task(execute(compile_plan(three_roots(), SHOP), ctx))
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert sorted(client.cancelled) == ["a", "b", "c"]


class BrokenClient(GatedClient):
    """Has a bug."""

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        if request.subgraph == "b":
            raise ZeroDivisionError
        return await super().send(request)


async def test_a_bug_in_a_client_is_not_taken_for_an_error_of_a_subgraph() -> None:
    client = BrokenClient()
    client.gate.set()
    ctx = ExecutionContext(client, endpoints(SHOP))
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(execute(compile_plan(three_roots(), SHOP), ctx), 1)


async def test_a_bug_in_a_client_surfaces_at_once_whatever_else_is_under_way() -> None:
    client = BrokenClient()
    ctx = ExecutionContext(client, endpoints(SHOP))
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(execute(compile_plan(three_roots(), SHOP), ctx), 1)
    await asyncio.sleep(0)
    assert sorted(client.cancelled) == ["a", "c"]


async def test_new_values_of_condition_variables_are_compiled_beside_the_loop_and_once() -> None:
    compiled = compile_plan(conditional_plan(), SHOP)
    variables = compiled.coerce({"x": False, "y": True})
    assert compiled.program(variables) is None
    first, second = await asyncio.gather(compiled.build(variables), compiled.build(variables))
    assert first is second is compiled.program(variables)


async def test_no_fetch_starts_after_the_deadline() -> None:
    client = ScriptedClient({})
    builder = PlanBuilder(SHOP, "{ me { id } }")
    builder.root("a", "{ me { id } }")

    def configure(ctx: ExecutionContext) -> None:
        ctx.deadline_s = asyncio.get_running_loop().time() - 1

    response = await run(builder.plan(), SHOP, client, configure=configure)
    assert [(e.path, e.code) for e in response.errors] == [(("me",), "SUBGRAPH_TIMEOUT")]
    assert client.asked == []


async def test_a_fetch_gets_the_time_that_is_left_and_the_headers_of_its_subgraph() -> None:
    builder = PlanBuilder(SHOP, "{ me { id } }")
    builder.root("a", "{ me { id } }")
    client = ScriptedClient({"a": [{"data": {"me": None}}]})

    def configure(ctx: ExecutionContext) -> None:
        ctx.endpoints = {"a": Endpoint("http://there", ((b"x-tenant", b"t"),), 9.0)}
        ctx.deadline_s = asyncio.get_running_loop().time() + 2
        ctx.timings = []

    contexts: list[ExecutionContext] = []
    await run(builder.plan(), SHOP, client, configure=lambda ctx: (configure(ctx), contexts.append(ctx))[0])
    request = client.requests[0]
    assert (request.url, request.headers) == ("http://there", ((b"x-tenant", b"t"),))
    assert 1 < request.timeout_s <= 2
    assert contexts[0].timings is not None
    assert [timing.fetch for timing in contexts[0].timings] == [0]
