"""What the whole server knows of itself, whatever configuration it has: is it ending, and whom must it tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

from router.engine.reload_record import ReloadRecord

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

    def drain(self) -> None:
        """Begin the end: not ready from now on, and each socket closes when nothing is under way on it."""
        self.is_draining = True
        for socket in list(self.sockets):
            socket.drain()
