"""``traffic_shaping``: how long things may take, and what is shared."""

from __future__ import annotations

from pydantic import Field

from router.config.values import Seconds, Section


class SubgraphShaping(Section):
    """``traffic_shaping.subgraphs.NAME``."""

    timeout: Seconds | None = None


class AllShaping(Section):
    """``traffic_shaping.all``."""

    timeout: Seconds = 30.0
    deduplicate_query: bool = True
    """Identical queries to one subgraph that are under way at the same time are sent once."""


class DedupeSection(Section):
    """``traffic_shaping.router.dedupe``."""

    enabled: bool = False
    """Identical queries of clients that are under way at the same time are executed once.  Identical are text,
    operation name, variables, token, and the headers that cross to subgraphs."""


class RouterShaping(Section):
    """``traffic_shaping.router``: of a client's whole request."""

    timeout: Seconds = 60.0
    dedupe: DedupeSection = DedupeSection()


class TrafficShapingSection(Section):
    """``traffic_shaping``."""

    router: RouterShaping = RouterShaping()
    all: AllShaping = AllShaping()
    subgraphs: dict[str, SubgraphShaping] = Field(default_factory=dict)
