"""How much may an operation cost?  Options, verdicts and refusals of demand control.

The estimate is made before anything is fetched (`cost_estimate`), the actual cost of what came back (`cost_actual`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from router.errors import ClientError


class CostMode(Enum):
    """What becomes of an operation above its maximum."""

    MEASURE = "measure"
    ENFORCE = "enforce"


class ActualCostMode(Enum):
    """Of what the actual cost is counted."""

    BY_SUBGRAPH = "by_subgraph"
    """Of what the subgraphs answered, summed."""
    BY_RESPONSE_SHAPE = "by_response_shape"
    """Of what the client gets."""


@dataclass(frozen=True, slots=True)
class SubgraphBudget:
    """Of one subgraph, for one operation."""

    list_size: int | None = None
    """None: that of all."""
    max: float | None = None


@dataclass(frozen=True, slots=True)
class DemandOptions:
    """Of demand control; ``config`` fills these."""

    mode: CostMode = CostMode.MEASURE
    list_size: int = 100
    """Items of a list of which nothing is said."""
    max: float | None = None
    """Of the estimate of one operation."""
    actual_mode: ActualCostMode = ActualCostMode.BY_SUBGRAPH
    subgraph: SubgraphBudget = field(default_factory=SubgraphBudget)
    subgraphs: Mapping[str, SubgraphBudget] = field(default_factory=dict)
    """By name; what one of them leaves out is taken from ``subgraph``."""
    is_shown: bool = False
    """Whether every answer has ``extensions.cost``."""
    is_shown_on_request: bool = False
    """Whether the answers to requests with `COST_HEADER` have it, of callers who may see plans."""
    is_on_request_only: bool = False
    """Whether other requests are not looked at: nobody configured demand control."""

    def budget_of(self, subgraph: str) -> SubgraphBudget:
        """Give what holds for one subgraph, complete."""
        own, all_ = self.subgraphs.get(subgraph, self.subgraph), self.subgraph
        size = own.list_size if own.list_size is not None else all_.list_size
        return SubgraphBudget(
            self.list_size if size is None else size, own.max if own.max is not None else all_.max
        )


COST_HEADER: Final = b"olympus-include-cost"


class CostQueryParseFailureError(ClientError):
    """The cost cannot be told: a field with ``@listSize`` needs exactly one of its slicing arguments.

    What to do: give one, or say ``requireOneSlicingArgument: false`` in the subgraph.
    """

    code = "COST_QUERY_PARSE_FAILURE"


class CostEstimatedTooExpensiveError(ClientError):
    """The estimated cost is above ``demand_control.strategy.static_estimated.max``; nothing was fetched.

    What to do: ask for fewer or shorter lists, or raise the limit.
    """

    code = "COST_ESTIMATED_TOO_EXPENSIVE"


class SubgraphCostEstimatedTooExpensiveError(ClientError):
    """What one subgraph would be asked is estimated above its budget; nothing was fetched.

    What to do: ask for less of it, or raise ``demand_control.strategy.static_estimated.subgraph``.
    """

    code = "SUBGRAPH_COST_ESTIMATED_TOO_EXPENSIVE"


OK: Final = "COST_OK"
ACTUAL_TOO_EXPENSIVE: Final = "COST_ACTUAL_TOO_EXPENSIVE"


@dataclass(frozen=True, slots=True)
class Costs:
    """What one operation, or its part in one subgraph, is estimated to cost and did cost."""

    estimated: float | None
    """None: it cannot be told."""
    max: float | None = None
    actual: float | None = None
    """None: it did not run (yet)."""
    refusal: str = CostEstimatedTooExpensiveError.code

    @property
    def result(self) -> str:
        """Give the verdict: `OK`, or the code of the first limit that it is above."""
        if self.estimated is None:
            return CostQueryParseFailureError.code
        if self.max is not None and self.estimated > self.max:
            return self.refusal
        if self.max is not None and self.actual is not None and self.actual > self.max:
            return ACTUAL_TOO_EXPENSIVE
        return OK

    def as_dict(self) -> dict[str, Any]:
        """Give it as ``extensions.cost`` shows it."""
        return {"estimated": self.estimated, "actual": self.actual, "max": self.max, "result": self.result}


@dataclass(frozen=True, slots=True)
class CostReport:
    """Of one operation: for metrics, and for clients that may see it."""

    operation: Costs
    subgraphs: Mapping[str, Costs]

    def as_dict(self) -> dict[str, Any]:
        """Give ``extensions.cost``: ``{estimated, actual, max, result, subgraphs: {NAME: the same}}``."""
        subgraphs = {name: costs.as_dict() for name, costs in self.subgraphs.items()}
        return {**self.operation.as_dict(), "subgraphs": subgraphs}


def check(report: CostReport) -> None:
    """Raises: the error of the first limit that an estimate is above."""
    operation = report.operation
    if operation.estimated is None:
        raise CostQueryParseFailureError(
            "Exactly one slicing argument is required where @listSize asks for it."
        )
    if operation.result == CostEstimatedTooExpensiveError.code:
        raise CostEstimatedTooExpensiveError(
            f"The operation's estimated cost of {_number(operation.estimated)} is above the maximum of "
            f"{_number(operation.max)}."
        )
    for name, costs in report.subgraphs.items():
        if costs.result == SubgraphCostEstimatedTooExpensiveError.code:
            raise SubgraphCostEstimatedTooExpensiveError(
                f'The operation\'s estimated cost of {_number(costs.estimated)} in the subgraph "{name}" is above '
                f"its budget of {_number(costs.max)}."
            )


def _number(value: float | None) -> str:
    return f"{value:.15g}"
