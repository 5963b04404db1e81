"""Subgraphs for tests: what they answer is a function, what they were asked is a list."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TypeAlias

import orjson

from router.errors import SubgraphConnectionRefusedError
from router.transport.base import (
    Json,
    SourceStream,
    SubgraphRequest,
    SubgraphResponse,
    SubscriptionRequest,
)

Answer: TypeAlias = SubgraphResponse | Json | bytes
Handler: TypeAlias = Callable[[SubgraphRequest], Answer | Awaitable[Answer]]
"""Gives a result, the bytes of a body, or a whole response; may raise a SubgraphError."""
EventSource: TypeAlias = Callable[[SubscriptionRequest], AsyncIterator[Json]]
"""Gives the events; usually an async generator function."""


class FakeSubgraphs:
    """A `router.transport.base.SubgraphClient`: one handler per subgraph name.

    A subgraph without a handler refuses connections.
    """

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self.handlers = dict(handlers)
        self.requests: list[SubgraphRequest] = []
        """Every request, in order of arrival."""
        self.is_closed = False

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """What the subgraph's handler answers."""
        self.requests.append(request)
        handler = self.handlers.get(request.subgraph)
        if handler is None:
            raise SubgraphConnectionRefusedError(request.subgraph, "no handler")
        answer = handler(request)
        if inspect.isawaitable(answer):
            answer = await answer
        if isinstance(answer, SubgraphResponse):
            return answer
        body = answer if isinstance(answer, bytes) else orjson.dumps(answer)
        return SubgraphResponse(200, ((b"content-type", b"application/json"),), body)

    async def close(self) -> None:
        """Notes that it was called."""
        self.is_closed = True

    def bodies(self, subgraph: str) -> list[Json]:
        """The parsed bodies one subgraph was sent, in order."""
        return [orjson.loads(one.body) for one in self.requests if one.subgraph == subgraph]


class FakeStreams:
    """A `router.transport.base.SubgraphStream`: one event source per subgraph name."""

    def __init__(self, sources: Mapping[str, EventSource]) -> None:
        self.sources = dict(sources)
        self.requests: list[SubscriptionRequest] = []
        self.closed_early = 0
        """Subscriptions that were told to stop before their source ended."""
        self.is_closed = False

    def subscribe(self, request: SubscriptionRequest) -> SourceStream:
        """The events of the subgraph's source."""
        self.requests.append(request)
        return _FakeStream(self, request)

    async def close(self) -> None:
        """Notes that it was called."""
        self.is_closed = True


class _FakeStream:
    def __init__(self, streams: FakeStreams, request: SubscriptionRequest) -> None:
        source = streams.sources.get(request.subgraph)
        self._streams = streams
        self._subgraph = request.subgraph
        self._events = source(request) if source is not None else None
        self._is_ended = False

    @property
    def was_open(self) -> bool:
        return self._events is not None

    def __aiter__(self) -> AsyncIterator[Json]:
        return self

    async def __anext__(self) -> Json:
        if self._is_ended:
            raise StopAsyncIteration
        if self._events is None:
            self._is_ended = True
            raise SubgraphConnectionRefusedError(self._subgraph, "no event source")
        try:
            return await anext(self._events)
        except (StopAsyncIteration, Exception):
            self._is_ended = True
            raise

    async def aclose(self) -> None:
        if not self._is_ended:
            self._is_ended = True
            self._streams.closed_early += 1
