"""Whether subgraphs answer, asked only when somebody wants to know."""

from __future__ import annotations

import asyncio

from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.subgraph_health import FRESH_S, Health, SubgraphHealth
from router.errors import SubgraphConnectionRefusedError
from router.transport.base import Json, SubgraphRequest, SubgraphResponse
from tests.engine.sample import Sample

UP: Json = {"data": {"__typename": "Query"}}


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def health_of(engine: Engine, clock: Clock) -> SubgraphHealth:
    return SubgraphHealth(engine._current, engine._client, clock)


def by_name(states: object) -> dict[str, tuple[Health, str | None]]:
    return {one.name: (one.health, one.code) for one in states}  # type: ignore[attr-defined]


async def test_each_subgraph_is_up_or_down_with_a_code() -> None:
    one = Sample(EngineOptions(shares_in_flight=False))
    down = SubgraphConnectionRefusedError("reviews", "secret address")

    def refuse(_request: SubgraphRequest) -> Json:
        raise down

    one.subgraphs.handlers = {"products": lambda _: UP, "reviews": refuse}
    async with one.engine:
        states = await one.engine.subgraph_health.report()
        assert by_name(states) == {
            "products": (Health.UP, None),
            "reviews": (Health.DOWN, "SUBGRAPH_CONNECTION_REFUSED"),
        }
        assert "secret" not in repr(states)


async def test_a_subgraph_that_refuses_strangers_is_up_and_one_that_answers_no_graphql_is_down() -> None:
    one = Sample()
    one.subgraphs.handlers = {
        "products": lambda _: SubgraphResponse(401, (), b"who are you?"),
        "reviews": lambda _: SubgraphResponse(502, (), b"<html>"),
    }
    async with one.engine:
        told = by_name(await one.engine.subgraph_health.report())
    assert told == {"products": (Health.UP, None), "reviews": (Health.DOWN, "SUBGRAPH_HTTP_STATUS")}


async def test_an_error_in_graphql_is_an_answer() -> None:
    one = Sample()
    one.subgraphs.handlers = {"products": lambda _: {"errors": [{"message": "no"}]}, "reviews": lambda _: UP}
    async with one.engine:
        told = by_name(await one.engine.subgraph_health.report())
    assert told["products"] == (Health.UP, None)


async def test_many_who_look_are_one_round_until_it_is_stale() -> None:
    one, clock = Sample(), Clock()
    one.subgraphs.handlers = {"products": lambda _: UP, "reviews": lambda _: UP}
    async with one.engine:
        health = health_of(one.engine, clock)
        await asyncio.gather(*(health.report() for _ in range(20)))
        assert len(one.subgraphs.requests) == 2
        clock.now_s += FRESH_S - 1
        await health.report()
        assert len(one.subgraphs.requests) == 2
        clock.now_s += 1
        await health.report()
        assert len(one.subgraphs.requests) == 4
        await health.close()


async def test_who_looks_does_not_wait_for_a_slow_subgraph_and_learns_of_it_later() -> None:
    one, clock, go = Sample(), Clock(), asyncio.Event()

    async def slow(_request: SubgraphRequest) -> Json:
        await go.wait()
        return UP

    one.subgraphs.handlers = {"products": lambda _: UP, "reviews": slow}
    async with one.engine:
        health = health_of(one.engine, clock)
        first = by_name(await health.report(wait_s=0.05))
        assert first == {"products": (Health.UP, None), "reviews": (Health.UNKNOWN, None)}
        go.set()
        assert by_name(await health.report(wait_s=30))["reviews"] == (Health.UP, None)
        clock.now_s += FRESH_S
        go.clear()
        assert by_name(await health.report(wait_s=0.05))["reviews"] == (Health.UP, None), "as it was last"
        await health.close()
