"""Events that services POST, on a real server: who may, what is taken, and that subscribers hear it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource
from router.engine.subscription_options import EventOptions, SubscriptionOptions
from router.guards.jwks import secret_key
from router.guards.jwt import JwtOptions, sign_token
from router.server.app import create_app
from router.server.event_options import EventPublishOptions
from router.server.options import ServerOptions
from router.transport.fake import FakeStreams, FakeSubgraphs
from tests.engine.test_events import EVENT, customers, orders, supergraph
from tests.serving import serving

SECRET = "a secret that is long enough, really"


def bearer(**claims: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {sign_token({'exp': int(time.time()) + 3600, **claims}, SECRET)}"}


@asynccontextmanager
async def served() -> AsyncIterator[httpx.AsyncClient]:
    options = EngineOptions(
        jwt=JwtOptions((secret_key(SECRET),)), subscriptions=SubscriptionOptions(events=EventOptions())
    )
    source = SupergraphSource(supergraph, lambda: ())
    fakes = FakeSubgraphs({"orders": orders, "customers": customers})
    engine = Engine(source, options, fakes, FakeStreams({}))
    app = create_app(engine, ServerOptions(events=EventPublishOptions()))
    async with (
        serving(app) as origin,
        httpx.AsyncClient(base_url=origin, trust_env=False, timeout=20) as client,
    ):
        yield client


async def test_an_event_of_a_service_reaches_a_subscriber_of_its_tenant_and_no_other() -> None:
    async with served() as client:
        query = 'subscription { orderUpdates(tenantId: "acme") { kind order { number } } }'
        asked = {"accept": "text/event-stream", **bearer(tenant_id="acme")}
        async with client.stream("POST", "/graphql", json={"query": query}, headers=asked) as answer:
            lines = answer.aiter_lines()
            service = bearer(roles=["service"])
            for channel in ("orders:globex", "orders:acme"):
                message = {"channel": channel, "event": EVENT | {"kind": "CHANGED"}}
                for _ in range(3):  # the channel opens behind the scenes
                    posted = await client.post("/events", json=message, headers=service)
                    assert posted.status_code == 202
            async for line in lines:
                if line.startswith("data: "):
                    data = orjson.loads(line[6:])["data"]
                    assert data == {"orderUpdates": {"kind": "CHANGED", "order": {"number": "A-7"}}}
                    break


@pytest.mark.parametrize(
    ("headers", "content", "status", "code"),
    [
        ({}, b"{}", 401, "UNAUTHENTICATED"),
        (bearer(roles=["admin"]), b"{}", 403, "EVENT_FORBIDDEN"),
        (bearer(roles=["service"]), b"{", 400, "EVENT_INVALID"),
        (bearer(roles=["service"]), b'{"channel": "", "event": 1}', 400, "EVENT_INVALID"),
        (bearer(roles=["service"]), b'{"channel": "a"}', 400, "EVENT_INVALID"),
        (bearer(roles=["service"]) | {"content-type": "text/plain"}, b"{}", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (bearer(roles=["service"]), b" " * 70_000, 413, "PAYLOAD_TOO_LARGE"),
    ],
)
async def test_what_is_no_event_of_a_service_is_refused(
    headers: dict[str, str], content: bytes, status: int, code: str
) -> None:
    async with served() as client:
        sent = {"content-type": "application/json", **headers}
        answer = await client.post("/events", content=content, headers=sent)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
        if not headers:
            assert "Bearer" in answer.headers["www-authenticate"]
            assert (await client.get("/events", headers=sent)).headers["allow"] == "POST"
