"""A changed configuration goes on with what the process knows: buckets, persisted queries, the hub's members."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import connect

from router.cli.websocket_protocol import WebSocketProtocol
from router.engine.options import EngineOptions
from router.guards.jwks import secret_key
from router.guards.jwt import JwtOptions
from router.guards.persisted import PersistedQueryOptions
from router.guards.rate_limit import RateLimit, RateLimitOptions
from router.realtime.options import RealtimeOptions
from router.server.app import create_living_app
from router.server.generations import Generation, Generations
from router.server.options import ServerOptions
from router.server.traffic import Traffic
from tests.engine.sample import Sample
from tests.server.test_realtime import SECRET, Client, token
from tests.serving import serving

TEXT = '{ product(id: "1") { name } }'


def generation(traffic: Traffic, rate: int = 3) -> Generation:
    """One configuration's; they differ in how much may be asked."""
    options = EngineOptions(
        jwt=JwtOptions((secret_key(SECRET),)),
        rate_limits=RateLimitOptions((RateLimit("hour", rate, 3600.0, rate),)),
        persisted_queries=PersistedQueryOptions(),
    )
    engine = Sample(options).engine
    server = ServerOptions(realtime=RealtimeOptions())
    return Generation(engine, create_living_app(engine, server, traffic))


async def ask(client: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
    return await client.post("/graphql", json=body)


async def test_limits_and_persisted_queries_stay() -> None:
    traffic = Traffic()
    generations = Generations(generation(traffic))
    by_hash = {
        "extensions": {
            "persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(TEXT.encode()).hexdigest()}
        }
    }
    async with serving(generations) as origin, httpx.AsyncClient(base_url=origin) as client:
        assert (await ask(client, by_hash | {"query": TEXT})).status_code == 200
        assert (await ask(client, by_hash)).headers["x-ratelimit-remaining"] == "1"
        await generations.replace(generation(traffic, rate=6))
        answer = await ask(client, by_hash)
        assert answer.json() == {"data": {"product": {"name": "Oak table"}}}
        # Two of three an hour were taken, which is four of six.
        assert answer.headers["x-ratelimit-remaining"] == "1"


async def test_members_of_before_hear_what_is_said_after() -> None:
    traffic = Traffic()
    generations = Generations(generation(traffic))
    bearer = {"authorization": f"Bearer {token()}"}
    async with serving(generations, ws=WebSocketProtocol) as origin:
        url = origin.replace("http", "ws") + "/realtime"
        async with connect(url, additional_headers=bearer) as before:
            await Client(before).join("room")
            await generations.replace(generation(traffic, rate=6))
            assert generations.old == 1
            async with (
                connect(url, additional_headers=bearer) as after,
                httpx.AsyncClient(base_url=origin) as client,
            ):
                await Client(after).join("room")
                said = {"type": "news", "room": "room", "data": {"n": 1}}
                publisher = {"authorization": f"Bearer {token('acme', 'service')}"}
                sent = await client.post(
                    "/realtime",
                    content=orjson.dumps(said),
                    headers=publisher | {"content-type": "application/json"},
                )
                assert sent.status_code == 202, sent.text
                for member in (before, after):
                    assert await Client(member).heard() == ("news", "room", {"n": 1})
        # The old generation has ended with its last member; the new one's hub goes on.
        async with connect(url, additional_headers=bearer) as later:
            await Client(later).join("room")
