"""Subscriptions over HTTP on a real server: server-sent events and multipart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from router.engine.options import EngineOptions
from router.engine.subscription_options import SubscriptionOptions
from router.errors import SubgraphSubscriptionEndedError
from router.guards.jwks import secret_key
from router.guards.jwt import JwtOptions, sign_token
from router.server.app import create_app
from router.server.options import ServerOptions
from router.transport.base import SubscriptionRequest
from tests.engine.sample import Sample, forever
from tests.serving import serving

SECRET = "a secret that is long enough, really"
EVENTS = "text/event-stream"
PARTS = 'multipart/mixed;subscriptionSpec="1.0", application/json'
RENAMED = "subscription { renamed { name stars } }"


@asynccontextmanager
async def served(**options: Any) -> AsyncIterator[tuple[httpx.AsyncClient, Sample]]:
    one = Sample(EngineOptions(subscriptions=SubscriptionOptions(reconnect_attempts=0)))
    async with (
        serving(create_app(one.engine, ServerOptions(**options))) as origin,
        httpx.AsyncClient(base_url=origin, trust_env=False, timeout=10) as client,
    ):
        yield client, one


async def ask(client: httpx.AsyncClient, query: str, accept: str) -> httpx.Response:
    return await client.post("/graphql", json={"query": query}, headers={"accept": accept})


def events(text: str) -> list[tuple[str, Any]]:
    """The events of a whole stream; comments are left out."""
    read = []
    for block in text.split("\n\n"):
        fields = dict(line.split(":", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            data = fields["data"].strip()
            read.append((fields["event"].strip(), orjson.loads(data) if data else None))
    return read


def parts(text: str) -> list[Any]:
    """The JSON of the parts of a whole response."""
    assert text.endswith("--graphql--\r\n")
    return [orjson.loads(part.split("\r\n\r\n", 1)[1]) for part in text.split("--graphql")[1:-1]]


def renamed(number: int) -> dict[str, Any]:
    return {"data": {"renamed": {"name": f"name {number}", "stars": 5}}}


async def test_events_of_a_subscription_come_one_by_one_and_then_its_end() -> None:
    async with served() as (client, _):
        answer = await ask(client, RENAMED, EVENTS)
        assert (answer.status_code, answer.headers["content-type"]) == (
            200,
            "text/event-stream; charset=utf-8",
        )
        assert answer.headers["cache-control"] == "no-store"
        assert answer.text.startswith(":\n\n")
        assert events(answer.text) == [("next", renamed(1)), ("next", renamed(2)), ("complete", None)]


async def test_parts_of_a_subscription_come_one_by_one_and_then_the_closing_delimiter() -> None:
    async with served() as (client, _):
        answer = await ask(client, RENAMED, PARTS)
        assert answer.headers["content-type"] == 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"'
        assert parts(answer.text) == [{"payload": renamed(1)}, {"payload": renamed(2)}]


@pytest.mark.parametrize(("accept", "is_stream"), [(EVENTS, True), (f"{EVENTS}, */*", False), (PARTS, False)])
async def test_a_query_is_a_stream_only_for_a_client_that_takes_nothing_else(
    accept: str, is_stream: bool
) -> None:
    async with served() as (client, _):
        answer = await ask(client, '{ product(id: "1") { name } }', accept)
        expected = {"data": {"product": {"name": "Oak table"}}}
        if is_stream:
            assert events(answer.text) == [("next", expected), ("complete", None)]
        else:
            assert answer.json() == expected


async def test_a_subscription_may_come_by_get_and_a_mutation_may_not() -> None:
    async with served() as (client, _):
        accept = {"accept": EVENTS}
        answer = await client.get("/graphql", params={"query": RENAMED}, headers=accept)
        assert [kind for kind, _ in events(answer.text)] == ["next", "next", "complete"]
        rename = 'mutation { rename(id: "1", name: "n") { name } }'
        answer = await client.get("/graphql", params={"query": rename}, headers=accept)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        # A page of another site can open an EventSource.
        answer = await client.get(
            "/graphql",
            params={"query": RENAMED},
            headers=accept | {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        )
        assert answer.json()["errors"][0]["extensions"]["code"] == "CSRF_ERROR"


@pytest.mark.parametrize("accept", [EVENTS, PARTS])
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription ($id: ID!) { renamed { name @include(if: $id) } }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_an_operation_that_cannot_run_is_refused_in_what_its_client_can_read(
    accept: str, query: str, code: str
) -> None:
    async with served() as (client, one):
        answer = await ask(client, query, accept)
        if accept == PARTS:
            assert answer.headers["content-type"] == "application/json; charset=utf-8"
            refusal = answer.json()
        else:
            [(_, refusal), end] = events(answer.text)
            assert end == ("complete", None)
        assert refusal["errors"][0]["extensions"]["code"] == code
        assert one.streams.requests == []


@pytest.mark.parametrize("accept", [EVENTS, PARTS])
async def test_what_is_no_graphql_request_is_refused_with_its_status(accept: str) -> None:
    async with served() as (client, _):
        answer = await client.post("/graphql", json={"query": 1}, headers={"accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (
            400,
            "application/json; charset=utf-8",
        )


async def test_a_subscription_from_a_client_that_takes_no_stream_is_refused() -> None:
    async with served() as (client, _):
        answer = await ask(client, RENAMED, "application/json")
        assert answer.json()["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_OVER_HTTP"


async def broken(_request: SubscriptionRequest) -> AsyncIterator[dict[str, Any]]:
    yield {"data": {"renamed": None}}
    raise SubgraphSubscriptionEndedError("products", "gone")


async def test_a_stream_that_breaks_ends_with_errors_and_never_with_complete() -> None:
    async with served() as (client, one):
        one.streams.sources["products"] = broken
        first, last = events((await ask(client, RENAMED, EVENTS)).text)
        assert first == ("next", {"data": {"renamed": None}})
        assert last[0] == "next"
        assert last[1]["errors"][0]["extensions"]["code"] == "SUBGRAPH_SUBSCRIPTION_ENDED"
        *_, last_part = parts((await ask(client, RENAMED, PARTS)).text)
        assert last_part["payload"] is None
        assert last_part["errors"][0]["extensions"]["code"] == "SUBGRAPH_SUBSCRIPTION_ENDED"


@pytest.mark.parametrize(
    ("accept", "heartbeat"), [(EVENTS, ":\n\n:\n\n"), (PARTS, "\r\n\r\n{}\r\n--graphql")]
)
async def test_a_silent_stream_beats_and_stops_when_the_client_leaves(accept: str, heartbeat: str) -> None:
    async with served(sse_heartbeat_s=0.02, multipart_heartbeat_s=0.02) as (client, one):
        one.streams.sources["products"] = forever
        sent = {"query": "subscription { renamed { name } }"}
        async with client.stream("POST", "/graphql", json=sent, headers={"accept": accept}) as answer:
            read = ""
            async for text in answer.aiter_text():
                read += text
                if heartbeat in read and "first" in read:
                    break
        async with asyncio.timeout(10):
            while one.streams.closed_early != 1:
                await asyncio.sleep(0.01)


async def test_a_stream_ends_with_its_token() -> None:
    options = EngineOptions(jwt=JwtOptions((secret_key(SECRET),), leeway_s=0))
    one = Sample(options)
    one.streams.sources["products"] = forever
    token = sign_token({"sub": "ann", "exp": time.time() + 1}, SECRET)
    async with (
        serving(create_app(one.engine, ServerOptions())) as origin,
        httpx.AsyncClient(base_url=origin, trust_env=False, timeout=10) as client,
    ):
        answer = await client.post(
            "/graphql",
            json={"query": "subscription { renamed { name } }"},
            headers={"accept": PARTS, "authorization": f"Bearer {token}"},
        )
    *_, last = parts(answer.text)
    assert last["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_JWT_EXPIRED"
