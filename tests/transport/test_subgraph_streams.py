"""Subscriptions at real strawberry and ariadne subgraphs over sockets, by every protocol they speak."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
import strawberry
from ariadne import SubscriptionType, make_executable_schema
from ariadne.asgi import GraphQL as AriadneApp
from ariadne.asgi.handlers import GraphQLHTTPHandler, GraphQLTransportWSHandler, GraphQLWSHandler
from ariadne.contrib.sse import SSESubscriptionHandler
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL as StrawberryApp

from router.errors import SubgraphError, SubgraphSubscriptionEndedError
from router.transport.base import Json, SubscriptionRequest
from router.transport.options import StreamChoice, StreamOptions, StreamProtocol
from router.transport.subgraph_streams import SubgraphStreams
from tests.serving import serving
from tests.transport.raw_server import eventually

SDL = """
type Query { one: Int! }
type Subscription { count(to: Int!): Int!  endless: Int! }
"""


class Source:
    """What both subgraphs resolve with; ``ended`` counts endless streams that were told to stop."""

    def __init__(self) -> None:
        self.ended = 0

    async def count(self, to: int) -> AsyncGenerator[int]:
        for number in range(to):
            yield number

    async def endless(self) -> AsyncGenerator[int]:
        try:
            number = 0
            while True:
                yield number
                number += 1
                await asyncio.sleep(0.01)
        finally:
            self.ended += 1


def strawberry_app(source: Source) -> Any:
    @strawberry.type
    class Query:
        one: int = 1

    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def count(self, to: int) -> AsyncGenerator[int]:
            async for number in source.count(to):
                yield number

        @strawberry.subscription
        async def endless(self) -> AsyncGenerator[int]:
            async for number in source.endless():
                yield number

    schema = strawberry.Schema(Query, subscription=Subscription)
    spoken = ("graphql-transport-ws", "graphql-ws", "graphql-sse", "multipart-subscription")
    return StrawberryApp(schema, graphql_ide=None, subscription_protocols=spoken)


def ariadne_app(source: Source, socket: Any) -> Any:
    subscription = SubscriptionType()
    subscription.set_source("count", lambda *_, to: source.count(to))
    subscription.set_source("endless", lambda *_: source.endless())
    for name in ("count", "endless"):
        subscription.set_field(name, lambda value, *_, **__: value)
    return AriadneApp(
        make_executable_schema(SDL, subscription),
        http_handler=GraphQLHTTPHandler(subscription_handlers=[SSESubscriptionHandler()]),
        websocket_handler=socket,
    )


SPOKEN = [
    ("strawberry", StreamProtocol.GRAPHQL_TRANSPORT_WS),
    ("strawberry", StreamProtocol.GRAPHQL_WS),
    ("strawberry", StreamProtocol.SSE),
    ("strawberry", StreamProtocol.MULTIPART),
    ("ariadne", StreamProtocol.GRAPHQL_TRANSPORT_WS),
    ("ariadne", StreamProtocol.GRAPHQL_WS),
    ("ariadne", StreamProtocol.SSE),
]


class Subgraph:
    """One running subgraph and the streams that lead to it."""

    def __init__(self, origin: str, source: Source, streams: SubgraphStreams) -> None:
        self.origin = origin
        self.source = source
        self.streams = streams

    def subscribe(self, query: str, **variables: Any) -> Any:
        body = orjson.dumps({"query": query, "variables": variables})
        return self.streams.subscribe(SubscriptionRequest("orders", self.origin + "/graphql", body, ()))


def app_of(library: str, protocol: StreamProtocol, source: Source) -> Starlette:
    if library == "strawberry":
        graphql = strawberry_app(source)
        routes = [Route("/events", graphql), WebSocketRoute("/events", graphql)]
    else:
        is_legacy = protocol is StreamProtocol.GRAPHQL_WS
        graphql = ariadne_app(source, GraphQLWSHandler() if is_legacy else GraphQLTransportWSHandler())
        routes = [
            Route("/events", graphql.handle_request, methods=["POST"]),
            WebSocketRoute("/events", graphql.handle_websocket),
        ]
    return Starlette(routes=routes)


@asynccontextmanager
async def running(library: str, protocol: StreamProtocol) -> AsyncIterator[Subgraph]:
    source = Source()
    choice = StreamChoice(protocol, path="/events", heartbeat_s=30)
    streams = SubgraphStreams(StreamOptions(subgraphs={"orders": choice}))
    async with serving(app_of(library, protocol, source)) as origin:
        try:
            yield Subgraph(origin, source, streams)
        finally:
            await streams.close()


async def collect(stream: Any) -> list[Json]:
    async with asyncio.timeout(20):
        return [event async for event in stream]


@pytest.mark.parametrize(("library", "protocol"), SPOKEN, ids=str)
async def test_events_come_in_order_from_a_real_subgraph(library: str, protocol: StreamProtocol) -> None:
    async with running(library, protocol) as subgraph:
        query = "subscription($to: Int!) { count(to: $to) }"
        got = await asyncio.gather(*(collect(subgraph.subscribe(query, to=to)) for to in (0, 3, 50)))
        assert [[one["data"]["count"] for one in events] for events in got] == [
            list(range(to)) for to in (0, 3, 50)
        ]


# Ariadne's legacy handler fails when it is told to stop a source that is being waited for.
STOPPABLE = [one for one in SPOKEN if one != ("ariadne", StreamProtocol.GRAPHQL_WS)]


@pytest.mark.parametrize(("library", "protocol"), STOPPABLE, ids=str)
async def test_a_real_subgraph_stops_when_the_stream_is_closed(
    library: str, protocol: StreamProtocol
) -> None:
    async with running(library, protocol) as subgraph:
        stream, other = (subgraph.subscribe("subscription { endless }") for _ in range(2))
        for number in range(3):
            assert (await anext(stream))["data"] == {"endless": number}
            await anext(other)
        await stream.aclose()
        await eventually(lambda: subgraph.source.ended == 1)
        await anext(other)
        await subgraph.streams.close()
        with pytest.raises(SubgraphSubscriptionEndedError, match="closed its client"):
            await collect(other)
        await eventually(lambda: subgraph.source.ended == 2)


@pytest.mark.parametrize(("library", "protocol"), SPOKEN, ids=str)
async def test_what_a_real_subgraph_refuses_is_one_last_result(
    library: str, protocol: StreamProtocol
) -> None:
    async with running(library, protocol) as subgraph:
        (only,) = await collect(subgraph.subscribe("subscription { nowhere }"))
        assert "nowhere" in only["errors"][0]["message"]


@pytest.mark.parametrize("protocol", StreamProtocol, ids=str)
async def test_a_subgraph_that_goes_away_is_an_error(protocol: StreamProtocol) -> None:
    async with running("strawberry", protocol) as subgraph:
        stream = subgraph.subscribe("subscription { endless }")
        await anext(stream)
        assert stream.was_open
    with pytest.raises(SubgraphError):
        await collect(stream)
