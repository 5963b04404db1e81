"""A request from its text to its bytes.

    admit → plan (cache) → coerce variables → execute → mask → bytes

The snapshot is taken once per request and kept to its end, whatever is swapped in meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from router.engine.admission import Admission, Caller
from router.engine.allowed_operations import AllowedOperations
from router.engine.answer import Answer, NotReadyError, OpenOperation, check_method, check_wait
from router.engine.documents import Documents
from router.engine.event_streams import SourceStreams
from router.engine.live import Asked, LiveSubscriptions, Work, work_of
from router.engine.observation import Observation
from router.engine.options import EngineOptions
from router.engine.prepare import PreparedOperation
from router.engine.response import refusal_entries, refusal_json, response_json
from router.engine.response_headers import ResponseHeaders, Source
from router.engine.runner import OperationRunner
from router.engine.snapshot import Current, Snapshot
from router.errors import InternalError, RouterError
from router.execution.context import Response
from router.execution.run import refusal
from router.guards.access import GrantsLostError
from router.guards.rate_limit import HeaderPairs, RateLimiter
from router.language.operation import OperationKind
from router.protocols.graphql_request import GraphQLRequest
from router.telemetry.logs import get_log, log_failure
from router.telemetry.observers import Observers
from router.telemetry.request_context import current_request
from router.transport.base import SubgraphClient

_log = get_log("engine")

GAP: Final = {"subscription": {"gap": True}}
"""The extensions of a result before which events may have been missed."""


class Pipeline:
    """Answers requests with whatever snapshot is current."""

    def __init__(
        self,
        current: Current,
        client: SubgraphClient,
        streams: SourceStreams,
        options: EngineOptions,
        documents: Documents | None = None,
        observers: Observers | None = None,
    ) -> None:
        self._current = current
        self._options = options
        self._admission = Admission(options.jwt)
        self._operations = AllowedOperations(options)
        self._limiter = None if options.rate_limits is None else RateLimiter(options.rate_limits)
        self._documents = documents or Documents(None, None)
        self._observation = None if observers is None else Observation(observers)
        self.runner = OperationRunner(client, options, self.failed, is_observed=observers is not None)
        self._response_headers: ResponseHeaders | None = None
        self._reads_context = options.headers.reads_context or options.response_headers.reads_context
        if options.response_headers:
            self._response_headers = ResponseHeaders(options.response_headers)
        self.live = LiveSubscriptions(streams, self._event_json, self._work_anew, options.subscriptions)

    def admit(
        self, headers: Mapping[bytes, bytes], payload: Mapping[str, Any] | None = None, address: str = ""
    ) -> Awaitable[Caller]:
        """Give the caller a request speaks for; ``payload`` is that of a WebSocket's ``connection_init``.

        Raises: ClientError for one who may not ask.
        """
        return self._admission.admit(headers, payload, address)

    def has_token(self, headers: Mapping[bytes, bytes], payload: Mapping[str, Any]) -> bool:
        """Tell whether a message carries a token; it is not verified."""
        return self._admission.has_token(headers, payload)

    def seconds_left(self, caller: Caller) -> float | None:
        """Give how long the caller's token goes on to count; None: for ever."""
        return self._admission.seconds_left(caller)

    async def close(self) -> None:
        """End live subscriptions, and close what admission has open."""
        await self.live.close()
        await self._admission.close()
        if self._limiter is not None:
            await self._limiter.close()

    def continue_with(self, older: Pipeline) -> None:
        """Hold callers to what they took of an older configuration's rate limits."""
        if self._limiter is not None and older._limiter is not None:
            self._limiter.continue_with(older._limiter)

    async def charge(self, caller: Caller, weight: int = 1) -> HeaderPairs:
        """Charge operations to the caller's rate limits, and give the headers that tell what is left.

        Raises: RateLimitedError, RateLimitUnavailableError.
        """
        if self._limiter is None:
            return ()
        return await self._limiter.charge(caller.headers, caller.claims, caller.address, weight)

    def answer(
        self,
        request: GraphQLRequest,
        caller: Caller,
        *,
        allows_mutations: bool = True,
        is_charged: bool = False,
        waited_s: float = 0.0,
    ) -> Awaitable[Answer]:
        """Answer a query or a mutation, with the headers that this caller gets.

        ``is_charged``: to the caller's rate limits, already.  ``waited_s``: for its turn; it counts in the deadline.
        Raises: nothing but cancellation, which cancels what subgraphs were asked.
        """
        if self._response_headers is None and (is_charged or self._limiter is None):
            return self.answer_part(request, caller, allows_mutations=allows_mutations, waited_s=waited_s)
        return self._answer_with_headers(request, caller, allows_mutations, is_charged, waited_s)

    async def _answer_with_headers(
        self,
        request: GraphQLRequest,
        caller: Caller,
        allows_mutations: bool,
        is_charged: bool,
        waited_s: float,
    ) -> Answer:
        told: HeaderPairs = ()
        if self._limiter is not None and not is_charged:
            try:
                told = await self.charge(caller)
            except Exception as error:
                return self.failed(error)
        caller = self._in_context(request, caller)
        answer = await self.answer_part(request, caller, allows_mutations=allows_mutations, waited_s=waited_s)
        if answer.sources is not None:
            answer = self.with_headers(answer, answer.sources, caller)
        return replace(answer, headers=(*answer.headers, *told)) if told else answer

    def with_headers(self, answer: Answer, sources: Sequence[Source], caller: Caller) -> Answer:
        """Give the answer with what the header rules make of its sources for this caller."""
        if self._response_headers is None:
            return answer
        try:
            return replace(answer, headers=self._response_headers.headers(sources, caller))
        except Exception as error:
            return self.failed(error)

    def answer_part(
        self,
        request: GraphQLRequest,
        caller: Caller,
        *,
        allows_mutations: bool = True,
        waited_s: float = 0.0,
    ) -> Awaitable[Answer]:
        """Answer a query or a mutation; `Answer.headers` are left to who puts answers together.

        Cost: of an operation seen before, no parsing and no planning.
        Raises: nothing but cancellation, which cancels what subgraphs were asked.
        """
        if self._observation is None:
            return self._answer_part(request, caller, allows_mutations, waited_s)
        return self._observation.answered(
            request, caller, waited_s, lambda: self._answer_part(request, caller, allows_mutations, waited_s)
        )

    async def _answer_part(
        self, request: GraphQLRequest, caller: Caller, allows_mutations: bool, waited_s: float
    ) -> Answer:
        deadline_s = self._deadline_s() - waited_s
        caller = self._in_context(request, caller)
        try:
            check_wait(waited_s, self._options.request_timeout_s)
            snapshot = self._snapshot()
            if self._documents.concern(request):
                request = await self._documents.resolved(request, caller.headers)
            operation = self._operations.at_once(snapshot, request, caller)
            if operation is None:
                operation = await self._operations.prepared(snapshot, request, caller, deadline_s)
            if self._observation is not None:
                self._observation.prepared(operation)
            check_method(operation.kind, allows_mutations=allows_mutations)
            return await self.runner.run(snapshot, operation, request, caller, deadline_s)
        except Exception as error:
            return self.failed(error)

    async def open(self, request: GraphQLRequest, caller: Caller) -> OpenOperation:
        """Prepare any operation, and give its results to be asked for.

        Raises: ClientError when the operation cannot run.
        """
        if self._observation is None:
            return await self._open(request, caller)
        return await self._observation.opened(request, caller, lambda: self._open(request, caller))

    async def _open(self, request: GraphQLRequest, caller: Caller) -> OpenOperation:
        if self._limiter is not None:
            await self.charge(caller)
        caller = self._in_context(request, caller)
        snapshot = self._snapshot()
        request = await self._documents.resolved(request, caller.headers)
        operation = await self._operations.prepared(snapshot, request, caller, self._deadline_s())
        if self._observation is not None:
            self._observation.prepared(operation)
        if operation.kind is not OperationKind.SUBSCRIPTION:
            one_result = self._one_result(snapshot, operation, request, caller)
            return OpenOperation(operation.kind, one_result, _nothing_to_renew)
        refused = refusal(operation.compiled)
        if refused is not None:
            return OpenOperation(operation.kind, self._refused(refused), _nothing_to_renew)
        asked = Asked(request, caller)
        key, work = await self._work(snapshot, operation, asked)

        key = self.live.known(key)
        # Not the work itself: the source may have another's, and this lives as long as the client listens.
        variables, fed_by = work.context.variables, None if work.feed is None else work.feed.identity

        async def renew(again: Caller) -> None:
            if not await self._operations.still_granted(operation, again):
                raise GrantsLostError("The fresh token may read less than the one before.")
            now = self._snapshot()  # a reload may have come since
            feed = now.feeds.bind(operation.compiled, variables, again)
            if fed_by != (None if feed is None else feed.identity):
                raise GrantsLostError("The fresh token is for other events than the one before.")
            endpoints = now.endpoints
            self.live.renew(key, endpoints.of(self._in_context(request, again)))

        return OpenOperation(operation.kind, self.live.subscribe(key, asked, work), renew)

    async def _refused(self, response: Response) -> AsyncGenerator[bytes]:
        yield response_json(response, self._options, None)

    async def _work(
        self, snapshot: Snapshot, operation: PreparedOperation, asked: Asked
    ) -> tuple[Hashable, Work]:
        """Give what a live subscription does, and all that its results depend on."""
        context = self.runner.context(snapshot, operation, asked.request, asked.caller, None)
        headers = snapshot.endpoints.headers(asked.caller)
        feed = snapshot.feeds.bind(operation.compiled, context.variables, asked.caller)
        fed_by = None if feed is None else feed.identity
        key = (id(operation.compiled), orjson.dumps(asked.request.variables), headers, fed_by)
        return key, await work_of(operation.compiled, context, feed)

    async def _work_anew(self, asked: Asked) -> tuple[Hashable, Work]:
        snapshot = self._snapshot()
        return await self._work(
            snapshot, await self._operations.prepared(snapshot, asked.request, asked.caller), asked
        )

    def _event_json(self, response: Response, misses_some: bool) -> bytes:
        return response_json(response, self._options, GAP if misses_some else None)

    async def _one_result(
        self, snapshot: Snapshot, operation: PreparedOperation, request: GraphQLRequest, caller: Caller
    ) -> AsyncGenerator[bytes]:
        yield (await self.runner.execute(snapshot, operation, request, caller, self._deadline_s())).body

    async def is_mutation(self, request: GraphQLRequest, caller: Caller) -> bool:
        """Tell whether a request is a mutation that can run; it is prepared for that."""
        try:
            request = await self._documents.resolved(request, caller.headers)
            operation = await self._operations.prepared(self._snapshot(), request, caller)
        except RouterError:
            return False
        return operation.kind is OperationKind.MUTATION

    def errors_json(self, error: RouterError) -> bytes:
        """Give the JSON array of errors that a client may read about this one."""
        return orjson.dumps(refusal_entries(error, self._options))

    def failed(self, error: Exception) -> Answer:
        """Give the answer of a request that was refused; what is no `RouterError` is logged and not shown."""
        if self._observation is not None:
            self._observation.refused(error)
        if isinstance(error, InternalError) or not isinstance(error, RouterError):
            log_failure(_log, "request failed", error)
            return Answer(refusal_json(InternalError(), self._options), InternalError.status)
        return Answer(refusal_json(error, self._options), error.status, error=error)

    def _snapshot(self) -> Snapshot:
        snapshot = self._current.snapshot
        if snapshot is None:
            raise NotReadyError("The router has no supergraph yet; try again soon.")
        return snapshot

    def _deadline_s(self) -> float:
        """Give when a request that begins now must be answered, in the event loop's time."""
        return asyncio.get_running_loop().time() + self._options.request_timeout_s

    def _in_context(self, request: GraphQLRequest, caller: Caller) -> Caller:
        """Give the caller with what header rules read of the request, where one does."""
        if not self._reads_context or caller.context:
            return caller
        current = current_request()
        context = {} if current is None else {"request_id": current.id}
        if request.operation_name is not None:
            context["operation_name"] = request.operation_name
        return replace(caller, context=context)


async def _nothing_to_renew(_caller: Caller) -> None:
    """One result is asked for at once, for who asked."""
