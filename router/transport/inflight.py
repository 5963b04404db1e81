"""In-flight sharing: identical queries under way at the same time are sent once.

Two requests are identical when subgraph, URL, body, forwarded headers and audience are, so no caller can see an
answer made for another.  Mutations are never shared, answers and errors never kept.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol, TypeAlias

from router.errors import SubgraphConnectionLostError, SubgraphError, SubgraphTimeoutError
from router.transport.base import Headers, SharedValues, SubgraphClient, SubgraphRequest, SubgraphResponse
from router.transport.exchange import Deliver, Outcome

Identity: TypeAlias = tuple[str, str, bytes, Headers, bytes | None]


class Pending(Protocol):
    """A request under way."""

    def abandon(self) -> None:
        """Stops it; nothing is delivered."""
        ...


class StartingClient(Protocol):
    """A client that can start a request without a task; `router.transport.http.HttpClient` is one."""

    def begin(self, request: SubgraphRequest, deliver: Deliver) -> Pending:
        """Calls ``deliver`` once with the outcome, never before it returns.  Raises: SubgraphError."""
        ...

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """See `router.transport.base.SubgraphClient.send`."""
        ...

    async def close(self) -> None:
        """See `router.transport.base.SubgraphClient.close`."""
        ...


class TaskStarter:
    """Makes any client a `StartingClient`, at the price of one task per request."""

    def __init__(self, client: SubgraphClient) -> None:
        self._client = client
        self.send = client.send
        self.close = client.close

    def begin(self, request: SubgraphRequest, deliver: Deliver) -> Pending:
        """See `StartingClient.begin`."""
        return _TaskPending(asyncio.ensure_future(self._client.send(request)), request, deliver)


class _TaskPending:
    __slots__ = ("_task",)

    def __init__(
        self, task: asyncio.Future[SubgraphResponse], request: SubgraphRequest, deliver: Deliver
    ) -> None:
        self._task = task

        def done(task: asyncio.Future[SubgraphResponse]) -> None:
            if task.cancelled():
                lost = SubgraphConnectionLostError(request.subgraph, "the request was stopped")
                deliver(lost)
                return
            error = task.exception()
            if isinstance(error, SubgraphError):
                deliver(error)
            elif error is None:
                deliver(task.result())
            else:  # a bug in the client: the waiters must not hang on it
                deliver(SubgraphConnectionLostError(request.subgraph, f"client failed: {error!r}"))

        task.add_done_callback(done)

    def abandon(self) -> None:
        """See `Pending.abandon`."""
        self._task.cancel()


class _Flight:
    """One request under way and the futures of those who wait for it."""

    __slots__ = ("ends_at", "pending", "waiters")

    def __init__(self, ends_at: float) -> None:
        self.ends_at = ends_at
        self.pending: Pending | None = None
        self.waiters: dict[asyncio.Future[Outcome], None] = {}  # in order; leaving is O(1)


class InFlightClient:
    """A `router.transport.base.SubgraphClient` that shares queries of another one.

    Cost: of a request nobody shares, one dict entry and two small objects; no task.
    """

    def __init__(self, client: StartingClient) -> None:
        self._client = client
        self._flights: dict[Identity, _Flight] = {}
        self.asked = 0
        """Queries that could be shared; only grows."""
        self.sent = 0
        """Of these, those that were sent."""

    @property
    def behind(self) -> StartingClient:
        """The client whose queries are shared."""
        return self._client

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """The response, perhaps one that others get too.

        The timeout is no part of the identity: a flight is joined while it leaves the newcomer at least
        half of its own time, and a newcomer never waits longer than its own.
        Raises: as `router.transport.base.SubgraphClient.send`.
        """
        if not request.is_query or request.audience is None or request.upload is not None:
            return await self._client.send(request)
        self.asked += 1
        identity = (request.subgraph, request.url, request.body, request.headers, request.audience)
        loop = asyncio.get_running_loop()
        now = loop.time()
        flight = self._flights.get(identity)
        timer: asyncio.TimerHandle | None = None
        answer: asyncio.Future[Outcome] = loop.create_future()
        if flight is None or flight.ends_at - now < request.timeout_s / 2:
            flight = self._take_off(request, identity, now)
        elif now + request.timeout_s < flight.ends_at:
            timer = loop.call_later(request.timeout_s, _expire, answer, request)
        flight.waiters[answer] = None
        try:
            outcome = await answer
        except asyncio.CancelledError:
            self._leave(flight, identity, answer)
            raise
        finally:
            if timer is not None:
                timer.cancel()
        if isinstance(outcome, SubgraphError):
            if timer is not None:
                self._leave(flight, identity, answer)
            raise outcome.with_traceback(None)  # others may raise the same object
        return outcome

    async def close(self) -> None:
        """Closes the client behind it, which ends every flight."""
        await self._client.close()

    def _take_off(self, request: SubgraphRequest, identity: Identity, now: float) -> _Flight:
        self.sent += 1
        flight = _Flight(now + request.timeout_s)

        def land(outcome: Outcome) -> None:
            if self._flights.get(identity) is flight:
                del self._flights[identity]
            flight.pending = None
            if len(flight.waiters) > 1 and isinstance(outcome, SubgraphResponse):
                outcome = replace(outcome, shared=SharedValues())
            for waiter in flight.waiters:
                if not waiter.done():
                    waiter.set_result(outcome)

        flight.pending = self._client.begin(request, land)
        self._flights[identity] = flight
        return flight

    def _leave(self, flight: _Flight, identity: Identity, answer: asyncio.Future[Outcome]) -> None:
        """Only the last to leave stops the request."""
        flight.waiters.pop(answer, None)
        if not flight.waiters and flight.pending is not None:
            flight.pending.abandon()
            flight.pending = None
            if self._flights.get(identity) is flight:
                del self._flights[identity]


def _expire(answer: asyncio.Future[Outcome], request: SubgraphRequest) -> None:
    if not answer.done():
        answer.set_result(SubgraphTimeoutError(request.subgraph, f"no answer within {request.timeout_s:g} s"))
