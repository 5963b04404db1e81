"""From operation text to what a request runs: done once per operation, off the event loop."""

from __future__ import annotations

import time
from dataclasses import dataclass

from router.engine.options import EngineOptions
from router.execution.compile import CompiledPlan, compile_plan
from router.federation.supergraph import Supergraph
from router.guards.size import OperationSize
from router.language.operation import OperationKind
from router.language.validate import InvalidDocumentError, validate_operation
from router.planning.normalize.normalize import OperationResolutionError, normalize, select_operation
from router.planning.planner import NO_LABELS, Planner


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """One operation, planned and compiled; shared by all requests that send its text."""

    kind: OperationKind
    compiled: CompiledPlan
    has_sized_variables: bool = False
    """Whether the lists within each request's variables are to be counted."""

    @property
    def size(self) -> int:
        """How many bytes it takes, estimated.

        Origin: tracemalloc on the benchmark's operations and on random ones of tests/lab: 10 kB for the least, 25 kB
        and 4.3 bytes a character of generated text for most, 2.4 a character where others have the same text.
        """
        return 16_000 + 4 * self.compiled.size


class Preparation:
    """Parses, validates, normalises, plans and compiles for one supergraph."""

    def __init__(self, supergraph: Supergraph, planner: Planner, options: EngineOptions) -> None:
        self._supergraph = supergraph
        self._planner = planner
        self._options = options
        self._size = OperationSize(options.limits, options.max_tokens)

    def prepare(
        self, text: str, operation_name: str | None, labels: frozenset[str] = NO_LABELS
    ) -> PreparedOperation:
        """Prepare an operation for requests with these override labels on.

        Raises: DocumentSyntaxError, OperationResolutionError, InvalidDocumentError; a limit's error.
        Cost: milliseconds; grows with the operation.
        """
        document = self._size.parse(text)
        selected = select_operation(document, operation_name)
        kind = OperationKind(selected.operation.value)
        if kind not in self._supergraph.roots:
            raise OperationResolutionError(f"The schema has no {kind.value} type.")
        self._size.check_document(document, selected)
        errors = validate_operation(
            document,
            self._supergraph.api_schema,
            hides_suggestions=self._options.hides_suggestions,
            allows_introspection=self._options.allows_introspection,
        )
        if errors:
            raise InvalidDocumentError(errors)
        deadline_s = time.monotonic() + self._options.planning_timeout_s
        operation = normalize(document, operation_name, self._supergraph)
        self._size.check_operation(operation)
        plan = self._planner.plan(operation, labels, lambda: time.monotonic() > deadline_s)
        compiled = compile_plan(plan, self._supergraph)
        return PreparedOperation(kind, compiled, self._size.has_sized_variables(operation))
