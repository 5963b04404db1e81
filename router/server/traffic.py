"""What the whole server knows of itself, whatever configuration it has: is it ending, and whom must it tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from router.engine.reload_record import ReloadRecord
from router.events.memory import MemoryBroker
from router.telemetry.metrics.base import ProcessMetrics

RESTART: Final = 1012
"""Spec: IANA, "WebSocket Close Code Number Registry": service restart."""


class Drainable(Protocol):
    """A connection, or a response that goes on, that knows what is under way on it."""

    def drain(self) -> None:
        """Close as soon as nothing is under way that ends by itself; subscriptions do not, they are told."""
        ...


@dataclass(slots=True)
class Traffic:
    """One per process; outlives configurations."""

    is_draining: bool = False
    """Whether the end has begun: not ready any more, though connections may still be taken."""
    is_ending: bool = False
    """Whether connections are told to close; one that comes yet is told so at once."""
    configuration: ReloadRecord = field(default_factory=ReloadRecord)
    sockets: set[Drainable] = field(default_factory=set)
    """The WebSockets and HTTP streams open now."""
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    """Of a hub without Redis: members who came under an older configuration hear what is said under the new one."""
    metrics: ProcessMetrics | None = None
    """Made when the process begins to serve, where metrics are on."""
    events: MemoryBroker = field(default_factory=MemoryBroker)
    """Of event-driven subscriptions without Redis, for the same reason."""

    @contextmanager
    def holding(self, socket: Drainable) -> Iterator[None]:
        """Tell a connection, as long as this lasts, when it is to close."""
        self.sockets.add(socket)
        if self.is_ending:
            socket.drain()
        try:
            yield
        finally:
            self.sockets.discard(socket)

    def announce(self) -> None:
        """Begin the end: not ready from now on."""
        self.is_draining = True

    def drain(self) -> None:
        """Close each socket when nothing is under way on it; end what goes on by itself, saying why."""
        self.is_draining = self.is_ending = True
        for socket in list(self.sockets):
            socket.drain()
