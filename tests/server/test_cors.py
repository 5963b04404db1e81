"""Cross-origin requests: what preflights and answers say, and what a real browser makes of it."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from router.server.app import create_app
from router.server.cors import CorsPolicy, PrivateNetwork
from router.server.options import ServerOptions
from tests.browser import chromium
from tests.engine.sample import Sample
from tests.server.test_http import ANSWER, QUERY, served
from tests.serving import serving

PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "content-type, x-a"}


async def preflight(client: httpx.AsyncClient, origin: str, **headers: str) -> httpx.Response:
    return await client.options("/graphql", headers={**PREFLIGHT, "origin": origin, **headers})


async def test_the_first_policy_with_the_origin_decides() -> None:
    policies = (
        CorsPolicy(frozenset({"https://a.example"}), allows_credentials=True, methods=("POST",)),
        CorsPolicy(match_origins=(re.compile(r"https://.*\.example"),), allow_headers=("x-a",), max_age_s=60),
        CorsPolicy(frozenset({"*"})),
    )
    async with served(ServerOptions(cors=policies)) as (client, _):
        first = (await preflight(client, "https://a.example")).headers
        assert first["access-control-allow-credentials"] == "true"
        assert first["access-control-allow-methods"] == "POST"
        assert first["access-control-allow-headers"] == PREFLIGHT["access-control-request-headers"]
        second = (await preflight(client, "https://b.example")).headers
        assert (second["access-control-allow-origin"], second["access-control-max-age"]) == (
            "https://b.example",
            "60",
        )
        assert second["access-control-allow-headers"] == "x-a"
        # A pattern matches as a whole.
        third = (await preflight(client, "https://b.example.evil.test")).headers
        assert third["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in third
        for answer in (first, second, third):
            assert "origin" in answer["vary"], "one origin's answer is not another's"


async def test_null_must_be_named() -> None:
    every = CorsPolicy(match_origins=(re.compile(".*"),), allows_credentials=True)
    async with served(ServerOptions(cors=(every,))) as (client, _):
        assert "access-control-allow-origin" not in (await preflight(client, "null")).headers
    async with served(ServerOptions(cors=(CorsPolicy(frozenset({"null"})),))) as (client, _):
        assert (await preflight(client, "null")).headers["access-control-allow-origin"] == "null"


async def test_private_network_access_is_granted_where_configured() -> None:
    asked = {"access-control-request-private-network": "true"}
    granting = CorsPolicy(
        frozenset({"https://a.example"}), private_network=PrivateNetwork("01:23:45:67:89:0A", "router")
    )
    async with served(ServerOptions(cors=(granting,))) as (client, _):
        answer = (await preflight(client, "https://a.example", **asked)).headers
        assert answer["access-control-allow-private-network"] == "true"
        assert answer["private-network-access-id"] == "01:23:45:67:89:0A"
        assert answer["private-network-access-name"] == "router"
        assert (
            "access-control-allow-private-network"
            not in (await preflight(client, "https://a.example")).headers
        )
        assert (
            "access-control-allow-private-network"
            not in (await preflight(client, "https://b.example", **asked)).headers
        )
    async with served(ServerOptions(cors=(CorsPolicy(frozenset({"*"})),))) as (client, _):
        answer = (await preflight(client, "https://a.example", **asked)).headers
        assert "access-control-allow-private-network" not in answer


async def test_a_browser_asks_across_origins_as_the_policy_says() -> None:
    seen: list[dict[str, str]] = []

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse("<title>page</title>", headers={"set-cookie": "who=me; Path=/; SameSite=Lax"})

    one = Sample()
    site = Starlette(routes=[Route("/", page)])
    async with serving(site) as friend, serving(site) as stranger:
        policy = CorsPolicy(frozenset({friend}), allows_credentials=True, max_age_s=1)
        app = create_app(one.engine, ServerOptions(cors=(policy,)))

        async def noting(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                headers = {name.decode(): value.decode() for name, value in scope["headers"]}
                seen.append({"method": scope["method"], **headers})
            await app(scope, receive, send)

        async with serving(noting) as router, chromium() as browser:

            async def ask(origin: str, method: str, options: dict[str, Any], query: str = "") -> Any:
                tab = await browser.new_page()
                await tab.goto(origin)
                await tab.wait_for("document.title === 'page'")
                given = json.dumps({"method": method, "credentials": "include", **options})
                return await tab.evaluate(
                    f"fetch('{router}/graphql{query}', {given})"
                    ".then((answer) => answer.json()).catch((error) => String(error))"
                )

            as_json = {"headers": {"content-type": "application/json"}, "body": json.dumps(QUERY)}
            assert await ask(friend, "POST", as_json) == ANSWER
            assert [request["method"] for request in seen] == ["OPTIONS", "POST"]
            assert seen[1]["cookie"] == "who=me"
            assert seen[1]["origin"] == friend
            before = len(one.subgraphs.requests)
            assert "Failed to fetch" in await ask(stranger, "POST", as_json)
            assert [request["method"] for request in seen[2:]] == ["OPTIONS"], "the browser stopped there"
            # What a browser sends without asking first is refused, whoever's page it is.
            for options in (
                {"body": json.dumps(QUERY)},
                {"body": "a=b", "headers": {"content-type": "text/plain"}},
            ):
                refused = await ask(friend, "POST", options)
                assert refused["errors"][0]["extensions"]["code"] == "UNSUPPORTED_MEDIA_TYPE"
            simple = await ask(friend, "GET", {}, "?query={__typename}")
            assert simple["errors"][0]["extensions"]["code"] == "CSRF_ERROR"
            forced = {"headers": {"apollo-require-preflight": "1"}}
            assert await ask(friend, "GET", forced, "?query={__typename}") == {
                "data": {"__typename": "Query"}
            }
            assert len(one.subgraphs.requests) == before
