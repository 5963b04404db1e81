"""The router before a fleet: the engine's own pipeline, with the subgraphs reached in process."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson

from router.engine.admission import Caller
from router.engine.event_streams import SourceStreams
from router.engine.header_rules import HeaderOptions, PropagateNamed
from router.engine.options import EngineOptions
from router.engine.pipeline import Pipeline
from router.engine.snapshot import Current, make_snapshot
from router.planning.plan import QueryPlan
from router.protocols.graphql_request import GraphQLRequest
from router.transport.fake import FakeStreams
from router.transport.httpx_client import HttpxClient
from tests.fleet import HEADERS, Fleet

OPTIONS = EngineOptions(
    headers=HeaderOptions(for_all=tuple(PropagateNamed(name.encode()) for name in HEADERS)),
    shows_subgraph_errors=True,
)


class Routed:
    """Answers as the router does, for a caller with the demo's headers."""

    def __init__(self, supergraph_sdl: str, fleet: Fleet) -> None:
        self._executor = ThreadPoolExecutor(1)
        self._snapshot = make_snapshot(supergraph_sdl, OPTIONS, self._executor)
        client = HttpxClient(fleet.transport)
        self._pipeline = Pipeline(
            Current(self._snapshot), client, SourceStreams(FakeStreams({}), None), OPTIONS
        )

    async def answer(
        self,
        text: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        *,
        headers: Mapping[str, str] = HEADERS,
    ) -> dict[str, Any]:
        """The GraphQL response."""
        caller = Caller({name.encode(): value.encode() for name, value in headers.items()})
        request = GraphQLRequest(text, operation_name, variables or {})
        answer = await self._pipeline.answer(request, caller)
        response: dict[str, Any] = orjson.loads(answer.body)
        return response

    async def plan(self, text: str, operation_name: str | None = None) -> QueryPlan:
        """The plan of an operation that is valid."""
        return (await self._snapshot.operations.prepared((text, operation_name, frozenset()))).compiled.plan
