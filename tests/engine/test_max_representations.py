"""How many entities one request to a subgraph may ask for: configured, and kept."""

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
from router.protocols.graphql_request import GraphQLRequest
from router.transport.base import SubgraphRequest
from router.transport.fake import FakeStreams, FakeSubgraphs
from tests.engine.sample import LINK

COUNT = 25
SUBGRAPHS = {
    "products": LINK + 'type Query { products: [Product] }\ntype Product @key(fields: "id") { id: ID! }\n',
    "reviews": LINK + 'type Product @key(fields: "id") { id: ID! stars: Int! }\n',
}


class Shop(FakeSubgraphs):
    """Each product stands twice in the list; product 13 has no stars."""

    def __init__(self) -> None:
        super().__init__({"products": self.products, "reviews": self.reviews})
        self.asked: list[list[str]] = []
        self.at_once = self.most_at_once = 0

    async def products(self, _request: SubgraphRequest) -> dict[str, Any]:
        ids = [str(number) for number in range(COUNT)] * 2
        return {"data": {"products": [{"__typename": "Product", "id": one} for one in ids]}}

    async def reviews(self, request: SubgraphRequest) -> dict[str, Any]:
        (given,) = orjson.loads(request.body)["variables"].values()
        self.asked.append([one["id"] for one in given])
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        entities = [None if one["id"] == "13" else {"stars": int(one["id"])} for one in given]
        errors = [
            {"message": "unlucky", "path": ["_entities", index, "stars"], "extensions": {"code": "UNLUCKY"}}
            for index, one in enumerate(given)
            if one["id"] == "13"
        ]
        return {"data": {"_entities": entities}} | ({"errors": errors} if errors else {})


@asynccontextmanager
async def engine(options: EngineOptions) -> AsyncIterator[tuple[Engine, Shop]]:
    composed = compose([SubgraphInput(name, f"http://{name}/", sdl) for name, sdl in SUBGRAPHS.items()])
    assert isinstance(composed, Composed), composed
    shop, sdl = Shop(), composed.supergraph_sdl
    one = Engine(SupergraphSource(lambda: sdl, lambda: ()), options, shop, FakeStreams({}))
    async with one:
        yield one, shop


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        (EngineOptions(), [25]),
        (EngineOptions(max_representations=None), [25]),
        (EngineOptions(max_representations=10), [10, 10, 5]),
        (EngineOptions(max_representations=3, subgraph_max_representations={"reviews": 20}), [20, 5]),
        (EngineOptions(max_representations=3, subgraph_max_representations={"reviews": None}), [25]),
        (EngineOptions(max_representations=25, subgraph_max_representations={"products": 1}), [25]),
    ],
)
async def test_more_entities_than_a_request_may_ask_for_go_in_several_at_once(
    options: EngineOptions, sizes: list[int]
) -> None:
    async with engine(options) as (one, shop):
        answered = await one.pipeline.answer(
            GraphQLRequest("{ products { id stars } }", None, {}), Caller({})
        )
    assert sorted(map(len, shop.asked), reverse=True) == sizes
    assert shop.most_at_once == len(sizes)
    assert sorted(one for asked in shop.asked for one in asked) == sorted(map(str, range(COUNT)))
    body = orjson.loads(answered.body)
    assert (
        body["data"]["products"]
        == [None if number == 13 else {"id": str(number), "stars": number} for number in range(COUNT)] * 2
    )
    assert [(error["path"], error["extensions"]["code"]) for error in body["errors"]] == [
        (["products", 13, "stars"], "UNLUCKY"),
        (["products", COUNT + 13, "stars"], "UNLUCKY"),
    ]


async def test_entity_requests_of_one_tick_become_one_where_configured() -> None:
    asked = GraphQLRequest("{ products { stars } }", None, {})
    for options, count in (
        (EngineOptions(), 3),
        (EngineOptions(joins_entity_requests=True), 1),
        (EngineOptions(joins_entity_requests=True, subgraph_joins_entity_requests={"reviews": False}), 3),
        (EngineOptions(subgraph_joins_entity_requests={"reviews": True}), 1),
    ):
        async with engine(options) as (one, shop):
            await one.pipeline.answer(asked, Caller({}))
            shop.asked.clear()
            answers = await asyncio.gather(*(one.pipeline.answer(asked, Caller({})) for _ in range(3)))
        assert len(shop.asked) == count
        assert len({answered.body for answered in answers}) == 1
