"""The landing page: HTML for browsers, JSON for others, and nothing private in either."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import Release, SupergraphSource
from router.guards.introspection import IntrospectionRule
from router.guards.jwks import secret_key
from router.guards.jwt import JwtOptions
from router.guards.rate_limit import RateLimit, RateLimitOptions
from router.server.app import create_app
from router.server.homepage import _is_granted
from router.server.options import ServerOptions
from router.transport.fake import FakeStreams, FakeSubgraphs
from tests.engine.sample import SUPERGRAPH, URLS
from tests.serving import serving

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
JSON = {"accept": "application/json"}
DETAILED = ServerOptions(homepage_details=True)
UP = {"data": {"__typename": "Query"}}


class Served:
    """A router of two subgraphs, one of which is down, following a release."""

    def __init__(self, client: httpx.AsyncClient, subgraphs: FakeSubgraphs) -> None:
        self.client = client
        self.subgraphs = subgraphs

    async def json(self, path: str = "/") -> dict[str, Any]:
        told: dict[str, Any] = (await self.client.get(path, headers=JSON)).json()
        return told

    async def html(self, path: str = "/") -> str:
        return (await self.client.get(path, headers=BROWSER)).text


@asynccontextmanager
async def served(
    options: ServerOptions | None = None, engine: EngineOptions | None = None, graph: str = "shop"
) -> AsyncIterator[Served]:
    subgraphs = FakeSubgraphs({"products": lambda _: UP})
    release = Release(graph, "production", 17, "2026-12-01T12:00:00+00:00")
    source = SupergraphSource(lambda: SUPERGRAPH, release=lambda: release)
    app = create_app(
        Engine(source, engine or EngineOptions(), subgraphs, FakeStreams({})), options or DETAILED
    )
    async with (
        serving(app) as origin,
        httpx.AsyncClient(base_url=origin, trust_env=False) as client,
    ):
        yield Served(client, subgraphs)


async def test_the_report_tells_what_is_served_and_how_it_is() -> None:
    async with served() as one:
        told = await one.json()
        origin = str(one.client.base_url).rstrip("/")
        assert told["graphql"] == f"{origin}/graphql"
        assert told["subscriptions"] == f"{origin.replace('http', 'ws')}/graphql"
        assert (told["graph"], told["variant"], told["release"]["number"]) == ("shop", "production", 17)
        assert told["schema"]["state"] == "CURRENT"
        health = {each["name"]: (each["health"], each["code"]) for each in told["subgraphs"]}
        assert health == {"products": ("UP", None), "reviews": ("DOWN", "SUBGRAPH_CONNECTION_REFUSED")}
        page = await one.html()
        for text in ("shop, production", "17, made 2026-12-01 12:00:00 UTC", told["schema"]["id"]):
            assert text in page
        for title in ("curl", "Apollo Client", "urql", "Python"):
            assert f"<h3>{title}</h3>" in page
        assert 'href="/schema.graphql"' in page


async def test_without_details_nothing_is_told_of_the_schema_and_no_subgraph_is_asked() -> None:
    async with served(ServerOptions()) as one:
        told, page = await one.json(), await one.html()
        assert told.keys() == {"name", "graphql", "subscriptions", "health", "playground"}
        for private in ("products", "reviews", "shop", "production"):
            assert private not in page
        assert (await one.client.get("/schema.graphql")).status_code == 404
        assert one.subgraphs.requests == []


async def test_where_subgraphs_are_is_told_to_nobody() -> None:
    async with served() as one:
        both = await one.html() + (await one.client.get("/", headers=JSON)).text
        for url in URLS.values():
            assert url not in both


@pytest.mark.parametrize(
    ("accept", "is_html"),
    [
        (BROWSER["accept"], True),
        ("text/html", True),
        ("*/*", False),
        ("application/json", False),
        ("application/json, text/html;q=0.5", False),
        ("application/json;q=0.5, text/html", True),
        ("text/*", True),
        ("image/png", False),
        ("text/html;q=0", False),
    ],
)
async def test_browsers_get_html_and_others_json(accept: str, is_html: bool) -> None:
    async with served() as one:
        answer = await one.client.get("/", headers={"accept": accept})
        assert answer.headers["content-type"].startswith("text/html") == is_html
        assert answer.headers["vary"] == "accept"


async def test_the_page_runs_under_a_strict_policy_with_no_script_in_it() -> None:
    async with served() as one:
        page = await one.client.get("/", headers=BROWSER)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "<style" not in page.text
        assert " style=" not in page.text
        assert page.text.count("<script") == 1
        for file in ("homepage.css", "homepage.js", "favicon.svg"):
            assert f"/about/{file}" in page.text
            assert (await one.client.get(f"/about/{file}")).status_code == 200


async def test_what_a_client_or_a_registry_says_cannot_become_markup() -> None:
    async with served(graph="<script>alert(1)</script>") as one:
        page = await one.client.get("/", headers={**BROWSER, "host": 'evil"><script>x'})
        assert "<script>" not in page.text
        assert "evil" not in page.text


async def test_the_page_is_beside_the_playground_and_beside_graphql_at_the_root() -> None:
    async with served(ServerOptions(has_playground=True, homepage_details=True)) as one:
        assert 'name="olympus:endpoint"' in await one.html("/")
        assert 'href="/playground"' in await one.html("/about")
        assert (await one.json("/"))["graph"] == "shop"
        anything = await one.client.get("/", headers={"accept": "*/*"})
        assert 'name="olympus:endpoint"' in anything.text
    async with served(ServerOptions(graphql_path="/")) as one:
        assert "How to connect" in await one.html("/about")
        assert (await one.client.post("/", json={"query": "{ __typename }"})).json()["data"]
    async with served(ServerOptions(has_homepage=False)) as one:
        assert (await one.client.get("/")).status_code == 404
        assert (await one.client.get("/about")).status_code == 404


async def test_the_schema_is_text_for_whoever_may_introspect() -> None:
    async with served() as one:
        answer = await one.client.get("/schema.graphql")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert "type Product {" in answer.text
        assert "join__" not in answer.text
        known = {"if-none-match": answer.headers["etag"]}
        assert (await one.client.get("/schema.graphql", headers=known)).status_code == 304


async def test_the_schema_is_kept_from_whoever_may_not_introspect() -> None:
    rule = EngineOptions(introspection=IntrospectionRule(b"x-secret", b"sesame"))
    async with served(engine=rule) as one:
        refused = await one.client.get("/schema.graphql")
        assert refused.status_code == 403
        assert "Product" not in refused.text
        allowed = await one.client.get("/schema.graphql", headers={"x-secret": "sesame"})
        assert "type Product {" in allowed.text
    async with served(
        ServerOptions(homepage_details=True, shows_sdl=False), EngineOptions(allows_introspection=False)
    ) as one:
        assert (await one.client.get("/schema.graphql")).status_code == 404
        assert "/schema.graphql" not in await one.html()
    signed = EngineOptions(jwt=JwtOptions((secret_key("s" * 32),), is_required=True))
    async with served(engine=signed) as one:
        answer = await one.client.get("/schema.graphql")
        assert answer.status_code == 401
        assert "www-authenticate" in answer.headers


async def test_asking_for_the_schema_counts_as_asking() -> None:
    limited = EngineOptions(rate_limits=RateLimitOptions((RateLimit("hour", 1, 3600.0, 1),)))
    async with served(engine=limited) as one:
        assert (await one.client.get("/schema.graphql")).status_code == 200
        refused = await one.client.get("/schema.graphql")
        assert refused.status_code == 429
        assert "retry-after" in refused.headers
        assert "Product" not in refused.text


@pytest.mark.parametrize(
    "body",
    [
        b'{"errors":[{"message":"An internal error."}]}',
        b'{"data":{"__schema":{"queryType":null}},"errors":[{"message":"no"}]}',
        b'{"data":{"__schema":null}}',
        b'{"data":null}',
    ],
)
def test_only_an_introspection_that_was_answered_is_leave_to_read_the_schema(body: bytes) -> None:
    assert not _is_granted(body)


async def test_a_browser_that_opens_the_graphql_path_is_sent_to_the_playground() -> None:
    async with served(ServerOptions(has_playground=True)) as router:
        opened = await router.client.get("/graphql", headers=BROWSER)
        assert (opened.status_code, opened.headers["location"]) == (303, "/playground")
        asked = await router.client.get(
            "/graphql",
            params={"query": "{ __typename }"},
            headers=BROWSER | {"sec-fetch-site": "same-origin"},
        )
        assert asked.json() == {"data": {"__typename": "Query"}}
        assert (await router.client.get("/graphql", headers=JSON)).status_code == 400
        assert (await router.client.get("/graphql")).status_code == 400
    async with served() as router:
        assert (await router.client.get("/graphql", headers=BROWSER)).status_code == 400
