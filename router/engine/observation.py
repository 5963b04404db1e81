"""What the pipeline tells observers of its operations; made only where there is one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace

from router.engine.admission import Caller
from router.engine.answer import Answer, OpenOperation
from router.engine.plan_in_brief import plan_in_brief
from router.engine.prepare import PreparedOperation
from router.errors import InternalError, RouterError
from router.language.operation import OperationKind
from router.protocols.graphql_request import GraphQLRequest
from router.telemetry.observers import Observers
from router.telemetry.record import (
    OperationRecord,
    RequestRecord,
    current_operation,
    current_record,
    enter_operation,
    enter_record,
)
from router.telemetry.request_context import current_request


class Observation:
    """Of one pipeline.

    A request that the server has not begun to note, an operation on a WebSocket, is noted from its operation on.
    """

    def __init__(self, observers: Observers) -> None:
        self._observers = observers

    async def answered(
        self,
        request: GraphQLRequest,
        caller: Caller,
        waited_s: float,
        answering: Callable[[], Awaitable[Answer]],
    ) -> Answer:
        """Give the answer, and note the operation."""
        operation, own = self._begin(request, caller)
        operation.started_s -= waited_s
        is_answered = False
        try:
            answer = await answering()
            is_answered = True
            _note_answer(operation, answer)
            return answer
        finally:
            operation.end(is_answered=is_answered)
            if own is not None:
                self._observers.end(own)

    async def opened(
        self, request: GraphQLRequest, caller: Caller, opening: Callable[[], Awaitable[OpenOperation]]
    ) -> OpenOperation:
        """Give the operation to be asked for results, and note it until they end."""
        operation, own = self._begin(request, caller)
        try:
            opened = await opening()
        except BaseException as error:
            if not isinstance(error, asyncio.CancelledError | GeneratorExit):
                operation.refused = _code(error)
            operation.end(is_answered=operation.refused is not None)
            if own is not None:
                self._observers.end(own)
            raise
        if opened.kind is OperationKind.SUBSCRIPTION:
            self._observers.subscribed(operation)
        return replace(opened, results=self._followed(opened.results, operation, own))

    def prepared(self, operation: PreparedOperation) -> None:
        """Note what the operation is."""
        noted = current_operation()
        if noted is None or noted.is_over:
            return
        noted.prepare(operation.laps)
        noted.kind = operation.kind.value
        noted.used = used = operation.used
        if used is not None:
            noted.name, noted.hash = used.name, used.hash
        noted.plan = lambda: plan_in_brief(operation.compiled.plan)

    def refused(self, error: Exception) -> None:
        """Note the refusal of a request, where there is no operation to note it of."""
        operation = current_operation()
        record = current_record()
        if record is not None and (operation is None or operation.is_over):
            record.refused.append(_code(error))

    def _begin(self, request: GraphQLRequest, caller: Caller) -> tuple[OperationRecord, RequestRecord | None]:
        """Begin to note an operation, and its request where nobody has."""
        record, own = current_record(), None
        if record is None or record.ended_s is not None:
            record = own = RequestRecord("websocket", caller.headers, caller.address)
            current = current_request()
            record.id = "" if current is None else current.id
            self._observers.begin(own)
            enter_record(own)
        operation = OperationRecord(record, request.operation_name, request.variables, caller.headers)
        enter_operation(operation)
        return operation, own

    async def _followed(
        self, results: AsyncGenerator[bytes], operation: OperationRecord, own: RequestRecord | None
    ) -> AsyncGenerator[bytes]:
        # Who takes the results may be another task than the one that opened the operation.
        enter_operation(operation)
        if own is not None:
            enter_record(own)
        is_answered = False
        try:
            async with aclosing(results):
                async for result in results:
                    operation.results += 1
                    if own is not None:
                        own.response_bytes += len(result)
                    yield result
            is_answered = True
        except Exception as error:
            operation.refused = _code(error)
            is_answered = True
            raise
        finally:
            operation.end(is_answered=is_answered or operation.kind == "subscription")
            if own is not None:
                self._observers.end(own)


def _note_answer(operation: OperationRecord, answer: Answer) -> None:
    if answer.error is not None:
        operation.refused = answer.error.code
    elif answer.status >= 500:
        operation.refused = InternalError.code
    elif answer.has_errors and not operation.error_codes:
        # Another's execution: its errors are noted there.
        operation.error_codes = [("SHARED", None)]
    if answer.cost is not None:
        operation.cost = answer.cost.as_dict()


def _code(error: BaseException) -> str:
    return error.code if isinstance(error, RouterError) else InternalError.code
