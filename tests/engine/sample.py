"""A small supergraph of two subgraphs, and fakes that answer for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource
from router.transport.base import SubgraphRequest, SubscriptionRequest
from router.transport.fake import FakeStreams, FakeSubgraphs

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])\n'
PRODUCTS = LINK + (
    "type Query { product(id: ID!): Product slow: String }\n"
    "type Mutation { rename(id: ID!, name: String!): Product }\n"
    "type Subscription { renamed: Product }\n"
    'type Product @key(fields: "id") { id: ID! name: String }\n'
)
REVIEWS = LINK + 'type Product @key(fields: "id") { id: ID! stars: Int }\n'
URLS = {"products": "http://products/graphql", "reviews": "http://reviews/graphql"}


def supergraph(products: str = PRODUCTS, reviews: str = REVIEWS) -> str:
    """Compose the two."""
    sdls = {"products": products, "reviews": reviews}
    composed = compose([SubgraphInput(name, URLS[name], sdl) for name, sdl in sdls.items()])
    assert isinstance(composed, Composed), composed
    return composed.supergraph_sdl


SUPERGRAPH = supergraph()


class Subgraphs(FakeSubgraphs):
    """Both subgraphs: product 1 has a name, everything has five stars, ``slow`` never answers."""

    def __init__(self) -> None:
        super().__init__({"products": self.products, "reviews": self.reviews})
        self.cancelled = 0

    async def products(self, request: SubgraphRequest) -> dict[str, Any]:
        query = orjson.loads(request.body)["query"]
        if "slow" in query:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        if "rename" in query:
            return {"data": {"rename": {"__typename": "Product", "id": "1", "name": "new"}}}
        return {"data": {"product": {"__typename": "Product", "id": "1", "name": "Oak table"}}}

    async def reviews(self, request: SubgraphRequest) -> dict[str, Any]:
        count = len(next(iter(orjson.loads(request.body)["variables"].values())))
        return {"data": {"_entities": [{"__typename": "Product", "stars": 5}] * count}}


async def renames(_request: SubscriptionRequest) -> AsyncIterator[dict[str, Any]]:
    """Two events, then the end."""
    for number in (1, 2):
        yield {"data": {"renamed": {"__typename": "Product", "id": "1", "name": f"name {number}"}}}


async def forever(_request: SubscriptionRequest) -> AsyncIterator[dict[str, Any]]:
    """One event, then nothing more for a long time."""
    yield {"data": {"renamed": {"__typename": "Product", "id": "1", "name": "first"}}}
    await asyncio.sleep(60)


class Sample:
    """An engine over the fakes."""

    def __init__(self, options: EngineOptions | None = None) -> None:
        self.sdl = SUPERGRAPH
        self.subgraphs = Subgraphs()
        self.streams = FakeStreams({"products": renames})
        source = SupergraphSource(lambda: self.sdl, lambda: ())
        self.engine = Engine(source, options or EngineOptions(), self.subgraphs, self.streams)


@asynccontextmanager
async def sample(options: EngineOptions | None = None) -> AsyncIterator[Sample]:
    """A sample whose engine is ready."""
    one = Sample(options)
    async with one.engine:
        yield one
