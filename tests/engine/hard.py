"""An engine over the hard supergraph, whose root object has one field that a light request asks."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from router.engine.admission import Caller
from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource
from router.protocols.graphql_request import GraphQLRequest
from router.transport.fake import FakeStreams, FakeSubgraphs
from tests.benchmarks.hard_supergraph import HardSupergraph

HARD = HardSupergraph()
LIGHT = "{ root { id } }"
PAUSE_S = 0.002
"""Between light requests."""


def hard_sdl() -> str:
    """Compose it."""
    composed = compose([SubgraphInput(name, f"http://{name}.test/", sdl) for name, sdl in HARD.subgraphs()])
    assert isinstance(composed, Composed)
    return composed.supergraph_sdl


@asynccontextmanager
async def hard_engine(options: EngineOptions) -> AsyncIterator[Engine]:
    """An engine whose subgraphs know of a root object and nothing else."""
    sdl = hard_sdl()
    answers = {name: lambda _request: {"data": {"root": {"id": "1"}}} for name, _ in HARD.subgraphs()}
    async with Engine(
        SupergraphSource(lambda: sdl, lambda: ()), options, FakeSubgraphs(answers), FakeStreams({})
    ) as engine:
        yield engine


@dataclass(frozen=True, slots=True)
class Delays:
    """Milliseconds that light requests took while a heavy operation was prepared, and that preparing took."""

    light: list[float]
    """Of the clock."""
    light_cpu: list[float]
    """Of the process's CPU, on all its threads: what a busy machine adds is not in it."""
    heavy: float

    def __str__(self) -> str:
        return (
            f"{len(self.light)} light requests in {self.heavy:.0f} ms: median {statistics.median(self.light):.2f} ms, "
            f"worst {max(self.light):.1f} ms; CPU: median {statistics.median(self.light_cpu):.2f} ms, "
            f"99 % below {sorted(self.light_cpu)[len(self.light_cpu) * 99 // 100]:.1f} ms, "
            f"worst {max(self.light_cpu):.1f} ms"
        )


async def light_beside(engine: Engine, heavy: str | None, least: int = 0) -> Delays:
    """Answer light requests, one after another, until a heavy operation is prepared and ``least`` are done."""
    ask = engine.pipeline.answer
    assert (await ask(GraphQLRequest(LIGHT), Caller({}))).body == b'{"data":{"root":{"id":"1"}}}'
    snapshot = engine.snapshot
    assert snapshot is not None
    preparing = (
        None
        if heavy is None
        else asyncio.create_task(snapshot.operations.prepared((heavy, None, frozenset())))
    )
    begun = time.perf_counter()
    light, light_cpu = [], []
    while len(light) < least or (preparing is not None and not preparing.done()):
        due = time.perf_counter() + PAUSE_S
        cpu = time.process_time()
        await asyncio.sleep(PAUSE_S)  # planning goes on meanwhile; being late is part of the delay
        await ask(GraphQLRequest(LIGHT), Caller({}))
        light.append((time.perf_counter() - due) * 1000)
        light_cpu.append((time.process_time() - cpu) * 1000)
    if preparing is not None:
        await preparing
    return Delays(light, light_cpu, (time.perf_counter() - begun) * 1000)
