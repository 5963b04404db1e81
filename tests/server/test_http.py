"""The GraphQL endpoint over HTTP, on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from router.engine.options import EngineOptions
from router.guards.jwks import secret_key
from router.guards.jwt import JwtOptions
from router.server.app import create_app
from router.server.cors import CorsPolicy
from router.server.options import Identity, ServerOptions
from tests.engine.sample import Sample
from tests.serving import serving

QUERY = {"query": '{ product(id: "1") { name stars } }'}
ANSWER = {"data": {"product": {"name": "Oak table", "stars": 5}}}
NEWER = {"accept": "application/graphql-response+json"}


@asynccontextmanager
async def served(
    options: ServerOptions | None = None, engine: EngineOptions | None = None
) -> AsyncIterator[tuple[httpx.AsyncClient, Sample]]:
    one = Sample(engine)
    async with (
        serving(create_app(one.engine, options or ServerOptions())) as origin,
        httpx.AsyncClient(base_url=origin, trust_env=False) as client,
    ):
        yield client, one


def code(response: httpx.Response) -> Any:
    return response.json()["errors"][0]["extensions"]["code"]


async def test_a_post_is_answered_under_either_media_type() -> None:
    async with served() as (client, _):
        older = await client.post("/graphql", json=QUERY)
        assert (older.status_code, older.json()) == (200, ANSWER)
        assert older.headers["content-type"] == "application/json; charset=utf-8"
        newer = await client.post("/graphql", json=QUERY, headers=NEWER)
        assert (newer.status_code, newer.json()) == (200, ANSWER)
        assert newer.headers["content-type"] == "application/graphql-response+json; charset=utf-8"


async def test_a_get_runs_queries_and_refuses_mutations() -> None:
    async with served() as (client, one):
        response = await client.get("/graphql", params=QUERY)
        assert response.json() == ANSWER
        assert response.headers["cache-control"] == "no-store"
        mutation = {"query": 'mutation { rename(id: "1", name: "x") { id } }'}
        refused = await client.get("/graphql", params=mutation)
        assert (refused.status_code, refused.headers["allow"], code(refused)) == (
            405,
            "POST",
            "METHOD_NOT_ALLOWED",
        )
        assert len(one.subgraphs.requests) == 2


@pytest.mark.parametrize(
    ("document", "older", "newer"),
    [("{", 200, 400), ("{ nope }", 200, 400), ("subscription { renamed { id } }", 200, 400)],
)
async def test_the_status_follows_the_media_type(document: str, older: int, newer: int) -> None:
    async with served() as (client, _):
        for headers, status in ({}, older), (NEWER, newer):
            response = await client.post("/graphql", json={"query": document}, headers=headers)
            assert response.status_code == status
            assert "data" not in response.json()


async def test_what_is_no_graphql_request_is_refused_with_its_status() -> None:
    async with served(ServerOptions(max_body_bytes=1000)) as (client, _):
        post = client.post
        assert (await client.put("/graphql", json=QUERY)).status_code == 405
        assert (
            await post("/graphql", content=b"{}", headers={"content-type": "text/plain"})
        ).status_code == 415
        assert (await post("/graphql", json=QUERY, headers={"accept": "text/html"})).status_code == 406
        assert (await post("/graphql", json=[QUERY])).status_code == 400
        too_large = await post("/graphql", json={"query": "#" * 2000})
        assert (too_large.status_code, code(too_large)) == (413, "PAYLOAD_TOO_LARGE")

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b" " * 100

        headers = {"content-type": "application/json"}
        assert (await post("/graphql", content=chunks(), headers=headers)).status_code == 413
        assert (await post("/graphql", json=QUERY)).json() == ANSWER


async def test_a_get_from_another_sites_page_is_refused() -> None:
    async with served() as (client, one):
        response = await client.get("/graphql", params=QUERY, headers={"origin": "https://evil.example"})
        assert (response.status_code, code(response)) == (400, "CSRF_ERROR")
        assert one.subgraphs.requests == []


async def test_a_bad_token_is_refused_before_the_body_is_read() -> None:
    options = EngineOptions(jwt=JwtOptions((secret_key("a secret that is long enough, really"),)))
    async with served(engine=options) as (client, _):
        response = await client.post("/graphql", content=b"nonsense", headers={"authorization": "Bearer x"})
        assert (response.status_code, code(response)) == (401, "TOKEN_MALFORMED")
        assert response.headers["www-authenticate"].startswith(
            'Bearer realm="graphql", error="invalid_token"'
        )


async def test_a_client_that_leaves_cancels_what_subgraphs_were_asked() -> None:
    async with served() as (client, one):
        with pytest.raises(httpx.ReadTimeout):
            await client.post("/graphql", json={"query": "{ slow }"}, timeout=0.3)
        async with asyncio.timeout(5):
            while not one.subgraphs.cancelled:
                await asyncio.sleep(0.01)
        assert (await client.post("/graphql", json=QUERY)).json() == ANSWER


async def test_health_is_told() -> None:
    async with served() as (client, _):
        for path in ("/health", "/health/live"):
            response = await client.get(path)
            assert (response.status_code, response.json()) == (200, {"status": "UP"})
        ready = (await client.get("/health/ready")).json()
        assert ready["status"] == "UP"
        assert (ready["supergraph"]["state"], ready["supergraph"]["taken"]) == ("CURRENT", 1)
        assert (await client.get("/nope")).status_code == 404


async def test_the_playground_is_off_unless_asked_for() -> None:
    async with served() as (client, _):
        page = await client.get("/", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert "The playground is off here" in page.text
        assert (await client.get("/playground")).status_code == 404


async def test_the_playground_points_at_the_endpoint_and_reaches_nothing_else() -> None:
    options = ServerOptions(graphql_path="/api", has_playground=True, playground_query='{ a(b: "<c>") }')
    async with served(options) as (client, _):
        page = await client.get("/")
        assert '<meta name="olympus:endpoint" content="/api">' in page.text
        assert 'content="{ a(b: &quot;&lt;c&gt;&quot;) }"' in page.text
        icon = await client.get("/playground/favicon.svg")
        assert icon.status_code == 200
        for response in (page, icon):
            assert response.headers["content-security-policy"].startswith(
                "default-src 'none'; script-src 'self'"
            )
        assert (await client.get("/playground/../app.py")).status_code == 404
        assert (await client.post("/api", json=QUERY)).json() == ANSWER


async def test_the_playground_is_told_documents_and_owners_only_where_configured(tmp_path: Path) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "first.graphql").write_text("{ slow }")
    (tmp_path / "broken.graphql").write_bytes(b"\xff")
    (tmp_path / "secret.txt").write_text("no")
    shown = ServerOptions(has_playground=True, playground_operations=tmp_path, shows_owners=True)
    async with served(shown) as (client, _):
        told = (await client.get("/playground/context.json")).json()
        assert told["operations"] == [{"name": "team/first", "text": "{ slow }"}]
        assert told["owners"]["Query.product"] == ["products"]
        assert told["owners"]["Product.stars"] == ["reviews"]
    async with served(ServerOptions(has_playground=True)) as (client, _):
        told = (await client.get("/playground/context.json")).json()
        assert told["operations"] == []
        assert "owners" not in told
    async with served() as (client, _):
        assert (await client.get("/playground/context.json")).status_code == 404


async def test_a_demos_tokens_are_given_to_whoever_asks_and_only_where_there_are_any() -> None:
    someone = Identity("someone of acme", lambda: "a.b.c")
    async with served(ServerOptions(has_playground=True, playground_identities=(someone,))) as (client, _):
        assert (await client.get("/playground/context.json")).json()["identities"] == ["someone of acme"]
        given = await client.post("/playground/token", json={"identity": "someone of acme"})
        assert (given.json(), given.headers["cache-control"]) == ({"token": "a.b.c"}, "no-store")
        for body in ('{"identity": "nobody"}', '{"identity": []}', "[]", "{", ""):
            assert (await client.post("/playground/token", content=body)).status_code == 404
    async with served(ServerOptions(has_playground=True)) as (client, _):
        assert "identities" not in (await client.get("/playground/context.json")).json()
        refused = await client.post("/playground/token", json={"identity": "someone of acme"})
        assert refused.status_code in {404, 405}


async def test_pages_of_allowed_origins_may_ask_and_read() -> None:
    policies = (
        CorsPolicy(frozenset({"https://app.example"}), allows_credentials=True, max_age_s=60),
        CorsPolicy(frozenset({"*"}), allow_headers=("x-a",), expose_headers=("x-b",)),
    )
    preflight = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    async with served(ServerOptions(cors=policies)) as (client, _):
        mine = {"origin": "https://app.example"}
        answer = await client.options("/graphql", headers={**mine, **preflight})
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert answer.headers["access-control-allow-headers"] == "content-type"
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["access-control-max-age"] == "60"
        response = await client.post("/graphql", json=QUERY, headers=mine)
        assert response.headers["access-control-allow-origin"] == "https://app.example"
        assert response.json() == ANSWER
        other = await client.options("/graphql", headers={"origin": "https://b.example", **preflight})
        assert other.headers["access-control-allow-origin"] == "*"
        assert other.headers["access-control-allow-headers"] == "x-a"
        assert "access-control-allow-credentials" not in other.headers


async def test_without_a_policy_no_page_of_another_origin_may_read() -> None:
    async with served(ServerOptions(cors=(CorsPolicy(frozenset({"https://a.example"})),))) as (client, _):
        for response in (
            await client.post("/graphql", json=QUERY, headers={"origin": "https://b.example"}),
            await client.options(
                "/graphql", headers={"origin": "https://b.example", "access-control-request-method": "POST"}
            ),
        ):
            assert "access-control-allow-origin" not in response.headers
