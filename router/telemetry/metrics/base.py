"""Metrics as every other room sees them; the library behind them is not needed where they are off."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias

from router.telemetry.record import OperationRecord, RequestRecord


class Reading(NamedTuple):
    """One figure that a part of the router says of itself."""

    name: str
    """In `router.telemetry.metrics.vitals.VITALS`."""
    value: float
    labels: tuple[str, ...] = ()


Source: TypeAlias = Callable[[], Iterable[Reading]]


@dataclass(frozen=True, slots=True)
class PushOptions:
    """Of one process; ``config`` fills these."""

    endpoint: str
    headers: Mapping[str, str] = field(default_factory=dict)
    resource: Mapping[str, str] = field(default_factory=dict)
    interval_s: float = 60.0
    timeout_s: float = 30.0


class ProcessMetrics(Protocol):
    """Of one process; `router.telemetry.metrics.process.Metrics` is one."""

    def add(self, key: Hashable, source: Source) -> None:
        """Read a source from now on."""
        ...

    def remove(self, key: Hashable) -> None:
        """Read a source for the last time; what it counted stays counted."""
        ...

    def subscribed(self, operation: OperationRecord) -> None:
        """Count a subscription that has begun."""
        ...

    def ended(self, record: RequestRecord) -> None:
        """Count a request that is over."""
        ...

    async def sample(self) -> None:
        """Read the sources and time the event loop, again and again; runs until cancelled."""
        ...

    async def scraped(self, accept: str) -> tuple[bytes, str]:
        """Give the metrics as text and its content type, in OpenMetrics where ``accept`` asks for it."""
        ...
