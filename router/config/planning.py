"""``supergraph.query_planning``: how operations are planned, and how many stay planned."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from router.config.values import Section


class InMemorySection(Section):
    """``supergraph.query_planning.cache.in_memory``: the operation not asked for longest leaves first."""

    limit: Annotated[int, Field(gt=0)] = 1000
    """Operations."""
    max_bytes: Annotated[int, Field(ge=1_000_000)] = 32_000_000
    """What they may take together, as estimated: some 20 kB a small one, 150 kB a large one."""


class PlanCacheSection(Section):
    """``supergraph.query_planning.cache``."""

    in_memory: InMemorySection = InMemorySection()


class QueryPlanningSection(Section):
    """``supergraph.query_planning``."""

    cache: PlanCacheSection = PlanCacheSection()
