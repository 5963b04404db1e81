"""Usage from a client's request to the registry's check: a real registry, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson

from router.engine.admission import Caller
from router.engine.options import EngineOptions
from router.protocols.graphql_request import GraphQLRequest
from router.registry.database.connect import open_database
from router.registry.database.writes import Signed
from router.registry.insight import CoordinateUse
from router.registry.model import Publication, VariantRef
from router.registry.options import RegistryOptions
from router.registry.registry import Registry
from router.registry.tokens import Scope, Tokens
from router.registry.usage.sender import UsageOptions
from router.server.registry import create_registry_app
from router.server.traffic import Traffic
from tests.engine.sample import PRODUCTS, REVIEWS, URLS, Sample, sample
from tests.serving import serving

REF = VariantRef("shop", "production")
IOS = Caller({b"apollographql-client-name": b"ios", b"apollographql-client-version": b"3.1"})
WEB = Caller({b"graphql-client-name": b"web"})
NAME = "query Name($id: ID!) { product(id: $id) { name } }"
STARS = "query Stars { product(id: 1) { stars } }"


class Home:
    """A registry that is served, with a token."""

    def __init__(self, registry: Registry, origin: str, token: str) -> None:
        self.registry = registry
        self.origin = origin
        self.token = token

    def options(self, **more: Any) -> EngineOptions:
        usage = UsageOptions(f"{self.origin}/registry", "shop", "production", self.token, 3600.0, **more)
        return EngineOptions(usage=usage)

    async def usage(self, coordinate: str) -> CoordinateUse:
        return (await self.registry.insight.usage(REF, coordinate, datetime.now(UTC)))[0]

    async def asked(self, query: str, **variables: Any) -> Any:
        """Ask the API."""
        async with httpx.AsyncClient() as client:
            answer = await client.post(
                f"{self.origin}/registry/graphql",
                json={"query": query, "variables": variables},
                headers={"authorization": f"Bearer {self.token}"},
            )
        body = answer.json()
        assert "errors" not in body, body
        return body["data"]


@asynccontextmanager
async def home(folder: Path) -> AsyncIterator[Home]:
    url = f"sqlite:///{folder / 'registry.db'}"
    registry = Registry(await open_database(url))
    new = await Tokens(registry.database).create(
        "tests", {"shop": Scope.ADMIN}, Signed("tests", datetime.now(UTC)), None
    )
    sdls = {"products": PRODUCTS, "reviews": REVIEWS}
    publications = [Publication(name, sdl, URLS[name]) for name, sdl in sdls.items()]
    await registry.publish(REF, publications, "ann")
    traffic = Traffic()
    app = create_registry_app(RegistryOptions(database_url=url), traffic)
    async with serving(app) as origin:
        yield Home(registry, origin, new.text)
    await registry.close()


async def ask(one: Sample, query: str, caller: Caller, **variables: Any) -> Any:
    answer = await one.engine.pipeline.answer(GraphQLRequest(query, None, variables), caller)
    return orjson.loads(answer.body)


async def test_what_clients_ask_is_known_to_the_registry_when_the_router_ends(tmp_path: Path) -> None:
    async with home(tmp_path) as there:
        async with sample(there.options()) as one:
            for id_ in ("1", "2", "secret"):
                assert "errors" not in await ask(one, NAME, IOS, id=id_)
            await ask(one, NAME, WEB)  # a variable is missing
            await ask(one, STARS, WEB)
            await ask(one, "{ nothing }", WEB)
        name = await there.usage("Product.name")
        assert [
            (c.client.name, c.client.version, c.requests, c.errors) for c in name.operations[0].clients
        ] == [
            ("ios", "3.1", 3, 0),
            ("web", "", 1, 1),
        ]
        assert name.operations[0].clients[0].latency_us > 0
        assert "secret" not in name.operations[0].signature
        stars = await there.usage("Product.stars")
        assert [o.signature for o in stars.operations] == [
            "query Stars {\n  product(id: 0) {\n    stars\n  }\n}"
        ]
        assert len(await there.registry.insight.operations(REF, datetime.now(UTC))) == 2


async def test_a_check_by_the_api_names_the_client_and_keeps_the_result(tmp_path: Path) -> None:
    async with home(tmp_path) as there:
        async with sample(there.options()) as one:
            await ask(one, STARS, IOS)
        without = REVIEWS.replace("stars: Int", "rating: Int")
        data = await there.asked(
            """mutation ($sdl: String!) { check(graph: "shop", variant: "production", subgraphs: [
              {name: "reviews", sdl: $sdl}]) { passed findings { check severity code coordinate
              operations { name clientName clientVersion requests } } } }""",
            sdl=without,
        )
        assert data["check"]["passed"] is False
        assert data["check"]["findings"][0] == {
            "check": "schema",
            "severity": "ERROR",
            "code": "FIELD_REMOVED",
            "coordinate": "Product.stars",
            "operations": [{"name": "Stars", "clientName": "ios", "clientVersion": "3.1", "requests": 1}],
        }
        data = await there.asked(
            """{ graph(name: "shop") { variant(name: "production") {
              checkRuns(first: 1) { id action actor subgraphs report { passed } }
              checkPolicy
              operations { name requests errors latencyMs clients { name version lastSeen } }
              usage(coordinate: "Product.stars") { coordinate days { day clientName requests } } } } }"""
        )
        found = data["graph"]["variant"]
        (run,) = found["checkRuns"]
        assert (run["action"], run["subgraphs"], run["report"]) == ("check", ["reviews"], {"passed": False})
        assert found["checkPolicy"]["days"] == 30
        assert found["operations"][0]["clients"][0]["version"] == "3.1"
        (use,) = found["usage"]
        assert [(d["clientName"], d["requests"]) for d in use["days"]] == [("ios", 1)]
        again = await there.asked("query ($id: Int!) { checkRun(id: $id) { actor } }", id=run["id"])
        assert again["checkRun"] == {"actor": run["actor"]}


async def test_a_policy_is_set_and_releases_are_compared_by_the_api(tmp_path: Path) -> None:
    async with home(tmp_path) as there:
        data = await there.asked(
            """mutation { setCheckPolicy(graph: "shop", variant: "production", policy: {allows_unused: false}) }"""
        )
        assert data["setCheckPolicy"]["allows_unused"] is False
        more = REVIEWS.replace("stars: Int", "stars: Int rating: Int")
        await there.registry.publish(REF, [Publication("reviews", more)], "ann")
        newest, oldest = await there.registry.releases(REF)
        data = await there.asked(
            "query ($a: Int!, $b: Int!) { diff(from: $a, to: $b) { code severity coordinate } }",
            a=newest.id,
            b=oldest.id,
        )
        assert data["diff"] == [
            {"code": "FIELD_REMOVED", "severity": "BREAKING", "coordinate": "Product.rating"}
        ]


async def test_operations_that_are_excluded_and_subscriptions(tmp_path: Path) -> None:
    async with home(tmp_path) as there:
        async with sample(there.options(excluded_operations=frozenset({"Stars"}))) as one:
            await ask(one, STARS, IOS)
            opened = await one.engine.pipeline.open(
                GraphQLRequest("subscription R { renamed { name } }"), WEB
            )
            async for _ in opened.results:
                pass
            opened = await one.engine.pipeline.open(GraphQLRequest(NAME, None, {"id": "1"}), WEB)
            async for _ in opened.results:
                pass
        found = await there.registry.insight.operations(REF, datetime.now(UTC))
        assert sorted((o.kind, o.name, o.requests) for o in found) == [
            ("query", "Name", 1),
            ("subscription", "R", 1),
        ]


async def test_a_registry_that_is_away_loses_nothing_and_holds_up_nobody(tmp_path: Path) -> None:
    async with home(tmp_path) as there:
        options = there.options()
        assert options.usage is not None
        async with sample(options) as one:
            reporter = one.engine.usage_reporter
            assert reporter is not None
            await ask(one, STARS, IOS)
            async with there.registry.database.writing():  # the registry waits for the lock
                flushing = asyncio.create_task(reporter.flush())
                assert "errors" not in await ask(one, STARS, IOS)
            await flushing
        assert (await there.usage("Product.stars")).operations[0].requests == 2
    async with sample(options) as one:  # nobody listens there any more
        await ask(one, STARS, IOS)
        reporter = one.engine.usage_reporter
        assert reporter is not None
        await reporter.flush()
        async with home(tmp_path / "again") as back:
            reporter.options = back.options().usage  # type: ignore[assignment]
            await reporter.flush()
            assert (await back.usage("Product.stars")).operations[0].requests == 1


async def test_a_token_that_does_not_count_is_refused(tmp_path: Path) -> None:
    async with home(tmp_path) as there, httpx.AsyncClient() as client:
        url = f"{there.origin}/registry/usage/shop/production"
        report = {"at": 1.0, "operations": [], "counts": []}
        assert (await client.post(url, json=report)).status_code == 401
        headers = {"authorization": f"Bearer {there.token}"}
        assert (await client.post(url, json=report, headers=headers)).json() == {"unknown": []}
        assert (await client.post(url, content=b"{", headers=headers)).status_code == 400
        assert (await client.post(url, json={}, headers=headers)).status_code == 400
        other = url.replace("production", "nowhere")
        assert (await client.post(other, json=report, headers=headers)).status_code == 404
