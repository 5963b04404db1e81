"""What the whole server knows of itself, whatever configuration it has: is it ending, and whom must it tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

from router.engine.reload_record import ReloadRecord
from router.events.memory import MemoryBroker

RESTART: Final = 1012
"""Spec: IANA, "WebSocket Close Code Number Registry": service restart."""


class Drainable(Protocol):
    """A connection that knows what is under way on it."""

    def drain(self) -> None:
        """Close as soon as nothing is under way."""
        ...


@dataclass(slots=True)
class Traffic:
    """One per process; outlives configurations."""

    is_draining: bool = False
    configuration: ReloadRecord = field(default_factory=ReloadRecord)
    sockets: set[Drainable] = field(default_factory=set)
    """The WebSockets open now."""
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    """Of a hub without Redis: members who came under an older configuration hear what is said under the new one."""

    def drain(self) -> None:
        """Begin the end: not ready from now on, and each socket closes when nothing is under way on it."""
        self.is_draining = True
        for socket in list(self.sockets):
            socket.drain()
