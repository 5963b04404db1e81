"""Subscriptions that a broker's channel feeds: what they are asked, who may, and what is fetched around an event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from router.engine.admission import Caller
from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource
from router.engine.subscription_options import EventOptions, SubscriptionOptions
from router.errors import RouterError
from router.events.memory import MemoryBroker
from router.guards.claims import Claims
from router.protocols.graphql_request import GraphQLRequest
from router.transport.base import SubgraphRequest, SubscriptionRequest
from router.transport.fake import FakeStreams, FakeSubgraphs

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])\n'
    '  @link(url: "https://specs.olympus-router.dev/events/v0.1", import: ["@eventSource"])\n'
    '  @composeDirective(name: "@eventSource")\n'
    "directive @eventSource(channel: String!, allow: String, filter: String) on FIELD_DEFINITION\n"
)
ORDERS = """
type Query { order(id: ID!): Order }
type Subscription {
  orderUpdates(tenantId: ID!, kinds: [Kind!]): OrderUpdate!
    @eventSource(
      channel: "orders:{args.tenantId}"
      allow: "args.tenantId == claims.tenant_id"
      filter: "args.kinds == null || event.kind in args.kinds"
    )
  found(in: Place = { name: "here" }): [Thing!] @eventSource(channel: "found.{args.in.name}")
  mine: Note @eventSource(channel: "notes.{claims.sub}")
}
input Place { name: String! }
enum Kind { CREATED CHANGED }
type OrderUpdate { kind: Kind! order: Order! total: Money }
type Money { amount: Int! currency: String! }
type Order @key(fields: "id") { id: ID! number: String customer: Customer }
type Customer @key(fields: "id", resolvable: false) { id: ID! }
interface Named { name: String }
union Thing = Order | Note
type Note implements Named { name: String text: String }
"""
CUSTOMERS = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
type Query { customer(id: ID!): Customer }
type Customer @key(fields: "id") { id: ID! name: String }
"""
UPDATES = """subscription { orderUpdates(tenantId: "acme") {
  what: kind total { amount } order { id number customer { name } }
} }"""
EVENT = {"kind": "CREATED", "order": {"id": 7, "number": "not asked of events"}, "total": {"amount": 5}}


def supergraph(orders: str = ORDERS) -> str:
    composed = compose(
        [
            SubgraphInput("orders", "http://orders/graphql", LINK + orders),
            SubgraphInput("customers", "http://customers/graphql", CUSTOMERS),
        ]
    )
    assert isinstance(composed, Composed), composed
    return composed.supergraph_sdl


def orders(request: SubgraphRequest) -> dict[str, Any]:
    asked = next(iter(orjson.loads(request.body)["variables"].values()))
    return {
        "data": {
            "_entities": [
                {
                    "__typename": "Order",
                    "number": f"A-{one['id']}",
                    "customer": {"__typename": "Customer", "id": "c1"},
                }
                for one in asked
            ]
        }
    }


def customers(_request: SubgraphRequest) -> dict[str, Any]:
    return {"data": {"_entities": [{"__typename": "Customer", "name": "Ann"}]}}


async def own_stream(_request: SubscriptionRequest) -> AsyncIterator[dict[str, Any]]:
    yield {"data": {"orderUpdates": {"what": "CREATED"}}}


class World:
    def __init__(self, events: EventOptions | None) -> None:
        self.sdl = supergraph()
        self.broker = MemoryBroker()
        self.subgraphs = FakeSubgraphs({"orders": orders, "customers": customers})
        self.streams = FakeStreams({"orders": own_stream})
        source = SupergraphSource(lambda: self.sdl, lambda: ())
        options = EngineOptions(subscriptions=SubscriptionOptions(events=events))
        self.engine = Engine(source, options, self.subgraphs, self.streams, broker=self.broker)

    async def publish(self, channel: str, event: Any) -> None:
        await self.broker.publish(channel, event if isinstance(event, bytes) else orjson.dumps(event))

    async def opened(self, channel: str, count: int = 1) -> None:
        async with asyncio.timeout(10):
            while len(self.broker._subscriptions.get(channel, ())) != count:
                await asyncio.sleep(0.001)


@asynccontextmanager
async def world(events: EventOptions | None = EventOptions()) -> AsyncIterator[World]:  # noqa: B008
    one = World(events)
    async with one.engine:
        yield one


class Client:
    """Reads one operation's results in a task of its own."""

    def __init__(self, one: World, query: str = UPDATES, variables: Any = None, **claims: Any) -> None:
        caller = Caller({}, Claims(claims or {"tenant_id": "acme", "sub": "ann"}))
        self.results: asyncio.Queue[Any] = asyncio.Queue()
        self.task = asyncio.create_task(
            self._read(one, GraphQLRequest(query, variables=variables or {}), caller)
        )

    async def _read(self, one: World, request: GraphQLRequest, caller: Caller) -> None:
        try:
            operation = await one.engine.pipeline.open(request, caller)
            async for result in operation.results:
                self.results.put_nowait(orjson.loads(result))
            self.results.put_nowait("complete")
        except RouterError as error:
            self.results.put_nowait(error.code)

    async def next(self) -> Any:
        async with asyncio.timeout(10):
            return await self.results.get()

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_an_event_carries_keys_and_the_plan_fetches_the_rest() -> None:
    async with world() as one:
        client = Client(one)
        await one.opened("orders:acme")
        await one.publish("orders:globex", EVENT)
        await one.publish("orders:acme", EVENT)
        assert await client.next() == {
            "data": {
                "orderUpdates": {
                    "what": "CREATED",
                    "total": {"amount": 5},
                    "order": {"id": "7", "number": "A-7", "customer": {"name": "Ann"}},
                }
            }
        }
        assert [request.subgraph for request in one.subgraphs.requests] == ["orders", "customers"]
        assert one.streams.requests == []
        await client.leave()
        await one.opened("orders:acme", 0)


