"""Federation 1 subgraphs, read as federation 2."""

from __future__ import annotations

from router.composition.source import Findings
from router.federation.subgraph import Subgraph


def upgrade(subgraphs: tuple[Subgraph, ...], findings: Findings) -> tuple[Subgraph, ...]:
    return subgraphs
