"""From operation text to what a request runs: done once per operation, off the event loop."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from typing import Final

from router.engine.granted_plan import AccessPlanner
from router.engine.options import EngineOptions
from router.engine.planning_record import PlanningRecord
from router.execution.compile import CompiledPlan, compile_plan
from router.execution.places import INTROSPECTION_FIELDS
from router.federation.access import AUTHENTICATED, NO_DEMANDS, AccessRules, Demands, wanted
from router.federation.supergraph import Supergraph
from router.guards.access import AnonymousWithheldOperationError, WithheldOperationError, WithheldShownIn
from router.guards.demand import DemandPreparation, OperationDemand
from router.guards.size import OperationSize
from router.language.operation import OperationKind
from router.language.used_operation import UsedOperation, used_operation
from router.language.validate import InvalidDocumentError, validate_operation
from router.planning.normalize.normalize import OperationResolutionError, normalize, select_operation
from router.planning.plan import QueryPlan
from router.planning.planner import NO_LABELS, Planner
from router.telemetry.logs import get_log
from router.telemetry.record import Laps

_log = get_log("engine")

SEARCH_SHARE: Final = 0.5
"""Of the time for planning: when the search must end.  What follows it takes about as long as what came before."""

NOBODY_HAS: Final = frozenset({"nothing helps"})
"""Needed where a demand has no way to be met."""


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """One operation, planned and compiled; shared by all requests that send its text."""

    kind: OperationKind
    compiled: CompiledPlan
    has_sized_variables: bool = False
    """Whether the lists within each request's variables are to be counted."""
    demands: Demands = NO_DEMANDS
    """What callers must meet to have all of it."""
    needs: frozenset[str] = frozenset()
    """What may help them to; empty: nothing is demanded."""
    granted: frozenset[str] | None = None
    """What the callers it was prepared for have of ``needs``; None: all that matters."""
    refused: WithheldOperationError | None = None
    """Why the callers it was prepared for cannot run it."""
    used: UsedOperation | None = None
    """What it is called for those who observe; None where nobody does."""
    demand: OperationDemand | None = None
    """What it costs; None where nothing is weighed."""
    laps: Laps | None = None
    """How long it took to prepare."""

    @property
    def introspects(self) -> bool:
        """Whether it asks for a part of the schema.  Cost: a look at each root field; asked only under a rule."""
        fields = self.compiled.plan.operation.selection_set.fields()
        return any(field.name in INTROSPECTION_FIELDS for field in fields)

    @property
    def size(self) -> int:
        """How many bytes it takes, estimated.

        Origin: tracemalloc on the benchmark's operations and on random ones of tests/lab: 10 kB for the least, 25 kB
        and 4.3 bytes a character of generated text for most, 2.4 a character where others have the same text.
        """
        return 16_000 + 4 * self.compiled.size


