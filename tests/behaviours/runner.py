"""Runs behaviour cases: the router's own pipeline over subgraphs that answer from the case file.

    # why: what a naive router does wrong here

    --- subgraph NAME       SDL
    --- data NAME           how it answers (see `tests.behaviours.subgraphs`)
    --- supergraph          the same subgraphs composed elsewhere, by @theguild/federation-composition;
                            ``supergraph (refused)``: written by hand, since no composition lets it through
    --- operation NAME      GraphQL
    --- variables NAME      JSON, where the operation has any
    --- response NAME       JSON: data, and where due errors as a list of {path, code?}; written from the rule
    --- requests NAME       a line each, sorted: step, subgraph, operation and, after a bar, variables

A step holds what is sent at the same time.  A case fails, too, when a subgraph is sent what it cannot take, when
``NEVER`` stands in a response, and when the two ways to a supergraph send different requests.
``GOLDEN=update`` writes the requests, and nothing else.
"""

from __future__ import annotations

import asyncio
import json
import re
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from router.engine.admission import Caller
from router.engine.event_streams import SourceStreams
from router.engine.options import EngineOptions
from router.engine.pipeline import Pipeline
from router.engine.snapshot import Current, Snapshot, make_snapshot
from router.protocols.graphql_request import GraphQLRequest
from router.transport.base import SubgraphRequest, SubgraphResponse
from router.transport.fake import FakeStreams
from tests.behaviours.subgraphs import FixedSubgraph, Json
from tests.golden import Case

COMPOSED_HERE, COMPOSED_ELSEWHERE = "composed here", "composed elsewhere"
WAYS_IN = (COMPOSED_HERE, COMPOSED_ELSEWHERE)
REFUSED = "supergraph (refused)"
OPTIONS = EngineOptions(shows_subgraph_errors=True)
QUIET_TURNS = 25
"""Turns of the event loop without a request after which a step is complete."""


class _AtOnce(Executor):
    """Runs what it is given at once; planning needs no thread here."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class StepClient:
    """The subgraphs as the router's `SubgraphClient`; answers a step when nothing more comes to it."""

    def __init__(self, subgraphs: dict[str, FixedSubgraph]) -> None:
        self._subgraphs = subgraphs
        self._waiting: list[tuple[SubgraphRequest, asyncio.Future[Json]]] = []
        self._quiet = 0
        self.steps: list[list[str]] = []

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """One exchange."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Json] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._tick)
        self._waiting.append((request, answer))
        self._quiet = 0
        return SubgraphResponse(200, (), orjson.dumps(await answer))

    async def close(self) -> None:
        """Nothing to close."""

    def _tick(self) -> None:
        self._quiet += 1
        if self._quiet < QUIET_TURNS:
            asyncio.get_running_loop().call_soon(self._tick)
            return
        step, self._waiting = self._waiting, []
        lines = []
        for request, answer in step:
            body = orjson.loads(request.body)
            variables = body.get("variables") or {}
            line = f"{request.subgraph} {body['query']}"
            lines.append(f"{line} | {json.dumps(variables)}" if variables else line)
            answer.set_result(self._subgraphs[request.subgraph].answer(body["query"], variables))
        self.steps.append(sorted(lines))

    def requests(self) -> str:
        """Every request so far, a line each."""
        return "\n".join(f"{step} {line}" for step, lines in enumerate(self.steps, 1) for line in lines)


@dataclass
class Outcome:
    """What came of one operation."""

    response: Json
    requests: str
    faults: list[str] = field(default_factory=list)


def ways_in(case: Case) -> tuple[str, ...]:
    """The ways to a case's supergraph: both, but for one that no composition lets through."""
    is_refused = any(title == REFUSED for title, _ in case.sections)
    return (COMPOSED_ELSEWHERE,) if is_refused else WAYS_IN


def supergraph_of(case: Case, way: str) -> str:
    """The supergraph SDL by one of the two ways."""
    if way == COMPOSED_ELSEWHERE:
        return case.section("supergraph" if ways_in(case) == WAYS_IN else REFUSED)
    return _composed(tuple(case.texts("subgraph")))


@lru_cache(maxsize=4)
def _composed(subgraphs: tuple[tuple[str, str], ...]) -> str:
    composed = compose([SubgraphInput(name, f"http://{name}.test/", sdl) for name, sdl in subgraphs])
    assert isinstance(composed, Composed), [f"{e.code}: {e.message}" for e in composed.errors]
    return composed.supergraph_sdl


@lru_cache(maxsize=4)
def _snapshot(sdl: str) -> Snapshot:
    return make_snapshot(sdl, OPTIONS, _AtOnce())


async def run(case: Case, way: str, operation: str) -> Outcome:
    """Run one operation of a case."""
    faults: list[str] = []
    data = dict(case.texts("data"))
    client = StepClient(
        {
            name: FixedSubgraph(name, sdl, json.loads(data.get(name, "{}")), faults)
            for name, sdl in case.texts("subgraph")
        }
    )
    pipeline = Pipeline(
        Current(_snapshot(supergraph_of(case, way))), client, SourceStreams(FakeStreams({}), None), OPTIONS
    )
    variables = json.loads(dict(case.texts("variables")).get(operation, "{}"))
    text = dict(case.texts("operation"))[operation]
    answer = await pipeline.answer(GraphQLRequest(text, None, variables), Caller({}))
    return Outcome(orjson.loads(answer.body), client.requests(), faults)


def check_response(expected: Json, actual: Json) -> None:
    """Fail unless data is the same JSON and errors have the same paths (and codes, where given)."""
    given = actual.get("errors", [])
    shown = json.dumps(actual)
    assert "NEVER" not in json.dumps(actual.get("data")), f"a value that nobody should see: {shown}"
    assert ("data" in expected) == ("data" in actual), shown
    assert json.dumps(expected.get("data")) == json.dumps(actual.get("data")), shown
    due = [_error(one, one.get("code")) for one in expected.get("errors", [])]
    codes = [one.get("extensions", {}).get("code") for one in given]
    wanted = {json.dumps(one.get("path")) for one in expected.get("errors", []) if "code" in one}
    found = [
        _error(one, code if json.dumps(one.get("path")) in wanted else None)
        for one, code in zip(given, codes, strict=True)
    ]
    assert sorted(found) == sorted(due), f"errors are {json.dumps(given)}"


def _error(error: Json, code: str | None) -> str:
    return json.dumps([error.get("path"), code])


def write_requests(case: Case, operation: str, requests: str) -> None:
    """Put the requests into the case file, after the response where they have no section yet."""
    whole = case.path.read_text(encoding="utf-8")
    section = f"--- requests {operation}\n{requests}".rstrip("\n") + "\n"
    there = re.compile(rf"^--- requests {re.escape(operation)}\n.*?(?=^--- |\Z)", re.MULTILINE | re.DOTALL)
    if there.search(whole):
        written = there.sub(lambda _: section + "\n", whole)
    else:
        response = re.compile(
            rf"^--- response {re.escape(operation)}\n.*?(?=^--- |\Z)", re.MULTILINE | re.DOTALL
        )
        found = response.search(whole)
        assert found is not None, f"{case.name}: operation {operation} has no response section"
        written = f"{whole[: found.start()]}{found[0].rstrip()}\n\n{section}\n{whole[found.end() :]}"
    case.path.write_text(written.rstrip("\n") + "\n", encoding="utf-8")
