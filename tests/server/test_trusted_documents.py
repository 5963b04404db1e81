"""Trusted documents on a real server: by id, by text, safelists, every carrier, and lists that change."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from router.engine.options import EngineOptions
from router.guards.manifest import TrustedDocument, apollo_manifest, relay_manifest, sha256_of
from router.guards.manifest_sources import TrustedOptions
from router.server.options import ServerOptions
from tests.redis_server import redis_server
from tests.server.test_http import ANSWER, NEWER, QUERY, code, served
from tests.server.test_websocket import connected
from tests.server.test_websocket import served as served_sockets
from tests.serving import serving

TEXT = QUERY["query"]
ID = sha256_of(TEXT)
LISTED = (
    TrustedDocument("product", TEXT, "Product"),
    TrustedDocument(ID, TEXT, "Product"),
    TrustedDocument("mine", "{ __typename }", "Mine", client_name="app"),
    TrustedDocument("mine", "{ b: __typename }", "Mine", client_name="web"),
)
MANIFEST = json.dumps(
    {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [
            {"id": one.id, "name": one.name, "type": "query", "body": one.text, "clientName": one.client_name}
            for one in LISTED
        ],
    }
)
APQ = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": ID}}}
OTHER = "{ other: __typename }"
BY_OTHER_HASH = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256_of(OTHER)}}}


def options(path: Path, manifest: str = MANIFEST, **given: Any) -> EngineOptions:
    file = path / "manifest.json"
    file.write_text(manifest)
    return EngineOptions(trusted=TrustedOptions(paths=(file,), **given))


async def until(condition: Any) -> None:
    """Wait for what happens in the background."""
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "request_", [{"documentId": "product"}, {"documentId": f"sha256:{ID}"}, {"doc_id": ID}, {"id": ID}, APQ]
)
async def test_a_trusted_document_is_asked_for_by_id(tmp_path: Path, request_: Mapping[str, Any]) -> None:
    async with served(engine=options(tmp_path, is_safelist=True, requires_id=True)) as (client, _):
        assert (await client.post("/graphql", json=request_)).json() == ANSWER
        assert (await client.post("/graphql", json={**request_, "query": f"#\n{TEXT}"})).json() == ANSWER
        params = {
            key: value if isinstance(value, str) else json.dumps(value) for key, value in request_.items()
        }
        assert (await client.get("/graphql", params=params)).json() == ANSWER


async def test_ids_work_in_batches_and_over_websockets(tmp_path: Path) -> None:
    engine = options(tmp_path, is_safelist=True)
    async with served(ServerOptions(max_batch_requests=3), engine) as (client, _):
        batch = await client.post(
            "/graphql", json=[{"documentId": "product"}, {"query": OTHER}, {"documentId": "x"}]
        )
        answers = batch.json()
        assert answers[0] == ANSWER
        codes = [answer["errors"][0]["extensions"]["code"] for answer in answers[1:]]
        assert codes == ["QUERY_NOT_IN_SAFELIST", "PERSISTED_QUERY_NOT_IN_LIST"]
    async with served_sockets(engine=engine) as (url, _), connected(url) as socket:
        await socket.init()
        await socket.send("subscribe", id="1", payload={"documentId": "product"})
        assert (await socket.receive())["payload"] == ANSWER
        assert (await socket.receive())["type"] == "complete"
        await socket.subscribe("2", OTHER)
        assert (await socket.receive())["payload"][0]["extensions"]["code"] == "QUERY_NOT_IN_SAFELIST"


async def test_beside_a_list_everything_else_goes_on_as_before(tmp_path: Path) -> None:
    async with served(engine=options(tmp_path)) as (client, _):
        assert (await client.post("/graphql", json={"query": OTHER})).json() == {"data": {"other": "Query"}}
        assert code(await client.post("/graphql", json=BY_OTHER_HASH)) == "PERSISTED_QUERY_NOT_FOUND"
        unknown = await client.post("/graphql", json={"documentId": "x"}, headers=NEWER)
        assert (unknown.status_code, code(unknown)) == (400, "PERSISTED_QUERY_NOT_IN_LIST")
        differ = await client.post("/graphql", json={"documentId": "product", "query": OTHER}, headers=NEWER)
        assert (differ.status_code, code(differ)) == (400, "CANNOT_SEND_PQ_ID_AND_BODY")


async def test_a_safelist_runs_nothing_else(tmp_path: Path) -> None:
    async with served(engine=options(tmp_path, is_safelist=True)) as (client, one):
        spaced = '# a comment\n query,{product(id:"1"){name,\tstars}}'
        for text in (TEXT, TEXT.replace(" ", "\n  "), spaced.replace("query,", "")):
            assert (await client.post("/graphql", json={"query": text})).json() == ANSWER
        for request in ({"query": OTHER}, {"query": OTHER, **BY_OTHER_HASH}, {"query": "{" * 50_000}):
            refused = await client.post("/graphql", json=request)
            assert (refused.status_code, code(refused)) == (403, "QUERY_NOT_IN_SAFELIST")
        # Automatic persisted queries would be a way around the list.
        assert code(await client.post("/graphql", json=BY_OTHER_HASH)) == "PERSISTED_QUERY_NOT_IN_LIST"
        assert len(one.subgraphs.requests) == 6


async def test_ids_only_refuses_even_trusted_texts(tmp_path: Path) -> None:
    async with served(engine=options(tmp_path, is_safelist=True, requires_id=True)) as (client, _):
        refused = await client.post("/graphql", json=QUERY, headers=NEWER)
        assert (refused.status_code, code(refused)) == (400, "PERSISTED_QUERY_ID_REQUIRED")


async def test_an_id_may_belong_to_one_client(tmp_path: Path) -> None:
    async with served(engine=options(tmp_path)) as (client, _):
        for name, answer in (("app", {"__typename": "Query"}), ("web", {"b": "Query"})):
            headers = {"apollographql-client-name": name}
            response = await client.post("/graphql", json={"documentId": "mine"}, headers=headers)
            assert response.json() == {"data": answer}
        assert (
            code(await client.post("/graphql", json={"documentId": "mine"})) == "PERSISTED_QUERY_NOT_IN_LIST"
        )


async def test_unknown_documents_are_logged_once_and_run(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as lines:
        async with served(engine=options(tmp_path, logs_unknown=True)) as (client, _):
            for text in (OTHER, OTHER, TEXT):
                assert "data" in (await client.post("/graphql", json={"query": text})).json()
    (line,) = [line for line in lines if line["event"] == "document is not trusted"]
    assert line["sha256"] == sha256_of(OTHER)
    assert OTHER not in str(lines)


async def test_documents_are_planned_before_they_are_asked_for_and_checked(tmp_path: Path) -> None:
    bad = json.dumps({"a": TEXT, "b": "{ gone }"})
    with structlog.testing.capture_logs() as lines:
        async with served(engine=options(tmp_path, bad)) as (_, one):

            async def is_warm() -> bool:
                snapshot = one.engine.snapshot
                told = any(line["event"] == "trusted document does not hold" for line in lines)
                return snapshot is not None and len(snapshot.operations) == 1 and told

            await until(is_warm)
            one.sdl = one.sdl.replace("stars", "marks")
            assert await one.engine.reloader.reload()

            async def is_told() -> bool:
                return any(line.get("document") == "a" for line in lines)

            await until(is_told)
    (told,) = [line for line in lines if line.get("document") == "a"]
    assert "stars" in told["reason"]


async def test_a_file_that_changes_is_read_again_and_a_bad_one_changes_nothing(tmp_path: Path) -> None:
    engine = options(tmp_path, json.dumps({"a": TEXT}), is_safelist=True)
    file = tmp_path / "manifest.json"
    with structlog.testing.capture_logs() as lines:
        async with served(engine=engine) as (client, _):
            file.write_text("{")

            async def is_refused() -> bool:
                return any("keeping the last good ones" in line["event"] for line in lines)

            await until(is_refused)
            assert (await client.post("/graphql", json={"id": "a"})).json() == ANSWER
            file.write_text(json.dumps({"b": TEXT}))

            async def is_new() -> bool:
                return "data" in (await client.post("/graphql", json={"id": "b"})).json()

            await until(is_new)
            assert code(await client.post("/graphql", json={"id": "a"})) == "PERSISTED_QUERY_NOT_IN_LIST"


async def test_a_folder_is_documents_and_manifests(tmp_path: Path) -> None:
    (tmp_path / "Product.graphql").write_text(TEXT)
    (tmp_path / "relay.json").write_text(relay_manifest([TrustedDocument("r", OTHER)]))
    engine = EngineOptions(trusted=TrustedOptions(paths=(tmp_path,), is_safelist=True))
    async with served(engine=engine) as (client, _):
        for id_ in ("Product", ID, "r"):
            assert "data" in (await client.post("/graphql", json={"documentId": id_})).json()
        (tmp_path / "New.gql").write_text("{ new: __typename }")

        async def is_new() -> bool:
            return "data" in (await client.post("/graphql", json={"documentId": "New"})).json()

        await until(is_new)


class Shelf:
    """A web server with one manifest."""

    def __init__(self, manifest: str) -> None:
        self.manifest = manifest
        self.statuses: list[int] = []
        self.is_broken = False

    async def answer(self, request: Request) -> Response:
        etag = f'"{sha256_of(self.manifest)}"'
        status = 500 if self.is_broken else 304 if request.headers.get("if-none-match") == etag else 200
        self.statuses.append(status)
        return PlainTextResponse(self.manifest if status == 200 else "", status, {"etag": etag})

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        async with serving(Starlette(routes=[Route("/m.json", self.answer)])) as origin:
            yield f"{origin}/m.json"


async def test_a_url_is_polled_with_its_etag(tmp_path: Path) -> None:
    shelf = Shelf(apollo_manifest([TrustedDocument("a", TEXT)]))
    async with shelf.served() as url:
        engine = EngineOptions(trusted=TrustedOptions(url=url, poll_s=0.05, is_safelist=True))
        async with served(engine=engine) as (client, _):
            assert (await client.post("/graphql", json={"id": "a"})).json() == ANSWER

            async def is_spared() -> bool:
                return 304 in shelf.statuses

            await until(is_spared)
            shelf.is_broken = True

            async def has_failed() -> bool:
                return 500 in shelf.statuses

            await until(has_failed)
            assert (await client.post("/graphql", json={"id": "a"})).json() == ANSWER
            shelf.is_broken, shelf.manifest = False, relay_manifest([TrustedDocument("b", TEXT)])

            async def is_new() -> bool:
                return "data" in (await client.post("/graphql", json={"id": "b"})).json()

            await until(is_new)


async def test_redis_has_a_manifest_and_a_safelist_waits_for_it(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        if server is None:
            pytest.skip("no redis-server on this machine")
        listed = TrustedOptions(redis_url=server.url, redis_key="k", poll_s=0.05, is_safelist=True)
        async with served(engine=EngineOptions(trusted=listed)) as (client, _):
            early = await client.post("/graphql", json={"id": "a"})
            assert (early.status_code, code(early)) == (503, "NOT_READY")
            store = redis.asyncio.Redis.from_url(server.url)
            await store.set("k", relay_manifest([TrustedDocument("a", TEXT)]))
            await store.aclose()

            async def is_there() -> bool:
                return (await client.post("/graphql", json={"id": "a"})).json() == ANSWER

            await until(is_there)


async def test_a_function_gives_a_manifest() -> None:
    async def given() -> dict[str, str]:
        return {"a": TEXT}

    def given_in_a_thread() -> dict[str, str]:
        return {"a": TEXT}

    for function in (given, given_in_a_thread):
        engine = EngineOptions(trusted=TrustedOptions(function=function, is_safelist=True))
        async with served(engine=engine) as (client, _):
            assert (await client.post("/graphql", json={"id": "a"})).json() == ANSWER


async def test_a_function_that_fails_is_told_and_harms_nothing_else(tmp_path: Path) -> None:
    def fails() -> dict[str, str]:
        raise ValueError("no luck")

    listed = replace(options(tmp_path).trusted or TrustedOptions(), function=fails)
    with structlog.testing.capture_logs() as lines:
        async with served(engine=EngineOptions(trusted=listed)) as (client, _):
            assert (await client.post("/graphql", json={"id": "product"})).json() == ANSWER
    assert any("fails() raised ValueError: no luck" in str(line.get("reason")) for line in lines)