class Preparation:
    """Parses, validates, normalises, plans and compiles for one supergraph."""

    def __init__(
        self, supergraph: Supergraph, planner: Planner, options: EngineOptions, record: PlanningRecord
    ) -> None:
        self._record = record
        self._supergraph = supergraph
        self._planner = planner
        self._access = AccessPlanner(planner, AccessRules(supergraph))
        self._is_guarded = options.access.is_enabled and not self._access.rules.is_empty
        self._options = options
        self._size = OperationSize(options.limits, options.max_tokens)
        self._demand = DemandPreparation(supergraph, options.demand)

    def prepare(
        self,
        text: str,
        operation_name: str | None,
        labels: frozenset[str] = NO_LABELS,
        granted: frozenset[str] | None = None,
    ) -> PreparedOperation:
        """Prepare an operation for requests with these override labels on.

        ``granted``: for callers who have only this of what it needs; None: all.
        Raises: DocumentSyntaxError, OperationResolutionError, InvalidDocumentError; a limit's error.
        Cost: milliseconds; grows with the operation.
        """
        laps = Laps()
        prepared = self._prepared(text, operation_name, labels, granted, laps)
        laps.compile_s = laps.lap()
        return replace(prepared, laps=laps)

    def _prepared(
        self,
        text: str,
        operation_name: str | None,
        labels: frozenset[str],
        granted: frozenset[str] | None,
        laps: Laps,
    ) -> PreparedOperation:
        document = self._size.parse(text)
        selected = select_operation(document, operation_name)
        kind = OperationKind(selected.operation.value)
        if kind not in self._supergraph.roots:
            raise OperationResolutionError(f"The schema has no {kind.value} type.")
        self._size.check_document(document, selected)
        laps.parse_s = laps.lap()
        errors = validate_operation(
            document,
            self._supergraph.api_schema,
            hides_suggestions=self._options.hides_suggestions,
            allows_introspection=self._options.allows_introspection,
        )
        if errors:
            raise InvalidDocumentError(errors)
        laps.validate_s = laps.lap()
        started_s = time.monotonic()
        operation = normalize(document, operation_name, self._supergraph)
        self._size.check_operation(operation)
        is_sized = self._size.has_sized_variables(operation)
        used = None
        if self._options.usage is not None or self._options.names_operations:
            used = used_operation(document, selected, self._supergraph.api_schema)

        search_until_s = started_s + self._options.planning_timeout_s * SEARCH_SHARE

        def should_stop() -> bool:
            return time.monotonic() > search_until_s

        plan = self._planner.plan(operation, labels, should_stop)
        laps.plan_s = laps.lap()
        if plan.is_cut_short:
            self._note_cut_short(text, plan, time.monotonic() - started_s)

        def weigh(plan: QueryPlan) -> OperationDemand | None:
            fetches = [(fetch.subgraph, fetch.kind, fetch.operation) for fetch in plan.fetches]
            return self._demand.demand(document, selected, fetches)

        if not self._is_guarded:
            demand = weigh(plan)
            return PreparedOperation(
                kind, compile_plan(plan, self._supergraph), is_sized, used=used, demand=demand
            )
        demands = self._access.demands(operation, plan)
        needs = frozenset(wanted(demands)).union(*(NOBODY_HAS for demand in demands if not demand))
        if granted is None:
            return PreparedOperation(
                kind,
                compile_plan(plan, self._supergraph),
                is_sized,
                demands,
                needs,
                used=used,
                demand=weigh(plan),
            )
        restricted = self._access.plan(operation, labels, granted, should_stop)
        if self._options.access.is_dry_run:
            restricted = replace(plan, refusals=restricted.refusals)
        return PreparedOperation(
            kind,
            compile_plan(restricted, self._supergraph),
            is_sized,
            demands,
            needs,
            granted,
            self._refusal(restricted, granted),
            used,
            weigh(restricted),
        )

    def _note_cut_short(self, text: str, plan: QueryPlan, taken_s: float) -> None:
        self._record.note_cut_short()
        _log.warning(
            "planning cut short: the plan is right, a better one may exist",
            document=hashlib.sha256(text.encode()).hexdigest()[:12],
            fetches=len(plan.fetches),
            ms=round(taken_s * 1000),
        )

    def _refusal(self, plan: QueryPlan, granted: frozenset[str]) -> WithheldOperationError | None:
        """Give why an operation cannot run at all: configured so, or a subscription to nothing."""
        access = self._options.access
        is_empty = plan.operation.kind is OperationKind.SUBSCRIPTION and not plan.fetches
        if access.is_dry_run or not plan.refusals or not (access.rejects or is_empty):
            return None
        paths = [refusal.path for refusal in plan.refusals]
        if access.shown_in is not WithheldShownIn.ERRORS:
            paths = []
        is_anonymous = AUTHENTICATED not in granted
        return AnonymousWithheldOperationError(paths) if is_anonymous else WithheldOperationError(paths)
