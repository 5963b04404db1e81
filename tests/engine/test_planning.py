"""Planning beside requests: nobody waits for another's plan, what was cut short is counted, statistics are told."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Iterator

import orjson
import pytest

from router.engine.admission import Caller
from router.engine.engine import SWITCH_INTERVAL_S
from router.engine.options import EngineOptions
from router.protocols.graphql_request import GraphQLRequest
from router.telemetry.logs import configure_logs
from tests.engine.hard import HARD, hard_engine, light_beside
from tests.engine.sample import PRODUCTS, Sample, sample, supergraph


@pytest.fixture
def switching_soon() -> Iterator[None]:
    """What an engine that owns its process sets."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("switching_soon")
async def test_light_requests_go_on_while_a_heavy_operation_is_planned() -> None:
    async with hard_engine(EngineOptions()) as engine:
        delays = await light_beside(engine, HARD.operation(4))
        assert len(delays.light) >= 20, delays
        # The heavy one takes hundreds of milliseconds; most light ones a small part of that, however busy the machine.
        assert sorted(delays.light)[len(delays.light) // 2] < delays.heavy / 10, delays


async def test_a_plan_cut_short_is_counted_and_logged_without_the_clients_text() -> None:
    log = io.StringIO()
    configure_logs("info", "json", log)
    async with hard_engine(EngineOptions(planning_timeout_s=0)) as engine:
        snapshot = engine.snapshot
        assert snapshot is not None
        await snapshot.operations.prepared((HARD.operation(2), None, frozenset()))
        assert engine.planning is not None
        assert engine.planning.cut_short == 1
    lines = [orjson.loads(line) for line in log.getvalue().splitlines()]
    (line,) = [line for line in lines if line["event"].startswith("planning cut short")]
    assert line["level"] == "warning"
    assert line["fetches"] >= 4
    assert "root" not in str(line["document"])


async def ask(one: Sample, *texts: str) -> None:
    await asyncio.gather(*(one.engine.pipeline.answer(GraphQLRequest(text), Caller({})) for text in texts))


def counted(one: Sample) -> dict[str, int]:
    planning = one.engine.planning
    assert planning is not None
    shown = planning.as_dict()
    return {name: count for name, count in shown.items() if count and name not in ("bytes", "capacity")}


NAME, STARS = '{ product(id: "1") { name } }', '{ product(id: "1") { stars } }'


async def test_hits_misses_joins_failures_and_evictions_are_counted() -> None:
    async with sample(EngineOptions(plan_cache_capacity=1)) as one:
        assert counted(one) == {}
        await ask(one, NAME, NAME, NAME)
        assert counted(one) == {"size": 1, "misses": 1, "joins": 2}
        await ask(one, NAME)
        await ask(one, "{ nothing }")
        await ask(one, STARS)
        assert counted(one) == {
            "size": 1,
            "hits": 1,
            "misses": 3,
            "joins": 2,
            "failures": 1,
            "evictions": 1,
        }


async def test_a_reload_warms_the_hottest_and_counts_on() -> None:
    log = io.StringIO()
    configure_logs("info", "json", log)
    async with sample() as one:
        await ask(one, STARS)
        for _ in range(3):
            await ask(one, NAME)
        await ask(one, STARS)
        one.sdl = supergraph(PRODUCTS.replace("slow: String", "slow: String more: Int"))
        assert await one.engine.reloader.reload()
        assert counted(one) == {"size": 2, "hits": 3, "misses": 2, "warmed": 2}
        snapshot = one.engine.snapshot
        assert snapshot is not None
        assert [text for text, _, _ in snapshot.operations.hottest(9)] == [NAME, STARS]
        await ask(one, NAME)
        assert counted(one)["hits"] == 4
    (line,) = [orjson.loads(line) for line in log.getvalue().splitlines() if "prepared operations" in line]
    assert (line["warmed"], line["misses"], line["size"]) == (2, 2, 2)
