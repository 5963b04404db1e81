"""The router and the reference over one fleet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from router.federation.supergraph import read_supergraph
from tests.agreement import disagreement
from tests.fleet import HEADERS, SCHEMA, Fleet
from tests.monolith import Monolith
from tests.routed import Routed

SUPERGRAPH: Final = read_supergraph((SCHEMA / "supergraph.graphql").read_text(encoding="utf-8"))
"""The demo's, as checked in."""


class Both:
    """For operations that change nothing: asks the reference, then the router."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.reference = Monolith(SUPERGRAPH.api_schema, fleet.apps)
        self.router = Routed(SUPERGRAPH.sdl, fleet)

    async def agreed(
        self,
        text: str,
        variables: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] = HEADERS,
    ) -> dict[str, Any]:
        """The answer of the router, which must be that of the reference."""
        expected = await self.reference.answer(text, dict(variables or {}), headers=headers)
        actual = await self.router.answer(text, variables, headers=headers)
        assert (difference := disagreement(expected, actual)) is None, difference
        return actual
