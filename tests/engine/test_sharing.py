"""Identical queries under way together are executed once, and nobody's leaving or identity harms another."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from router.engine.admission import Caller
from router.engine.answer import Answer
from router.engine.header_rules import HeaderOptions, PropagateNamed
from router.engine.options import EngineOptions
from router.engine.sharing import SharedExecutions
from router.guards.claims import Claims
from router.protocols.graphql_request import GraphQLRequest
from tests.engine.sample import Sample, sample

QUERY = "query Q($id: ID!) { product(id: $id) { name } }"
SHARED = EngineOptions(
    shares_requests=True,
    exposes_query_plan=True,
    headers=HeaderOptions((PropagateNamed(b"x-tenant"),)),
)
PLAIN = GraphQLRequest(QUERY, None, {"id": "1"})
NOBODY = Caller({})


class Gate:
    """A subgraph that answers when told, with what was asked."""

    def __init__(self, one: Sample) -> None:
        self.opened = asyncio.Event()
        self.asked: list[Any] = []
        self.cancelled = 0
        one.subgraphs.handlers["products"] = self.products

    async def products(self, request: Any) -> dict[str, Any]:
        self.asked.append(orjson.loads(request.body).get("variables"))
        try:
            await self.opened.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return {"data": {"product": {"__typename": "Product", "id": "1", "name": str(dict(request.headers))}}}


def start(one: Sample, request: GraphQLRequest, caller: Caller = NOBODY) -> asyncio.Task[Answer]:
    return asyncio.create_task(one.engine.pipeline.answer(request, caller))


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def warmed(one: Sample) -> Gate:
    await one.engine.pipeline.answer(PLAIN, NOBODY)
    return Gate(one)


async def test_identical_queries_share_one_execution_and_its_bytes() -> None:
    async with sample(SHARED) as one:
        gate = await warmed(one)
        waiting = [start(one, PLAIN) for _ in range(50)]
        await settle()
        gate.opened.set()
        answers = await asyncio.gather(*waiting)
        assert len(gate.asked) == 1
        assert {id(answer.body) for answer in answers} == {id(answers[0].body)}
        await one.engine.pipeline.answer(PLAIN, NOBODY)
        assert len(gate.asked) == 2, "an answer is not kept"


@pytest.mark.parametrize(
    ("request_", "caller"),
    [
        (GraphQLRequest(QUERY, None, {"id": "2"}), NOBODY),
        (GraphQLRequest(QUERY, "Q", {"id": "1"}), NOBODY),
        (GraphQLRequest(QUERY + " ", None, {"id": "1"}), NOBODY),
        (PLAIN, Caller({b"x-tenant": b"other"})),
        (PLAIN, Caller({}, Claims({"sub": "other"}))),
        (PLAIN, Caller({b"olympus-include-query-plan": b"true"})),
    ],
    ids=["variables", "operation name", "text", "forwarded header", "token", "plan asked for"],
)
async def test_what_differs_in_anything_that_counts_is_executed_apart(
    request_: GraphQLRequest, caller: Caller
) -> None:
    options = EngineOptions(
        shares_requests=True, shares_in_flight=False, exposes_query_plan=True, headers=SHARED.headers
    )
    async with sample(options) as one:
        gate = await warmed(one)
        await one.engine.pipeline.answer(GraphQLRequest("{ __typename }"), NOBODY)
        gate.opened.set()
        first, second = start(one, PLAIN), start(one, request_, caller)
        await asyncio.gather(first, second)
        assert len(gate.asked) == 2


async def test_a_header_that_crosses_to_no_subgraph_is_no_difference() -> None:
    async with sample(SHARED) as one:
        gate = await warmed(one)
        waiting = [start(one, PLAIN), start(one, PLAIN, Caller({b"x-trace": b"1"}))]
        await settle()
        gate.opened.set()
        await asyncio.gather(*waiting)
        assert len(gate.asked) == 1


async def test_a_waiter_who_leaves_harms_no_other_even_the_first() -> None:
    async with sample(SHARED) as one:
        gate = await warmed(one)
        first, second = start(one, PLAIN), start(one, PLAIN)
        await settle()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        gate.opened.set()
        assert (await second).status == 200
        assert (len(gate.asked), gate.cancelled) == (1, 0)


async def test_when_all_have_left_the_subgraphs_are_left_too() -> None:
    async with sample(SHARED) as one:
        gate = await warmed(one)
        waiting = [start(one, PLAIN) for _ in range(3)]
        await settle()
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await settle()
        assert (len(gate.asked), gate.cancelled) == (1, 1)


async def test_mutations_are_never_shared() -> None:
    async with sample(SHARED) as one:
        mutation = GraphQLRequest('mutation { rename(id: "1", name: "new") { name } }')
        await asyncio.gather(*(start(one, mutation) for _ in range(5)))
        assert len(one.subgraphs.requests) == 5


async def test_a_refusal_is_everyones_answer() -> None:
    async with sample(SHARED) as one:
        await warmed(one)
        without = GraphQLRequest(QUERY, None, {})
        answers = await asyncio.gather(*(start(one, without) for _ in range(3)))
        assert [answer.status for answer in answers] == [400, 400, 400]


async def test_nothing_is_shared_unless_configured() -> None:
    async with sample(EngineOptions(shares_in_flight=False)) as one:
        gate = await warmed(one)
        gate.opened.set()
        await asyncio.gather(start(one, PLAIN), start(one, PLAIN))
        assert len(gate.asked) == 2


async def test_an_execution_past_half_its_time_is_joined_by_nobody() -> None:
    shared: SharedExecutions[int] = SharedExecutions(timeout_s=0.0)
    calls: list[int] = []

    async def execute() -> int:
        calls.append(len(calls))
        await asyncio.sleep(0)
        return calls[-1]

    assert await asyncio.gather(shared.run("a", execute), shared.run("a", execute))
    assert len(calls) == 2
    assert len(shared) == 0
