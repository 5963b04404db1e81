"""Requests as JSON arrays, on a real server."""

from __future__ import annotations

import pytest

from router.server.options import ServerOptions
from tests.server.test_http import ANSWER, NEWER, QUERY, code, served

RENAME = {"query": 'mutation { rename(id: "1", name: "x") { name } }'}
RENAMED = {"data": {"rename": {"name": "new"}}}
BATCHES = ServerOptions(max_batch_requests=4)


async def test_each_entry_has_its_result_in_order() -> None:
    async with served(BATCHES) as (client, _):
        response = await client.post("/graphql", json=[QUERY, 7, {"query": "{ nope }"}, QUERY], headers=NEWER)
        first, second, third, fourth = response.json()
        assert (response.status_code, first, fourth) == (200, ANSWER, ANSWER)
        assert second["errors"][0]["extensions"]["code"] == "INVALID_GRAPHQL_REQUEST"
        assert third["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert (await client.post("/graphql", json=QUERY)).json() == ANSWER


async def test_mutations_of_a_batch_run_in_series() -> None:
    async with served(BATCHES) as (client, one):
        response = await client.post("/graphql", json=[RENAME, QUERY, RENAME])
        assert response.json() == [RENAMED, ANSWER, RENAMED]
        asked = ["rename" in body["query"] for body in one.subgraphs.bodies("products")]
        assert asked == [True, False, True]


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ([QUERY] * 5, 422, "BATCH_LIMIT_EXCEEDED"),
        ([], 400, "INVALID_GRAPHQL_REQUEST"),
    ],
)
async def test_a_batch_too_large_or_empty_is_refused(body: list[object], status: int, expected: str) -> None:
    async with served(BATCHES) as (client, one):
        response = await client.post("/graphql", json=body)
        assert (response.status_code, code(response)) == (status, expected)
        assert one.subgraphs.requests == []


async def test_a_broken_batch_and_one_of_another_type_are_refused() -> None:
    async with served(BATCHES) as (client, _):
        broken = await client.post("/graphql", content=b"[{", headers={"content-type": "application/json"})
        assert (broken.status_code, code(broken)) == (400, "INVALID_JSON")
        other = await client.post("/graphql", content=b"[{}]", headers={"content-type": "text/plain"})
        assert other.status_code == 415


async def test_batches_are_refused_unless_they_are_on() -> None:
    async with served() as (client, _):
        assert code(await client.post("/graphql", json=[QUERY])) == "BATCHING_NOT_SUPPORTED"
