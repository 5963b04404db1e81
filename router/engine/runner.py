"""A prepared operation, run for one caller: executed, told of, and made bytes; shared where that is configured."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable

import orjson

from router.engine.admission import Caller
from router.engine.answer import Answer
from router.engine.explaining import Explainer
from router.engine.options import EngineOptions
from router.engine.prepare import PreparedOperation
from router.engine.response import response_json
from router.engine.response_headers import sources_of
from router.engine.sharing import SharedExecutions
from router.engine.snapshot import Snapshot
from router.engine.told_cost import cost_report, shows_cost, with_cost
from router.execution.context import ExecutionContext
from router.execution.run import execute
from router.guards.size import OperationSize
from router.language.operation import OperationKind
from router.protocols.graphql_request import GraphQLRequest
from router.telemetry.record import current_operation
from router.transport.base import SubgraphClient
from router.transport.dataloader import TickLoader


class OperationRunner:
    """Of one engine."""

    def __init__(
        self,
        client: SubgraphClient,
        options: EngineOptions,
        failed: Callable[[Exception], Answer],
        *,
        is_observed: bool,
    ) -> None:
        """``failed`` gives the answer of an execution that many wait for and that went wrong."""
        self._client = client
        self._options = options
        self._failed = failed
        self._is_observed = is_observed
        self._notes_headers = bool(options.response_headers)
        self.loader = TickLoader()
        self._explainer = Explainer(options.explain) if options.exposes_query_plan else None
        self._size = OperationSize(options.limits, options.max_tokens)
        self._sharing: SharedExecutions[Answer] | None = None
        if options.shares_requests:
            self._sharing = SharedExecutions(options.request_timeout_s)

    def run(
        self,
        snapshot: Snapshot,
        operation: PreparedOperation,
        request: GraphQLRequest,
        caller: Caller,
        deadline_s: float,
    ) -> Awaitable[Answer]:
        """Execute, or wait for an execution of the same under way where these are shared."""
        if (
            self._sharing is None
            or operation.kind is not OperationKind.QUERY
            or request.files is not None
            or snapshot.endpoints.audience(caller) is None
        ):
            return self.execute(snapshot, operation, request, caller, deadline_s)
        identity = self._identity(snapshot, operation, request, caller)
        return self._sharing.run(
            identity, lambda: self._share(snapshot, operation, request, caller, deadline_s)
        )

    async def execute(
        self,
        snapshot: Snapshot,
        operation: PreparedOperation,
        request: GraphQLRequest,
        caller: Caller,
        deadline_s: float,
    ) -> Answer:
        """Execute for this request alone.  Raises: ClientError for variables that do not fit or cost too much."""
        context = self.context(snapshot, operation, request, caller, deadline_s)
        if self._notes_headers:
            context.answered = []
        observed = current_operation() if self._is_observed else None
        if observed is not None:
            observed.begin_execution()
            context.observed = observed
        told = None if self._explainer is None else self._explainer.begin(operation.compiled, context, caller)
        response = await execute(operation.compiled, context)
        cost = cost_report(operation, self._options, caller, context, response)
        extensions = with_cost(None if told is None else told(), cost, self._options, caller)
        body = response_json(response, self._options, extensions)
        has_errors = bool(response.errors)
        answered = context.answered
        sources = None if answered is None else sources_of(answered, has_errors=has_errors)
        if observed is not None:
            observed.end_execution([(error.code, error.subgraph) for error in response.errors])
        return Answer(body, sources=sources, has_errors=has_errors, cost=cost)

    def context(
        self,
        snapshot: Snapshot,
        operation: PreparedOperation,
        request: GraphQLRequest,
        caller: Caller,
        deadline_s: float | None,
    ) -> ExecutionContext:
        """Give the state of an execution.  Raises: ClientError for variables that do not fit or cost too much."""
        if operation.has_sized_variables:
            self._size.check_variables(request.variables)
        variables = operation.compiled.coerce(request.variables)
        if operation.demand is not None:
            operation.demand.check(variables)
        endpoints = snapshot.endpoints.of(caller)
        return ExecutionContext(
            self._client, endpoints, variables, deadline_s, loader=self.loader, files=request.files
        )

    def _identity(
        self, snapshot: Snapshot, operation: PreparedOperation, request: GraphQLRequest, caller: Caller
    ) -> Hashable:
        """Give all that an answer depends on.

        The prepared operation stands for its snapshot, text, name and labels; who runs it keeps its id its own.
        """
        return (
            id(operation),
            orjson.dumps(request.variables),
            snapshot.endpoints.headers(caller),
            snapshot.endpoints.audience(caller),
            None if caller.claims is None else caller.claims.identity,
            None if self._explainer is None else self._explainer.wanted(caller),
            shows_cost(self._options, caller),
        )

    async def _share(
        self,
        snapshot: Snapshot,
        operation: PreparedOperation,
        request: GraphQLRequest,
        caller: Caller,
        deadline_s: float,
    ) -> Answer:
        """Execute for all who wait; what goes wrong is part of their answer."""
        try:
            return await self.execute(snapshot, operation, request, caller, deadline_s)
        except Exception as error:
            return self._failed(error)