async def test_who_may_not_is_refused_and_no_channel_is_opened() -> None:
    async with world() as one:
        assert await Client(one, tenant_id="globex").next() == "FORBIDDEN"
        assert await Client(one, sub="ann").next() == "FORBIDDEN"  # no tenant at all
        assert await Client(one, "subscription { mine { text } }", tenant_id="acme").next() == "FORBIDDEN"
        assert one.broker._subscriptions == {}


@pytest.mark.parametrize("name", ["a.b", "*", "a b", "", "a\n"])
async def test_an_argument_names_no_channel_of_another_shape(name: str) -> None:
    async with world() as one:
        query = "subscription ($name: String!) { found(in: { name: $name }) { __typename } }"
        assert await Client(one, query, {"name": name}).next() == "EVENT_CHANNEL_INVALID"


async def test_a_filter_keeps_events_from_those_they_are_not_for_and_others_share_one_channel() -> None:
    async with world() as one:
        query = 'subscription ($k: [Kind!]) { orderUpdates(tenantId: "acme", kinds: $k) { kind } }'
        some, all_, again = Client(one, query, {"k": "CHANGED"}), Client(one, query), Client(one, query)
        await one.opened("orders:acme", 2)
        for kind in ("CREATED", "CHANGED"):
            await one.publish("orders:acme", {"kind": kind})
        assert await some.next() == {"data": {"orderUpdates": {"kind": "CHANGED"}}}
        for client in (all_, again):
            assert [(await client.next())["data"]["orderUpdates"]["kind"] for _ in range(2)] == [
                "CREATED",
                "CHANGED",
            ]


async def test_an_event_of_abstract_types_says_which_and_defaults_name_the_channel() -> None:
    async with world() as one:
        query = (
            "subscription { found { __typename ... on Order { number } ... on Named { name } "
            "... on Note { text } } }"
        )
        client = Client(one, query)
        await one.opened("found.here")
        await one.publish(
            "found.here",
            [{"__typename": "Note", "name": "n", "text": "t"}, {"__typename": "Order", "id": "1"}],
        )
        assert await client.next() == {
            "data": {
                "found": [
                    {"__typename": "Note", "name": "n", "text": "t"},
                    {"__typename": "Order", "number": "A-1"},
                ]
            }
        }


async def test_what_is_no_event_is_left_out_or_an_error_and_the_next_one_comes() -> None:
    async with world() as one:
        client = Client(one)
        await one.opened("orders:acme")
        for event in (b"{", {"kind": "NONSENSE", "order": {"id": "1"}}, 5, EVENT):
            await one.publish("orders:acme", event)
        assert (await client.next())["errors"][0]["path"] == ["orderUpdates", "what"]
        assert "errors" in await client.next()
        assert (await client.next())["data"]["orderUpdates"]["order"]["number"] == "A-7"


async def test_two_callers_share_a_channel_only_where_their_claims_come_to_the_same() -> None:
    async with world() as one:
        query = "subscription { mine { text } }"
        ann, again, bob = (
            Client(one, query, sub="ann"),
            Client(one, query, sub="ann"),
            Client(one, query, sub="bob"),
        )
        await one.opened("notes.ann")
        await one.opened("notes.bob")
        await one.publish("notes.ann", {"text": "for ann"})
        await one.publish("notes.bob", {"text": "for bob"})
        for client, text in ((ann, "for ann"), (again, "for ann"), (bob, "for bob")):
            assert await client.next() == {"data": {"mine": {"text": text}}}


async def test_a_reload_goes_on_with_the_channel_and_plans_anew() -> None:
    async with world() as one:
        client = Client(one, 'subscription { orderUpdates(tenantId: "acme") { kind } }')
        await one.opened("orders:acme")
        one.sdl = supergraph(ORDERS.replace("total: Money", "total: Money more: Int"))
        await one.engine.reloader.reload()
        await one.publish("orders:acme", EVENT)
        assert await client.next() == {"data": {"orderUpdates": {"kind": "CREATED"}}}
        one.sdl = supergraph(ORDERS.replace("kind: Kind! order", "what: Kind! order"))
        await one.engine.reloader.reload()
        assert await client.next() == "SUBSCRIPTION_SCHEMA_RELOAD"


async def test_without_a_broker_the_subgraph_s_own_stream_feeds_the_field_and_who_may_is_checked() -> None:
    async with world(None) as one:
        client = Client(one, 'subscription { orderUpdates(tenantId: "acme") { what: kind } }')
        assert await client.next() == {"data": {"orderUpdates": {"what": "CREATED"}}}
        assert await Client(one, tenant_id="globex").next() == "FORBIDDEN"
        assert len(one.streams.requests) == 1


async def test_a_broker_that_closes_a_channel_is_asked_again_and_the_gap_is_told() -> None:
    one = World(EventOptions())
    one.engine.pipeline.live.options = SubscriptionOptions(
        events=EventOptions(), reconnect_first_s=0.01, reconnect_most_s=0.02
    )
    async with one.engine:
        client = Client(one)
        await one.opened("orders:acme")
        await one.broker.close()
        await one.opened("orders:acme")
        await one.publish("orders:acme", EVENT)
        assert (await client.next())["extensions"] == {"subscription": {"gap": True}}
