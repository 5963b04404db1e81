"""What became of a change."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.registry.checks import CheckReport
from router.registry.model import Outcome, Release


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a change."""

    outcome: Outcome
    release: Release | None
    """What is live now; None before the variant's first release."""
    report: CheckReport
    contracts: tuple[Release, ...] = field(default=())
    """What became live with it."""
