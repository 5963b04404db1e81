"""Executes requests to the registry's GraphQL API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from graphql import ExecutionResult, GraphQLError, build_schema, execute, validate
from graphql.language import OperationDefinitionNode, OperationType

from router.errors import ClientError, InternalError, RouterError
from router.language.document import parse_operation
from router.registry.api.asking import Asking
from router.registry.api.resolve import Mutation, Query, resolve
from router.registry.errors import RegistryInvalidError, RegistryUnavailableError
from router.registry.registry import Registry
from router.registry.tokens import Tokens
from router.telemetry.logs import get_log, log_failure

_log = get_log("registry")

SCHEMA_FILE: Final = Path(__file__).parent / "schema.graphql"
MAX_TOKENS: Final = 2000
"""Of one document; texts of subgraphs come as variables."""
MAX_ERRORS: Final = 20


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request, read from its body."""

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What goes back."""

    status: int
    body: Mapping[str, Any]


class Api:
    """The registry as a GraphQL service."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._tokens = Tokens(registry.database)
        self._schema = build_schema(SCHEMA_FILE.read_text("utf-8"))

    @property
    def tokens(self) -> Tokens:
        """Who may ask."""
        return self._tokens

    async def answer(self, body: bytes, token: str | None) -> ApiAnswer:
        """Answer one POST.

        Shapes: ``{"data", "errors": [{"message", "path", "extensions": {"code"}}]}``; the status is 200 unless the
        request as a whole is refused.
        """
        try:
            caller = await self._tokens.caller(token, datetime.now(UTC))
            request = read_request(body)
            asking = Asking(caller, self._registry, self._tokens)
            result = await self._execute(request, asking)
        except RouterError as error:
            return ApiAnswer(error.status, {"errors": [_entry(error)]})
        errors = [self._told(error) for error in result.errors or ()]
        answer: dict[str, Any] = {"data": result.data}
        return ApiAnswer(200, {**answer, "errors": errors} if errors else answer)

    async def _execute(self, request: ApiRequest, asking: Asking) -> ExecutionResult:
        document = parse_operation(request.query, max_tokens=MAX_TOKENS)
        invalid = validate(self._schema, document, max_errors=MAX_ERRORS)
        if invalid:
            return ExecutionResult(None, invalid)
        is_mutation = any(
            isinstance(node, OperationDefinitionNode)
            and node.operation is OperationType.MUTATION
            and (request.operation_name is None or (node.name and node.name.value == request.operation_name))
            for node in document.definitions
        )
        result = execute(
            self._schema,
            document,
            root_value=Mutation() if is_mutation else Query(),
            context_value=asking,
            variable_values=dict(request.variables),
            operation_name=request.operation_name,
            field_resolver=resolve,
        )
        return result if isinstance(result, ExecutionResult) else await result

    @staticmethod
    def _told(error: GraphQLError) -> Mapping[str, Any]:
        origin = error.original_error
        if isinstance(origin, RouterError):
            return {**error.formatted, **_entry(origin)}
        if origin is not None and not isinstance(origin, GraphQLError):
            log_failure(_log, "a request to the registry failed", origin)
            return {**error.formatted, **_entry(InternalError())}
        return {**error.formatted, "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}


def read_request(body: bytes) -> ApiRequest:
    """Read a body.  Raises: RegistryInvalidError."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise RegistryInvalidError("the body is no JSON") from None
    query, variables, name = (
        (value.get("query"), value.get("variables") or {}, value.get("operationName"))
        if isinstance(value, dict)
        else (None, {}, None)
    )
    if not isinstance(query, str) or not isinstance(variables, dict) or not isinstance(name, str | None):
        raise RegistryInvalidError('the body must be {"query": text, "variables": {…}}')
    return ApiRequest(query, variables, name)


def _entry(error: RouterError) -> dict[str, Any]:
    """Give an error as it is told: what is inside stays inside."""
    if isinstance(error, ClientError | RegistryUnavailableError):
        message = str(error)
    else:
        message = "The registry failed; its log says why."
    return {"message": message, "extensions": {"code": error.code}}
