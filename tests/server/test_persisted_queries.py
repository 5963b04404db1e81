"""Automatic persisted queries, on a real server."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from router.engine.options import EngineOptions
from router.guards.persisted import MemoryStore, PersistedQueryOptions
from router.guards.persisted_redis import RedisStore
from tests.redis_server import redis_server
from tests.server.test_http import ANSWER, QUERY, code, served


def extensions(text: str, version: int = 1) -> dict[str, Any]:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"persistedQuery": {"version": version, "sha256Hash": digest}}


BY_HASH = {"extensions": extensions(QUERY["query"])}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_document_is_asked_for_by_its_hash_once_it_was_sent(method: str) -> None:
    async with served() as (client, _):

        async def ask(request: dict[str, Any]) -> Any:
            if method == "POST":
                return await client.post("/graphql", json=request)
            params = {k: v if isinstance(v, str) else json.dumps(v) for k, v in request.items()}
            return await client.get("/graphql", params=params)

        unknown = await ask(BY_HASH)
        assert (unknown.status_code, code(unknown)) == (200, "PERSISTED_QUERY_NOT_FOUND")
        assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
        assert (await ask({**QUERY, **BY_HASH})).json() == ANSWER
        assert (await ask(BY_HASH)).json() == ANSWER


@pytest.mark.parametrize("extension", [extensions("{ other }"), extensions(QUERY["query"], version=2)])
async def test_a_hash_of_something_else_is_refused(extension: dict[str, Any]) -> None:
    async with served() as (client, _):
        newer = {"accept": "application/graphql-response+json"}
        refused = await client.post("/graphql", json={**QUERY, "extensions": extension}, headers=newer)
        assert (refused.status_code, code(refused)) == (400, "PERSISTED_QUERY_HASH_MISMATCH")


async def test_switched_off_it_says_so() -> None:
    async with served(engine=EngineOptions(persisted_queries=None)) as (client, _):
        refused = await client.post("/graphql", json=BY_HASH)
        assert (refused.status_code, code(refused)) == (200, "PERSISTED_QUERY_NOT_SUPPORTED")
        assert (await client.post("/graphql", json={**QUERY, **BY_HASH})).json() == ANSWER


async def test_the_document_asked_for_last_stays() -> None:
    store = MemoryStore(2)
    for name in "ab":
        await store.keep(name, name)
    assert await store.get("a") == "a"
    await store.keep("c", "c")
    assert [await store.get(name) for name in "abc"] == ["a", None, "c"]


async def test_routers_share_documents_through_redis_and_do_without_it(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        if server is None:
            pytest.skip("no redis-server on this machine")
        engine = EngineOptions(persisted_queries=PersistedQueryOptions(redis_url=server.url))
        async with served(engine=engine) as (first, _), served(engine=engine) as (second, _):
            await first.post("/graphql", json={**QUERY, **BY_HASH})
            assert (await second.post("/graphql", json=BY_HASH)).json() == ANSWER
            server.stop()
            assert (await second.post("/graphql", json=BY_HASH)).json() == ANSWER
            other = "{ __typename }"
            gone = await first.post("/graphql", json={"extensions": extensions(other)})
            assert code(gone) == "PERSISTED_QUERY_NOT_FOUND"
            sent = {"query": other, "extensions": extensions(other)}
            assert (await first.post("/graphql", json=sent)).json() == {"data": {"__typename": "Query"}}
        store = RedisStore(server.url)
        assert await store.get("0" * 64) is None
        await store.close()
