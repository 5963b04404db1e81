"""One request on its way through a pool: waiting, then on a connection, then answered.

    queued --start--> sent --answer--> done        any state --abandon, expire--> done

Everything here is synchronous: whoever waits is told by ``deliver``, once, with a response or an
error as a value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from router.errors import SubgraphError, SubgraphTimeoutError
from router.transport.base import SubgraphRequest, SubgraphResponse
from router.transport.deadlines import Deadlines

Outcome: TypeAlias = SubgraphResponse | SubgraphError
Deliver: TypeAlias = Callable[[Outcome], None]


class Carrier(Protocol):
    """Where an exchange is at the moment: a pool's queue or a connection."""

    def drop(self, exchange: Exchange) -> None:
        """Forgets the exchange; its connection, if any, is of no further use."""
        ...

    def timeout_error(self, request: SubgraphRequest) -> SubgraphTimeoutError:
        """What to say when time is up while the exchange is here."""
        ...


class Exchange:
    """Mutable, private to the transport.

    Invariant: ``deliver`` is called at most once, and never after `abandon`.
    """

    __slots__ = ("_deadline", "_deliver", "carrier", "is_done", "request", "was_resent", "wire")

    def __init__(self, request: SubgraphRequest, wire: bytes, deliver: Deliver, deadlines: Deadlines) -> None:
        self.request = request
        self.wire = wire
        self.carrier: Carrier | None = None
        self.is_done = False
        self.was_resent = False
        self._deliver = deliver
        self._deadline = deadlines.add(self, request.timeout_s)

    def finish(self, outcome: Outcome) -> None:
        """Ends the exchange with what came of it; later ends are ignored."""
        if not self.is_done:
            self.is_done = True
            self.carrier = None
            self._deadline.discard(self)
            self._deliver(outcome)

    def abandon(self) -> None:
        """Nobody waits any more: leave the queue, or close the connection it was sent on."""
        if not self.is_done:
            self.is_done = True
            self._deadline.discard(self)
            self._leave()

    def expire(self) -> None:
        """Time is up: ends the exchange with an error that names the phase."""
        if not self.is_done:
            self.is_done = True
            carrier = self.carrier
            error = (
                carrier.timeout_error(self.request)
                if carrier
                else SubgraphTimeoutError(self.request.subgraph, "time was up before it was sent")
            )
            self._leave()
            self._deliver(error)

    def _leave(self) -> None:
        carrier, self.carrier = self.carrier, None
        if carrier is not None:
            carrier.drop(self)
