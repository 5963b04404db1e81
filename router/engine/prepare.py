"""From operation text to what a request runs: done once per operation, off the event loop."""

from __future__ import annotations

from dataclasses import dataclass

from router.engine.options import EngineOptions
from router.execution.compile import CompiledPlan, compile_plan
from router.federation.supergraph import Supergraph
from router.language.document import parse_operation
from router.language.operation import OperationKind
from router.language.validate import InvalidDocumentError, validate_operation
from router.planning.normalize.normalize import OperationResolutionError, normalize, select_operation
from router.planning.planner import Planner


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """One operation, planned and compiled; shared by all requests that send its text."""

    kind: OperationKind
    compiled: CompiledPlan


class Preparation:
    """Parses, validates, normalises, plans and compiles for one supergraph."""

    def __init__(self, supergraph: Supergraph, planner: Planner, options: EngineOptions) -> None:
        self._supergraph = supergraph
        self._planner = planner
        self._options = options

    def prepare(self, text: str, operation_name: str | None) -> PreparedOperation:
        """Prepare an operation.

        Raises: DocumentSyntaxError, OperationResolutionError, InvalidDocumentError.
        Cost: milliseconds; grows with the operation.
        """
        document = parse_operation(text, max_tokens=self._options.max_tokens)
        kind = OperationKind(select_operation(document, operation_name).operation.value)
        if kind not in self._supergraph.roots:
            raise OperationResolutionError(f"The schema has no {kind.value} type.")
        errors = validate_operation(
            document,
            self._supergraph.api_schema,
            hides_suggestions=self._options.hides_suggestions,
            allows_introspection=self._options.allows_introspection,
        )
        if errors:
            raise InvalidDocumentError(errors)
        plan = self._planner.plan(normalize(document, operation_name, self._supergraph))
        return PreparedOperation(kind, compile_plan(plan, self._supergraph))
