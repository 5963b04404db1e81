"""A subgraph client that answers from a script, and one call to run a plan."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from router.errors import SubgraphError
from router.execution.compile import compile_plan
from router.execution.context import Endpoint, ExecutionContext, Response
from router.execution.run import execute
from router.federation.supergraph import Supergraph
from router.planning.plan import QueryPlan
from router.transport.base import SubgraphRequest, SubgraphResponse

Answer = Any
"""A GraphQL result as a dictionary; bytes or (status, bytes) as they are; a SubgraphError to raise; or a
function of the request's JSON that gives one of these."""


class ScriptedClient:
    """Answers the nth request to a subgraph with the nth answer of its script; keeps what was asked."""

    def __init__(self, script: Mapping[str, list[Answer]]) -> None:
        self._script = {name: list(answers) for name, answers in script.items()}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.requests: list[SubgraphRequest] = []

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        body = orjson.loads(request.body)
        self.asked.append((request.subgraph, body))
        self.requests.append(request)
        answer = self._script[request.subgraph].pop(0)
        await asyncio.sleep(0)
        if callable(answer):
            answer = answer(body)
            if asyncio.iscoroutine(answer):
                answer = await answer
        if isinstance(answer, SubgraphError):
            raise answer
        status, body_bytes = answer if isinstance(answer, tuple) else (200, answer)
        if not isinstance(body_bytes, bytes):
            body_bytes = orjson.dumps(body_bytes)
        return SubgraphResponse(status, (), body_bytes)

    async def close(self) -> None:
        """Nothing is open."""

    def representations(self, number: int, variable: str = "representations") -> list[Any]:
        """What the nth request asked about."""
        return self.asked[number][1]["variables"][variable]


def endpoints(supergraph: Supergraph) -> dict[str, Endpoint]:
    return {graph.name: Endpoint(graph.url) for graph in supergraph.subgraphs.values()}


async def run(
    plan: QueryPlan,
    supergraph: Supergraph,
    client: ScriptedClient,
    variables: dict[str, Any] | None = None,
    configure: Callable[[ExecutionContext], None] | None = None,
) -> Response:
    compiled = compile_plan(plan, supergraph)
    ctx = ExecutionContext(client, endpoints(supergraph), compiled.coerce(variables))
    if configure is not None:
        configure(ctx)
    return await execute(compiled, ctx)
