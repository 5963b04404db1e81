"""What bearing with one subgraph has come to, for metrics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class ResilienceCounts:
    """Of one subgraph; each only grows."""

    requests: int = 0
    """That the router had for it, retries and hedges not counted."""
    attempts: int = 0
    """Sent to it, retries and hedges included."""
    retries: int = 0
    retries_unaffordable: int = 0
    """That the budget did not allow."""
    hedges: int = 0
    hedges_won: int = 0
    """Second requests whose answer came first."""
    breaker_refusals: int = 0
    """Requests that an open circuit kept back."""
