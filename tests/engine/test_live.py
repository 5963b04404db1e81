"""Live subscriptions: who shares a source, what a slow client costs, what a reload and a break leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson
import pytest

from router.engine.admission import Caller
from router.engine.header_rules import HeaderOptions, PropagateNamed
from router.engine.options import EngineOptions
from router.engine.subscriber import Overflow, Subscriber, SubscriptionOverflowError
from router.engine.subscription_options import SubscriptionOptions
from router.errors import RouterError, SubgraphSubscriptionEndedError
from router.protocols.graphql_request import GraphQLRequest
from router.transport.base import SubscriptionRequest
from tests.engine.sample import PRODUCTS, Sample, sample, supergraph

RENAMED = "subscription { renamed { name stars } }"


class Source:
    """A subgraph's stream that a test feeds."""

    def __init__(self) -> None:
        self.queues: list[asyncio.Queue[Any]] = []

    async def __call__(self, _request: SubscriptionRequest) -> AsyncIterator[dict[str, Any]]:
        queue: asyncio.Queue[Any] = asyncio.Queue()
        self.queues.append(queue)
        while (event := await queue.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event

    def say(self, name: str) -> None:
        event = {"data": {"renamed": {"__typename": "Product", "id": "1", "name": name}}}
        self.queues[-1].put_nowait(event)

    async def opened(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.queues) < count:
                await asyncio.sleep(0.001)


class Client:
    """Reads one operation's results in a task of its own."""

    def __init__(self, one: Sample, query: str = RENAMED, **headers: str) -> None:
        caller = Caller({name.encode(): value.encode() for name, value in headers.items()})
        self.results: asyncio.Queue[Any] = asyncio.Queue()
        self.task = asyncio.create_task(self._read(one, GraphQLRequest(query), caller))

    async def _read(self, one: Sample, request: GraphQLRequest, caller: Caller) -> None:
        try:
            operation = await one.engine.pipeline.open(request, caller)
            async with aclosing(operation.results) as results:
                async for result in results:
                    self.results.put_nowait(orjson.loads(result))
            self.results.put_nowait("end")
        except RouterError as error:
            self.results.put_nowait(error.code)

    async def next(self) -> Any:
        async with asyncio.timeout(10):
            return await self.results.get()

    async def name(self) -> str:
        result = await self.next()
        name: str = result["data"]["renamed"]["name"]
        return name

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


def options(**given: Any) -> EngineOptions:
    return EngineOptions(subscriptions=SubscriptionOptions(reconnect_first_s=0.01, **given))


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


async def test_clients_that_ask_the_same_share_one_source_and_one_completion() -> None:
    async with sample(options()) as one:
        source = one.streams.sources["products"] = Source()
        clients = [Client(one) for _ in range(3)]
        await source.opened(1)
        await until(lambda: one.engine.pipeline.live.counts.subscribers == 3)
        source.say("a")
        source.say("b")
        for client in clients:
            assert [await client.name(), await client.name()] == ["a", "b"]
        assert len(source.queues) == 1
        assert [request.subgraph for request in one.subgraphs.requests] == ["reviews", "reviews"]
        for client in clients:
            await client.leave()
        await until(lambda: one.streams.closed_early == 1)
        assert one.engine.pipeline.live.counts.sources == 0


async def test_who_comes_later_hears_the_next_event_and_who_leaves_harms_nobody() -> None:
    async with sample(options()) as one:
        source = one.streams.sources["products"] = Source()
        first = Client(one)
        await source.opened(1)
        source.say("a")
        assert await first.name() == "a"
        second = Client(one)
        await until(lambda: one.engine.pipeline.live.counts.subscribers == 2)
        await first.leave()
        source.say("b")
        assert await second.name() == "b"
        assert one.streams.closed_early == 0
        source.queues[0].put_nowait(None)
        assert await second.next() == "end"


async def test_clients_whose_forwarded_headers_differ_share_nothing() -> None:
    rules = HeaderOptions((PropagateNamed(b"x-tenant"),))
    async with sample(EngineOptions(headers=rules)) as one:
        source = one.streams.sources["products"] = Source()
        acme, globex, anonymous = Client(one, **{"x-tenant": "acme"}), None, None
        await source.opened(1)
        globex = Client(one, **{"x-tenant": "globex"})
        await source.opened(2)
        anonymous = Client(one)
        await source.opened(3)
        for number, client in enumerate((acme, globex, anonymous)):
            event = {"data": {"renamed": {"__typename": "Product", "id": "1", "name": str(number)}}}
            source.queues[number].put_nowait(event)
            assert await client.name() == str(number)
        assert [dict(request.headers).get(b"x-tenant") for request in one.streams.requests] == [
            b"acme",
            b"globex",
            None,
        ]


async def test_sharing_can_be_off() -> None:
    async with sample(options(is_shared=False)) as one:
        source = one.streams.sources["products"] = Source()
        clients = [Client(one), Client(one)]
        await source.opened(2)
        assert one.engine.pipeline.live.counts.sources == 2
        for client in clients:
            await client.leave()


async def test_the_router_holds_so_many_sources() -> None:
    async with sample(options(max_sources=1)) as one:
        source = one.streams.sources["products"] = Source()
        first = Client(one)
        await source.opened(1)
        assert await Client(one, "subscription { renamed { name } }").next() == "SUBSCRIPTION_LIMIT_REACHED"
        same = Client(one)
        await until(lambda: one.engine.pipeline.live.counts.subscribers == 2)
        source.say("a")
        assert [await first.name(), await same.name()] == ["a", "a"]


async def test_events_are_completed_side_by_side_and_delivered_in_order() -> None:
    gates = {name: asyncio.Event() for name in "abc"}

    async with sample(options()) as one:
        source = one.streams.sources["products"] = Source()
        waiting = list("abc")
        answers = one.subgraphs.handlers["reviews"]

        async def slow(request: Any) -> Any:
            await gates[waiting.pop(0)].wait()
            return await answers(request)  # type: ignore[misc]

        one.subgraphs.handlers["reviews"] = slow
        client = Client(one)
        await source.opened(1)
        for name in "abc":
            source.say(name)
        await until(lambda: not waiting)
        for name in "cba":
            gates[name].set()
        assert [await client.name() for _ in range(3)] == ["a", "b", "c"]


async def test_a_source_that_breaks_is_opened_again_and_the_next_result_says_that_some_may_be_missing() -> (
    None
):
    async with sample(options()) as one:
        source = one.streams.sources["products"] = Source()
        client = Client(one)
        await source.opened(1)
        source.say("a")
        source.queues[0].put_nowait(SubgraphSubscriptionEndedError("products", "gone"))
        await source.opened(2)
        source.say("b")
        source.say("c")
        results = [await client.next() for _ in range(3)]
        assert [result["data"]["renamed"]["name"] for result in results] == ["a", "b", "c"]
        assert [result.get("extensions") for result in results] == [
            None,
            {"subscription": {"gap": True}},
            None,
        ]
        assert one.engine.pipeline.live.counts.gaps == 1


async def test_a_source_that_goes_on_breaking_is_given_up_and_never_completes() -> None:
    async with sample(options(reconnect_attempts=2)) as one:

        async def broken(_request: SubscriptionRequest) -> AsyncIterator[dict[str, Any]]:
            raise SubgraphSubscriptionEndedError("products", "gone")
            yield {}

        one.streams.sources["products"] = broken
        assert await Client(one).next() == "SUBGRAPH_SUBSCRIPTION_ENDED"
        assert len(one.streams.requests) == 3


async def test_a_source_that_was_never_open_is_not_opened_again() -> None:
    async with sample(options()) as one:
        del one.streams.sources["products"]
        assert await Client(one).next() == "SUBGRAPH_CONNECTION_REFUSED"
        assert len(one.streams.requests) == 1


def overflowing(overflow: Overflow) -> tuple[list[bytes], int, bool]:
    """What is read of five results through a queue of three, how many were dropped, and whether it broke."""

    async def run() -> tuple[list[bytes], int, bool]:
        dropped = 0

        def count() -> None:
            nonlocal dropped
            dropped += 1

        subscriber = Subscriber(3, overflow, count)
        for number in range(5):
            subscriber.offer(b"%d" % number)
        subscriber.end()
        read: list[bytes] = []
        results: AsyncGenerator[bytes] = subscriber.results(lambda: None)
        try:
            async for result in results:
                read.append(result)
        except SubscriptionOverflowError:
            return read, dropped, True
        return read, dropped, False

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("overflow", "read", "dropped", "breaks"),
    [
        (Overflow.END, [], 1, True),
        (Overflow.DROP_OLDEST, [b"2", b"3", b"4"], 2, False),
        (Overflow.DROP_NEWEST, [b"0", b"1", b"2"], 2, False),
        (Overflow.COALESCE, [b"3", b"4"], 1, False),
    ],
)
def test_a_full_queue_does_what_is_declared(
    overflow: Overflow, read: list[bytes], dropped: int, breaks: bool
) -> None:
    assert overflowing(overflow) == (read, dropped, breaks)


