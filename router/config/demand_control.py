"""``demand_control``: how much one operation may cost."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from router.config.values import Section
from router.guards.cost import ActualCostMode, CostMode, DemandOptions, SubgraphBudget

Cost = Annotated[float, Field(ge=0)]
Items = Annotated[int, Field(ge=0)]


class SubgraphCostEntry(Section):
    """Of one subgraph, or of each."""

    list_size: Items | None = None
    """Items of a list of which nothing is said, and entities asked for at once; default: that of the operation."""
    max: Cost | None = None
    """Of all that one operation asks of the subgraph, by estimate."""


class SubgraphCostSection(Section):
    """``demand_control.strategy.static_estimated.subgraph``: budgets of subgraphs."""

    all: SubgraphCostEntry = SubgraphCostEntry()
    subgraphs: dict[str, SubgraphCostEntry] = Field(default_factory=dict)
    """By name; what one of them leaves out is taken from ``all``."""


class StaticEstimatedSection(Section):
    """``demand_control.strategy.static_estimated``: by ``@cost`` and ``@listSize``."""

    list_size: Items = 100
    """Items of a list of which nothing is said."""
    max: Cost | None = None
    """Of one operation, by estimate; nothing: no limit."""
    actual_cost_mode: Literal["by_subgraph", "by_response_shape"] = "by_subgraph"
    """Whether the actual cost is that of what subgraphs answered, or of what the client gets."""
    subgraph: SubgraphCostSection = SubgraphCostSection()


class CostStrategySection(Section):
    """``demand_control.strategy``: how cost is told."""

    static_estimated: StaticEstimatedSection = StaticEstimatedSection()


class DemandControlSection(Section):
    """``demand_control``: how much one operation may cost."""

    enabled: bool = False
    """Nothing is weighed unless true."""
    mode: Literal["measure", "enforce"] = "measure"
    """``measure`` refuses nothing."""
    include_extensions: bool = False
    """Every answer has ``extensions.cost``; else those to requests with ``olympus-include-cost: true`` of whom
    ``playground.explain`` lets see plans (``--dev``: of everyone)."""
    strategy: CostStrategySection = CostStrategySection()


def demand_options(
    section: DemandControlSection, *, is_development: bool, is_told: bool = False
) -> DemandOptions | None:
    """What demand control is told; None when it is off.  Development shows cost to whoever asks.

    ``is_told``: to whoever may see plans, when they ask.
    """
    if not section.enabled and not is_development:
        return None
    static = section.strategy.static_estimated
    return DemandOptions(
        mode=CostMode(section.mode) if section.enabled else CostMode.MEASURE,
        list_size=static.list_size,
        max=static.max,
        actual_mode=ActualCostMode(static.actual_cost_mode),
        subgraph=_budget(static.subgraph.all),
        subgraphs={name: _budget(entry) for name, entry in static.subgraph.subgraphs.items()},
        is_shown=section.include_extensions and section.enabled,
        is_shown_on_request=is_development or is_told,
        is_on_request_only=not section.enabled,
    )


def _budget(entry: SubgraphCostEntry) -> SubgraphBudget:
    return SubgraphBudget(entry.list_size, entry.max)
