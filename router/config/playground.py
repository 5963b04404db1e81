"""``playground``: GraphiQL at ``/``, and what it may show."""

from __future__ import annotations

from pathlib import Path

from router.config.supergraph import IntrospectionSection
from router.config.values import Section


class PlaygroundSection(Section):
    """``playground``: off unless it is turned on, here or by ``olympus serve --dev``."""

    enabled: bool = False
    """``olympus serve --dev`` turns it on too."""
    query: str | None = None
    """What the editor begins with for someone who was never here."""
    operations: Path | None = None
    """A folder of ``.graphql`` files, shown as a collection to everyone who opens the playground."""
    field_owners: bool = False
    """Whether everyone may read which subgraphs have which field; on with ``--dev``."""
    explain: bool | IntrospectionSection = False
    """Who may see query plans, the times of fetches and, with ``demand_control``, the cost: nobody, everyone, or who
    has the secret or the claim.

    They come in ``extensions`` when a request has ``olympus-include-query-plan: true``,
    ``olympus-include-timing: true`` or ``olympus-include-cost: true``; ``--dev`` shows them to everyone.
    """
