"""A supergraph whose fields and types demand something, and fakes that remember what they were asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from router.engine.admission import Caller
from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource
from router.federation.supergraph import read_supergraph
from router.guards.claims import Claims
from router.protocols.graphql_request import GraphQLRequest
from router.transport.fake import FakeStreams, FakeSubgraphs

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", '
    '"@shareable", "@interfaceObject", "@authenticated", "@requiresScopes", "@policy"])\n'
)


def supergraph_of(**sdls: str) -> str:
    composed = compose(
        [SubgraphInput(name, f"http://{name}/graphql", LINK + sdl) for name, sdl in sdls.items()]
    )
    assert isinstance(composed, Composed), composed
    return composed.supergraph_sdl


def caller(*scopes: str, **claims: Any) -> Caller:
    """Somebody with these scopes."""
    return Caller({}, Claims({"sub": "anna", "scope": " ".join(scopes), **claims}))


ANONYMOUS = Caller({})


class Guarded:
    """An engine over fakes; each answers what ``answers`` has for it, to every request."""

    def __init__(self, sdl: str, answers: Mapping[str, Any], options: EngineOptions) -> None:
        def handler(name: str) -> Any:
            def handle(_request: Any) -> Any:
                answer = answers.get(name, {})
                return answer.pop(0) if isinstance(answer, list) else {"data": answer}

            return handle

        names = [join.name for join in read_supergraph(sdl).subgraphs.values()]
        self.subgraphs = FakeSubgraphs({name: handler(name) for name in names})
        source = SupergraphSource(lambda: sdl, lambda: ())
        self.streams = FakeStreams({})
        self.engine = Engine(source, options, self.subgraphs, self.streams)

    async def ask(self, query: str, who: Caller = ANONYMOUS, **variables: Any) -> dict[str, Any]:
        answer = await self.engine.pipeline.answer(GraphQLRequest(query, None, variables), who)
        self.status = answer.status
        self.headers = dict(answer.error.headers) if answer.error is not None else {}  # type: ignore[attr-defined]
        body: dict[str, Any] = orjson.loads(answer.body)
        return body

    @property
    def asked(self) -> list[str]:
        """The operations sent since the last time this was read."""
        texts = [orjson.loads(request.body)["query"] for request in self.subgraphs.requests]
        self.subgraphs.requests.clear()
        return texts


@asynccontextmanager
async def guarded(
    sdl: str, answers: Mapping[str, Any], options: EngineOptions | None = None
) -> AsyncIterator[Guarded]:
    one = Guarded(sdl, answers, options or EngineOptions())
    async with one.engine:
        yield one
    await asyncio.sleep(0)


def paths(body: Mapping[str, Any]) -> list[list[str]]:
    """Where the answer says that something is withheld."""
    errors = body.get("errors", [])
    assert all(error["extensions"] == {"code": "UNAUTHORIZED_FIELD_OR_TYPE"} for error in errors), errors
    return [error["path"] for error in errors]
