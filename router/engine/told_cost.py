"""What an operation did cost, told to those who may read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from router.engine.admission import Caller
from router.engine.options import EngineOptions
from router.engine.prepare import PreparedOperation
from router.execution.context import ExecutionContext, Response
from router.guards.cost import COST_HEADER, ActualCostMode, CostReport


def shows_cost(options: EngineOptions, caller: Caller) -> bool:
    """Tell whether the caller's answers tell their cost."""
    demand = options.demand
    if demand is None:
        return False
    if demand.is_shown:
        return True
    if not demand.is_shown_on_request or caller.headers.get(COST_HEADER) != b"true":
        return False
    return options.explain is None or options.explain.allows(caller.headers, caller.claims)


def cost_report(
    operation: PreparedOperation,
    options: EngineOptions,
    caller: Caller,
    context: ExecutionContext,
    response: Response,
) -> CostReport | None:
    """Give what an operation that ran did cost; None where nothing is weighed."""
    demand = operation.demand
    if demand is None or (demand.options.is_on_request_only and not shows_cost(options, caller)):
        return None
    by_shape = demand.options.actual_mode is ActualCostMode.BY_RESPONSE_SHAPE
    return demand.report(context.variables, context.answers, response.data if by_shape else None)


def with_cost(
    extensions: Mapping[str, Any] | None, cost: CostReport | None, options: EngineOptions, caller: Caller
) -> Mapping[str, Any] | None:
    """Give ``extensions`` with the cost, where the caller may read it."""
    if cost is None or not shows_cost(options, caller):
        return extensions
    return {**(extensions or {}), "cost": cost.as_dict()}
