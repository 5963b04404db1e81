"""Operation text to AST."""

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


class DocumentTooLongError(DocumentSyntaxError):
    """The document has more than ``limits.parser_max_tokens`` tokens; it was not read to its end.

    What to do: ask for less in one operation, or raise the limit.
    """

    code = "MAX_TOKENS_LIMIT"


def parse_operation(text: str, *, max_tokens: int | None = MAX_TOKENS) -> DocumentNode:
    """Give the AST of an executable document, locations kept.

    Raises: DocumentSyntaxError, also for text that is nested too deeply; DocumentTooLongError.
    """
    try:
        return parse(text, max_lexical_tokens=max_tokens)
    except GraphQLError as error:
        places = tuple((place.line, place.column) for place in error.locations or ())
        # The library tells the two apart by its message only.
        is_too_long = error.message.startswith(
            f"Syntax Error: Document contains more than {max_tokens} tokens"
        )
        raise (DocumentTooLongError if is_too_long else DocumentSyntaxError)(error.message, places) from None
    except RecursionError:
        raise DocumentSyntaxError("Syntax Error: Document is nested too deeply.") from None


def operation_names(document: DocumentNode) -> tuple[str | None, ...]:
    """Give the names of a document's operations, in its order; None for one without."""
    return tuple(
        None if node.name is None else node.name.value
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    )
