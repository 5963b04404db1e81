"""How often a client may ask, over HTTP, in batches and on a WebSocket."""

from __future__ import annotations

import httpx

from router.engine.options import EngineOptions
from router.guards.rate_limit import RateLimit, RateLimitOptions
from router.server.app import create_app
from router.server.options import ServerOptions
from tests.engine.sample import sample
from tests.server.test_websocket import connected, served

QUERY = {"query": '{ product(id: "1") { name } }'}
OPTIONS = EngineOptions(rate_limits=RateLimitOptions((RateLimit("hour", 3, 3600.0, 3),)))


async def test_answers_tell_what_is_left_and_then_comes_429() -> None:
    async with sample(OPTIONS) as one:
        transport = httpx.ASGITransport(create_app(one.engine, ServerOptions(max_batch_requests=10)))
        async with httpx.AsyncClient(transport=transport, base_url="http://router") as client:
            for left in (2, 1, 0):
                answer = await client.post("/graphql", json=QUERY)
                assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (200, str(left))
            asked = len(one.subgraphs.requests)
            for body in (QUERY, {"query": "not parsed {{{"}, [QUERY]):
                answer = await client.post("/graphql", json=body)
                assert answer.status_code == 429
                assert answer.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
                assert 0 < int(answer.headers["retry-after"]) <= 1200
                assert answer.headers["ratelimit"].startswith('"hour";r=0;t=')
            assert len(one.subgraphs.requests) == asked


async def test_each_operation_of_a_batch_counts_and_they_pass_together_or_not_at_all() -> None:
    async with sample(OPTIONS) as one:
        transport = httpx.ASGITransport(create_app(one.engine, ServerOptions(max_batch_requests=10)))
        async with httpx.AsyncClient(transport=transport, base_url="http://router") as client:
            assert (await client.post("/graphql", json=[QUERY] * 4)).status_code == 429
            assert one.subgraphs.requests == []
            answer = await client.post("/graphql", json=[QUERY] * 3)
            assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (200, "0")
            assert (await client.post("/graphql", json=QUERY)).status_code == 429


async def test_each_operation_on_a_socket_counts() -> None:
    async with served(engine=OPTIONS) as (url, _), connected(url) as client:
        await client.init()
        for id_ in "abc":
            await client.subscribe(id_, QUERY["query"])
            assert [(await client.receive())["type"] for _ in range(2)] == ["next", "complete"]
        await client.subscribe("d", QUERY["query"])
        refused = await client.receive()
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "RATE_LIMITED")
