"""Is an operation small enough to run?  Asks the limits' guards, and refuses or only warns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from graphql.language import DocumentNode, OperationDefinitionNode

from router.errors import ClientError
from router.guards.limits import (
    LimitOptions,
    exceeded_by_document,
    exceeded_by_operation,
    exceeded_by_variables,
)
from router.language.document import DocumentTooLongError, parse_operation
from router.language.operation import Operation
from router.telemetry.logs import get_log

_log = get_log("guards")

_SCALARS: Final = frozenset({"Boolean", "Float", "ID", "Int", "String"})


class OperationSize:
    """The limits of one router."""

    def __init__(self, limits: LimitOptions, max_tokens: int) -> None:
        self._limits = limits
        self._max_tokens = max_tokens

    def parse(self, text: str) -> DocumentNode:
        """Parse a document that is not too long.  Raises: DocumentSyntaxError."""
        try:
            return parse_operation(text, max_tokens=self._max_tokens)
        except DocumentTooLongError as error:
            self._judge((error,), None)
            return parse_operation(text, max_tokens=None)

    def check_document(self, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        """Ask all limits that need no schema.  Raises: the first one's error."""
        name = None if operation.name is None else operation.name.value
        self._judge(exceeded_by_document(document, operation, self._limits), name)

    def check_operation(self, operation: Operation) -> None:
        """Ask for the complexity.  Raises: MaxComplexityLimitError."""
        self._judge(exceeded_by_operation(operation, self._limits), operation.name)

    def check_variables(self, variables: Mapping[str, Any]) -> None:
        """Ask for the lists within one request's variables.  Raises: MaxListItemsLimitError."""
        self._judge(exceeded_by_variables(variables, self._limits), None)

    def has_sized_variables(self, operation: Operation) -> bool:
        """Tell whether a variable can hold a list, and lists are limited."""
        if self._limits.max_list_items is None:
            return False
        # An input object or a custom scalar may hold one; an enum cannot, and counting nothing is cheap.
        return any(variable.type.rstrip("!") not in _SCALARS for variable in operation.variables)

    def _judge(self, exceeded: Iterable[ClientError], operation_name: str | None) -> None:
        for error in exceeded:
            if not self._limits.warns_only:
                raise error
            _log.warning(
                "operation above a limit", code=error.code, reason=str(error), operation=operation_name
            )
