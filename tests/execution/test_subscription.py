"""Events, completed by the rest of the plan."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson
import pytest

from router.errors import SubgraphSubscriptionEndedError
from router.execution.compile import CompiledPlan, compile_plan
from router.execution.context import ExecutionContext, Response
from router.execution.run import refusal
from router.execution.subscription import respond, source_request
from router.planning.plan import QueryPlan
from router.transport.base import SubscriptionRequest
from tests.execution.plans import PlanBuilder, supergraph_of
from tests.execution.scripted import ScriptedClient, endpoints

SHOP = supergraph_of("""
type Query { me: Int }
type Subscription { sold(shop: ID!): Sale }
type Sale { product: Product amount: Int! }
type Product { upc: ID! name: String! }
""")


async def subscribe(
    compiled: CompiledPlan, ctx: ExecutionContext, streams: ScriptedStreams
) -> AsyncGenerator[Response]:
    """One response after the other, as the engine does for a single client."""
    refused = refusal(compiled)
    if refused is not None:
        yield refused
        return
    program = compiled.program(ctx.variables) or await compiled.build(ctx.variables)
    async with aclosing(streams.subscribe(source_request(program, compiled, ctx))) as stream:
        async for event in stream:
            yield await respond(compiled, ctx, event)


class ScriptedStream:
    """A source stream with its events written down."""

    def __init__(self, events: list[Any]) -> None:
        self._events = list(events)
        self.is_closed = False

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        if not self._events:
            raise StopAsyncIteration
        event = self._events.pop(0)
        if isinstance(event, Exception):
            raise event
        return event

    async def aclose(self) -> None:
        self.is_closed = True


class ScriptedStreams:
    """Opens the one stream."""

    def __init__(self, events: list[Any]) -> None:
        self.stream = ScriptedStream(events)
        self.requests: list[SubscriptionRequest] = []

    def subscribe(self, request: SubscriptionRequest) -> ScriptedStream:
        self.requests.append(request)
        return self.stream

    async def close(self) -> None:
        """Nothing is open."""


def plan() -> QueryPlan:
    builder = PlanBuilder(
        SHOP, "subscription ($shop: ID!) { sale: sold(shop: $shop) { amount product { name } } }"
    )
    builder.root("a", "{ sale: sold { amount product { upc } } }", variables=("shop",))
    builder.entities(
        "b", builder.entity("Product", "{ upc @key }", "{ name }", ("sale", "product")), after=(0,)
    )
    return builder.plan()


def sale(upc: str, amount: int | None = 1) -> Any:
    return {"data": {"sale": {"amount": amount, "product": {"upc": upc}}}}


async def test_every_event_is_completed_in_order_with_state_of_its_own() -> None:
    streams = ScriptedStreams([sale("1"), sale("2", None), {"data": {"sale": None}}, sale("3")])
    client = ScriptedClient({"b": [{"data": {"_entities": [{"name": name}]}} for name in ("x", "y", "z")]})
    compiled = compile_plan(plan(), SHOP)
    ctx = ExecutionContext(client, endpoints(SHOP), compiled.coerce({"shop": "s"}))
    responses = [response async for response in subscribe(compiled, ctx, streams)]
    assert [response.data for response in responses] == [
        {"sale": {"amount": 1, "product": {"name": "x"}}},
        {"sale": None},
        {"sale": None},
        {"sale": {"amount": 1, "product": {"name": "z"}}},
    ]
    assert [[e.path for e in response.errors] for response in responses] == [[], [("sale", "amount")], [], []]
    assert streams.stream.is_closed
    [request] = streams.requests
    assert orjson.loads(request.body)["variables"] == {"shop": "s"}


async def test_a_refused_subscription_gives_its_errors() -> None:
    streams = ScriptedStreams([{"errors": [{"message": "no", "extensions": {"code": "FORBIDDEN"}}]}])
    compiled = compile_plan(plan(), SHOP)
    ctx = ExecutionContext(ScriptedClient({}), endpoints(SHOP), {"shop": "s"})
    [response] = [response async for response in subscribe(compiled, ctx, streams)]
    assert response.data == {"sale": None}
    assert [e.code for e in response.errors] == ["FORBIDDEN"]


async def test_a_broken_stream_is_the_callers_to_tell_and_is_closed() -> None:
    streams = ScriptedStreams([{"data": {"sale": None}}, SubgraphSubscriptionEndedError("a", "gone")])
    compiled = compile_plan(plan(), SHOP)
    ctx = ExecutionContext(ScriptedClient({}), endpoints(SHOP), {"shop": "s"})
    seen = []
    with pytest.raises(SubgraphSubscriptionEndedError):
        async for response in subscribe(compiled, ctx, streams):
            seen.append(response)
    assert len(seen) == 1
    assert streams.stream.is_closed
