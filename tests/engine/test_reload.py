"""The swap: new requests on the new supergraph, old ones undisturbed, a bad one refused."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import orjson
import pytest

from router.engine.admission import Caller
from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import UnusableSupergraphError, file_source
from router.protocols.graphql_request import GraphQLRequest
from router.telemetry.logs import configure_logs
from router.transport.fake import FakeStreams, FakeSubgraphs
from tests.engine.sample import PRODUCTS, SUPERGRAPH, Sample, sample, supergraph

QUERY = '{ product(id: "1") { name } }'
CHANGED = supergraph(PRODUCTS.replace("slow: String", "slow: String more: Int"))


async def code_of(one: Sample | Engine, query: str) -> str:
    engine = one if isinstance(one, Engine) else one.engine
    answered = await engine.pipeline.answer(GraphQLRequest(query), Caller({}))
    return answered.error.code if answered.error else "OK"


async def test_a_changed_supergraph_is_swapped_in_and_its_operations_are_warm() -> None:
    async with sample() as one:
        await code_of(one, QUERY)
        assert await code_of(one, "{ more: __typename m: more }") == "GRAPHQL_VALIDATION_FAILED"
        one.sdl = CHANGED
        assert await one.engine.reloader.reload()
        assert await code_of(one, "{ more: __typename m: more }") == "OK"
        snapshot = one.engine.snapshot
        assert snapshot is not None
        assert snapshot.operations.get((QUERY, None, frozenset())) is not None


async def test_the_same_supergraph_again_changes_nothing() -> None:
    async with sample() as one:
        before = one.engine.snapshot
        assert not await one.engine.reloader.reload()
        assert one.engine.snapshot is before


@pytest.mark.parametrize("bad", ["", "type Query {", "type Query { a: Int }", "\x00"])
async def test_a_bad_supergraph_keeps_the_last_good_one_and_is_logged(bad: str) -> None:
    log = io.StringIO()
    configure_logs("info", "json", log)
    async with sample() as one:
        one.sdl = bad
        assert not await one.engine.reloader.reload()
        assert await code_of(one, QUERY) == "OK"
    assert "keeping the last good one" in log.getvalue()


async def test_a_request_under_way_ends_on_the_snapshot_it_began_with() -> None:
    async with sample() as one:
        release = asyncio.Event()

        async def waits(_request: object) -> dict[str, object]:
            await release.wait()
            return {"data": {"slow": "done"}}

        one.subgraphs.handlers["products"] = waits
        task = asyncio.create_task(one.engine.pipeline.answer(GraphQLRequest("{ slow }"), Caller({})))
        while not one.subgraphs.requests:
            await asyncio.sleep(0.01)
        one.sdl = supergraph(PRODUCTS.replace("slow: String", "other: String"))
        assert await one.engine.reloader.reload()
        release.set()
        assert (await task).body == b'{"data":{"slow":"done"}}'
        assert await code_of(one, "{ slow }") == "GRAPHQL_VALIDATION_FAILED"
        assert not one.subgraphs.is_closed


async def test_a_file_that_changes_is_noticed_even_when_it_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "supergraph.graphql"
    file.write_text(SUPERGRAPH)
    async with Engine(file_source(file), EngineOptions(), FakeSubgraphs({}), FakeStreams({})) as engine:
        await asyncio.sleep(0.2)  # the watcher starts in a thread of its own
        draft = tmp_path / "draft"
        draft.write_text(CHANGED)
        draft.replace(file)
        async with asyncio.timeout(5):
            while await code_of(engine, "{ __typename more }") != "OK":
                await asyncio.sleep(0.05)


@pytest.mark.parametrize(("name", "text"), [("nope", None), ("a", "type Query { a: Int }"), ("b", "{")])
async def test_a_router_does_not_start_without_a_supergraph(
    tmp_path: Path, name: str, text: str | None
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    engine = Engine(file_source(tmp_path / name), EngineOptions(), FakeSubgraphs({}), FakeStreams({}))
    assert not engine.is_ready
    with pytest.raises(UnusableSupergraphError):
        await engine.__aenter__()
    answered = await engine.pipeline.answer(GraphQLRequest("{ a }"), Caller({}))
    assert answered.status == 503


async def test_names_of_subgraphs_that_the_supergraph_lacks_are_told_at_start_and_at_each_reload() -> None:
    log = io.StringIO()
    configure_logs("info", "json", log)
    named = (("headers.subgraphs.prodcuts", "prodcuts"), ("override_subgraph_url.products", "products"))
    async with sample(EngineOptions(named_subgraphs=(*named, ("headers.subgraphs.zzz", "zzz")))) as one:
        for _ in range(2):
            told = [orjson.loads(line) for line in log.getvalue().splitlines() if "lacks" in line]
            assert [(line["key"], line["level"]) for line in told] == [
                ("headers.subgraphs.prodcuts", "warning"),
                ("headers.subgraphs.zzz", "warning"),
            ]
            assert told[0]["hint"] == 'did you mean "products"?'
            assert told[1]["hint"].startswith("it has: ") and "products" in told[1]["hint"]
            log.seek(0)
            log.truncate()
            one.sdl = CHANGED
            await one.engine.reloader.reload()
