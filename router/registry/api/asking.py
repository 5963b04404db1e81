"""Who asks the API, and whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from router.registry.database.writes import Signed
from router.registry.registry import Registry
from router.registry.tokens import Caller, Tokens


@dataclass(frozen=True, slots=True)
class Asking:
    """One request's context: who asks, and whom."""

    caller: Caller
    registry: Registry
    tokens: Tokens

    def signed(self) -> Signed:
        """Give who does something now."""
        return Signed(self.caller.actor, datetime.now(UTC))
