"""Operation text to AST, and the one operation of a document that is to run."""

from __future__ import annotations

from typing import Final

from graphql import GraphQLError
from graphql.language import DocumentNode, OperationDefinitionNode, parse

from router.errors import ClientError

MAX_TOKENS: Final = 15_000
"""Of one document; Apollo Router's default."""


class DocumentSyntaxError(ClientError):
    """The text is not a GraphQL document; ``locations`` are (line, column) pairs."""

    code = "GRAPHQL_PARSE_FAILED"
    status = 400

    def __init__(self, message: str, locations: tuple[tuple[int, int], ...] = ()) -> None:
        super().__init__(message)
        self.locations = locations


class OperationResolutionError(ClientError):
    """The document does not say which operation is to run, or has none of that name."""

    code = "OPERATION_RESOLUTION_FAILURE"
    status = 400


def parse_operation(text: str, *, max_tokens: int = MAX_TOKENS) -> DocumentNode:
    """Give the AST of an executable document, locations kept.

    Raises: DocumentSyntaxError, also for text that is too long or nested too deeply.
    """
    try:
        return parse(text, max_lexical_tokens=max_tokens)
    except GraphQLError as error:
        places = tuple((place.line, place.column) for place in error.locations or ())
        raise DocumentSyntaxError(error.message, places) from None
    except RecursionError:
        raise DocumentSyntaxError("Syntax Error: Document is nested too deeply.") from None


def select_operation(document: DocumentNode, operation_name: str | None) -> OperationDefinitionNode:
    """Give the operation named, or the only one.

    Raises: OperationResolutionError.
    Spec: GraphQL, section 6.1 GetOperation.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if operation_name is None:
        if len(operations) == 1:
            return operations[0]
        if operations:
            raise OperationResolutionError(
                "The document has several operations; say which one in operationName."
            )
        raise OperationResolutionError("The document has no operation.")
    for operation in operations:
        if operation.name is not None and operation.name.value == operation_name:
            return operation
    raise OperationResolutionError(f'The document has no operation named "{operation_name}".')
