"""The registry beside a router, and its notices through a real Redis."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from router.registry.database.connect import open_database
from router.registry.database.writes import Signed
from router.registry.follow import Follower, FollowOptions
from router.registry.model import VariantRef
from router.registry.options import RegistryOptions
from router.registry.signing import HmacKey
from router.registry.tokens import Scope, Tokens
from router.server.registry import create_registry_app
from router.server.traffic import Traffic
from tests.redis_server import redis_url
from tests.registry.served_registry import olympus
from tests.serve_process import served, supergraph
from tests.serving import serving

SECRET = b"0123456789abcdef0123456789abcdef"
REF = VariantRef("shop", "production")
PUBLISH = """mutation ($s: [SubgraphInput!]!) {
  publish(graph: "shop", variant: "production", subgraphs: $s) { outcome }
}"""


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """The URL of a real Redis."""
    with redis_url(tmp_path) as url:
        if url is None:
            if os.environ.get("CI"):
                pytest.fail("Redis is missing: .ci/run installs it")
            pytest.skip("Redis is not installed")
        yield url


def test_a_router_serves_the_registry_that_its_configuration_has(tmp_path: Path) -> None:
    (tmp_path / "supergraph.graphql").write_text(supergraph("http://127.0.0.1:1/graphql"))
    config = tmp_path / "olympus.yaml"
    config.write_text(
        f"""
supergraph: {{ file: supergraph.graphql, listen: "127.0.0.1:0" }}
registry: {{ enabled: true, database: "sqlite:///{tmp_path}/registry.db", path: /owners }}
"""
    )
    with served(tmp_path, "--config", config) as router:
        made = olympus("registry", "token", "create", "ci", "--scope", "shop:publish", "--config", config)
        assert made.returncode == 0, made.stderr
        (tmp_path / "a.graphql").write_text("type Query { a: Int }")
        done = olympus(
            *("publish", "a", "--schema", tmp_path / "a.graphql", "--url", "http://a/", "--graph", "shop"),
            OLYMPUS_REGISTRY_URL=f"{router.origin}/owners",
            OLYMPUS_REGISTRY_TOKEN=made.stdout.strip(),
        )
        assert done.returncode == 0, done.stderr
        assert "__typename" in str(router.ask("{ __typename }"))
        assert router.stop() == 0


async def test_a_router_with_redis_hears_of_a_release_at_once(database_url: str, redis: str) -> None:
    options = RegistryOptions(database_url, secret=SECRET, redis_url=redis)
    async with (
        serving(create_registry_app(options, Traffic())) as origin,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        database = await open_database(options.database_url)
        signed = Signed("test", datetime.now(UTC))
        token = (await Tokens(database).create("ci", {"shop": Scope.PUBLISH}, signed)).text
        await database.close()

        async def publish(field: str) -> None:
            sdl = f"type Query {{ {field}: Int }}"
            body = {"query": PUBLISH, "variables": {"s": [{"name": "a", "sdl": sdl, "url": "http://a/"}]}}
            headers = {"authorization": f"Bearer {token}"}
            told = await http.post(f"{origin}/registry/graphql", json=body, headers=headers)
            assert told.json()["data"]["publish"]["outcome"] == "RELEASED"

        await publish("a")
        url = f"{origin}/registry"
        # It would look by itself after an hour only.
        follow = FollowOptions(url, REF, HmacKey(SECRET), token, redis_url=redis, poll_s=3600)
        follower = Follower(follow)
        await asyncio.to_thread(follower.read)
        async with contextlib.aclosing(follower.changes()) as changes:
            next_ = asyncio.ensure_future(anext(changes))
            for field in ("b", "c"):
                # The first notice may come before it listens; then it looks when it does.
                await asyncio.sleep(0.5)
                await publish(field)
                await asyncio.wait_for(asyncio.shield(next_), 30)
                next_ = asyncio.ensure_future(anext(changes))
                assert f"{field}: Int" in follower.read()
            next_.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await next_


async def test_without_its_redis_the_registry_goes_on(tmp_path: Path) -> None:
    options = RegistryOptions(
        f"sqlite:///{tmp_path}/registry.db", secret=SECRET, redis_url="redis://127.0.0.1:1"
    )
    async with (
        serving(create_registry_app(options, Traffic())) as origin,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        assert (await http.get(f"{origin}/health/ready")).status_code == 200
        database = await open_database(options.database_url)
        signed = Signed("test", datetime.now(UTC))
        token = (await Tokens(database).create("ci", {"shop": Scope.PUBLISH}, signed)).text
        await database.close()
        body = {
            "query": PUBLISH,
            "variables": {"s": [{"name": "a", "sdl": "type Query { a: Int }", "url": "http://a/"}]},
        }
        told = await http.post(
            f"{origin}/registry/graphql", json=body, headers={"authorization": f"Bearer {token}"}
        )
        assert told.json()["data"]["publish"]["outcome"] == "RELEASED"
