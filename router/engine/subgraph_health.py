"""Does each subgraph answer?  Asked when somebody wants to know, never beside requests.

report → the round under way, else a new one where the last is older than `FRESH_S` → a state per subgraph
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from router.engine.admission import Caller
from router.engine.snapshot import Current, Snapshot
from router.errors import SubgraphError
from router.execution.context import Endpoint
from router.transport.base import SubgraphClient, SubgraphRequest, read_result

FRESH_S: Final = 5.0
"""How long an answer counts: so often, at most, subgraphs are asked, however many look."""
WAIT_S: Final = 1.5
"""For whoever looks; what takes longer is told the next time."""
TIMEOUT_S: Final = 5.0
"""For one subgraph, unless its own time-out is shorter."""

_BODY: Final = b'{"query":"{__typename}"}'
_ASKS_FOR_CREDENTIALS: Final = frozenset({401, 403})


class Health(Enum):
    """Of one subgraph."""

    UP = "UP"
    DOWN = "DOWN"
    UNKNOWN = "UNKNOWN"
    """It was not asked yet, or has not answered yet."""


@dataclass(frozen=True, slots=True)
class SubgraphState:
    """What one subgraph did when it was asked last."""

    name: str
    health: Health
    code: str | None = None
    """Of the error, where it is down; what it said itself is not kept."""
    took_ms: float | None = None


@dataclass(slots=True)
class _Round:
    schema: str
    """Its id; the snapshot itself would outlive its time here."""
    began_s: float
    states: dict[str, SubgraphState] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None


class SubgraphHealth:
    """Asks the subgraphs of what is live ``{__typename}``, as the router asks them anything.

    A subgraph is up when it answers as GraphQL does, an error included, or asks for credentials; nothing of the
    caller who wants to know goes along.
    """

    def __init__(
        self, current: Current, client: SubgraphClient, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._current = current
        self._client = client
        self._clock = clock
        self._round: _Round | None = None

    async def report(self, wait_s: float = WAIT_S) -> tuple[SubgraphState, ...]:
        """Give every subgraph's state, in the supergraph's order; waits ``wait_s`` at most for those asked now."""
        snapshot = self._current.snapshot
        if snapshot is None:
            return ()
        earlier = {} if self._round is None else self._round.states
        asked = self._asked(snapshot)
        if asked.task is not None and not asked.task.done():
            await asyncio.wait({asked.task}, timeout=wait_s)
        return tuple(
            asked.states.get(one.name) or earlier.get(one.name) or SubgraphState(one.name, Health.UNKNOWN)
            for one in snapshot.supergraph.subgraphs.values()
        )

    async def close(self) -> None:
        """Stop asking."""
        if self._round is not None and self._round.task is not None:
            self._round.task.cancel()
            await asyncio.gather(self._round.task, return_exceptions=True)

    def _asked(self, snapshot: Snapshot) -> _Round:
        last = self._round
        if last is not None and last.task is not None:
            is_fresh = not last.task.done() or self._clock() - last.began_s < FRESH_S
            if is_fresh and last.schema == snapshot.id:
                return last
            last.task.cancel()
        self._round = asked = _Round(snapshot.id, self._clock())
        asked.task = asyncio.get_running_loop().create_task(
            self._ask_all(asked, snapshot.endpoints.of(Caller({})))
        )
        return asked

    async def _ask_all(self, asked: _Round, endpoints: Mapping[str, Endpoint]) -> None:
        async def ask(name: str, endpoint: Endpoint) -> None:
            asked.states[name] = await self._ask(name, endpoint)

        await asyncio.gather(*(ask(name, endpoint) for name, endpoint in endpoints.items()))

    async def _ask(self, name: str, endpoint: Endpoint) -> SubgraphState:
        timeout_s = min(endpoint.timeout_s, TIMEOUT_S)
        request = SubgraphRequest(name, endpoint.url, _BODY, endpoint.headers, True, timeout_s)
        began_s = self._clock()
        try:
            response = await self._client.send(request)
            if response.status not in _ASKS_FOR_CREDENTIALS:
                read_result(name, response)
        except SubgraphError as error:
            return SubgraphState(name, Health.DOWN, error.code)
        return SubgraphState(name, Health.UP, took_ms=round((self._clock() - began_s) * 1000, 1))
