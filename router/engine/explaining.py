"""What the router tells of how it answered: the plan, and what each fetch took.

Only to callers who may see it, and only when they ask: ``olympus-include-query-plan: true`` and
``olympus-include-timing: true``.  Where it is off, the pipeline has no explainer, and a request pays nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

from router.engine.admission import Caller
from router.execution.compile import CompiledPlan
from router.execution.context import ExecutionContext, FetchTiming
from router.guards.introspection import IntrospectionRule
from router.planning.render import plan_to_json

PLAN_HEADER = b"olympus-include-query-plan"
TIMING_HEADER = b"olympus-include-timing"

Extensions: TypeAlias = dict[str, Any]


class Explainer:
    """Makes ``extensions.queryPlan`` and ``extensions.timing``."""

    def __init__(self, rule: IntrospectionRule | None) -> None:
        """``rule`` says who may see them; None: everyone."""
        self._rule = rule

    def wanted(self, caller: Caller) -> tuple[bool, bool]:
        """Tell whether the caller gets the plan, and whether it gets the times."""
        plan = caller.headers.get(PLAN_HEADER) == b"true"
        timing = caller.headers.get(TIMING_HEADER) == b"true"
        if not (plan or timing):
            return False, False
        if self._rule is not None and not self._rule.allows(caller.headers, caller.claims):
            return False, False
        return plan, timing

    def begin(
        self, compiled: CompiledPlan, ctx: ExecutionContext, caller: Caller
    ) -> Callable[[], Extensions] | None:
        """Take the time from now on, where it is wanted; gives what makes the extensions after the execution."""
        plan, timing = self.wanted(caller)
        if not (plan or timing):
            return None
        started_s = asyncio.get_running_loop().time()
        if timing:
            ctx.timings = []

        def extensions() -> Extensions:
            told: Extensions = {"queryPlan": plan_to_json(compiled.plan)} if plan else {}
            if ctx.timings is not None:
                told["timing"] = _timing(compiled, ctx.timings, started_s)
            return told

        return extensions


def _timing(compiled: CompiledPlan, timings: list[FetchTiming], started_s: float) -> Extensions:
    """Give the times, in milliseconds since the plan began to run.

    Shapes: ``{"durationMs", "fetches": [{"id", "subgraph", "startMs", "durationMs", "requestBytes", "responseBytes",
    "representations", "status", "shared", "error"}]}``, in the order they began; one fetch of the plan has several
    entries where its representations went in several requests, and none where there was nothing to ask.
    """
    subgraphs = {fetch.id: fetch.subgraph for fetch in compiled.plan.fetches}
    return {
        "durationMs": _ms(asyncio.get_running_loop().time() - started_s),
        "fetches": [
            {
                "id": one.fetch,
                "subgraph": subgraphs[one.fetch],
                "startMs": _ms(one.started_s - started_s),
                "durationMs": _ms(one.ended_s - one.started_s),
                "requestBytes": one.request_bytes,
                "responseBytes": one.response_bytes,
                "representations": one.representations,
                "status": one.status,
                "shared": one.is_shared,
                "error": one.error,
            }
            for one in sorted(timings, key=lambda one: (one.started_s, one.fetch))
        ],
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