async def reloaded(one: Sample, products: str) -> None:
    one.sdl = supergraph(products)
    assert await one.engine.reloader.reload()


async def test_a_reload_goes_on_with_the_same_source_and_the_new_plan() -> None:
    async with sample(options()) as one:
        source = one.streams.sources["products"] = Source()
        client = Client(one)
        await source.opened(1)
        source.say("a")
        assert (await client.next())["data"]["renamed"]["stars"] == 5
        await reloaded(one, PRODUCTS + "type Unrelated { id: ID }\n")
        source.say("b")
        result = await client.next()
        assert (result["data"]["renamed"]["name"], "extensions" in result) == ("b", False)
        assert len(source.queues) == 1
        again = Client(one)
        await until(lambda: one.engine.pipeline.live.counts.subscribers == 2)
        source.say("c")
        assert [await client.name(), await again.name()] == ["c", "c"]
        assert len(source.queues) == 1


async def test_a_reload_that_moves_a_field_opens_the_source_anew_and_says_that_some_may_be_missing() -> None:
    async with sample(options()) as one:
        source = one.streams.sources["products"] = Source()
        client = Client(one)
        await source.opened(1)
        moved = PRODUCTS.replace("name: String }", 'name: String stars: Int @override(from: "reviews") }')
        await reloaded(one, moved.replace('["@key"]', '["@key", "@override"]'))
        await source.opened(2)
        product = {"__typename": "Product", "id": "1", "name": "a", "stars": 3}
        source.queues[-1].put_nowait({"data": {"renamed": product}})
        assert await client.next() == {
            "data": {"renamed": {"name": "a", "stars": 3}},
            "extensions": {"subscription": {"gap": True}},
        }
        assert one.subgraphs.requests == []


async def test_a_reload_that_makes_an_operation_invalid_ends_it_and_says_why() -> None:
    async with sample(options()) as one:
        source = one.streams.sources["products"] = Source()
        gone, stays = Client(one), Client(one, "subscription { renamed { stars } }")
        await source.opened(2)
        await reloaded(one, PRODUCTS.replace("name: String }", "title: String }"))
        assert await gone.next() == "SUBSCRIPTION_SCHEMA_RELOAD"
        event = {"data": {"renamed": {"__typename": "Product", "id": "1"}}}
        for queue in source.queues:
            queue.put_nowait(event)
        assert (await stays.next())["data"] == {"renamed": {"stars": 5}}
