"""What a client asks, whatever carried it: read from decoded JSON and checked for shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from router.errors import ClientError
from router.protocols.upload import FileSource


class InvalidRequestError(ClientError):
    """The request is no GraphQL request: a field is missing or of the wrong JSON type.

    What to do: send ``{"query": string, "variables": object, "operationName": string}``.
    """

    code = "INVALID_GRAPHQL_REQUEST"
    status = 400


class PersistedQueryNotSupportedError(ClientError):
    """The request names a document by its hash only; clients answer this by sending the text."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"
    status = 200

    def __init__(self) -> None:
        # The exact text: Apollo's clients look for it.
        super().__init__("PersistedQueryNotSupported")


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One operation to run, as the client wrote it."""

    query: str
    """Empty only where ``document_id`` or ``extensions.persistedQuery`` names the document."""
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)
    document_id: str | None = None
    """The id of a trusted document, where one was sent as a parameter of its own."""
    files: FileSource | None = field(default=None, compare=False, repr=False)
    """Where the files come from for which an `router.protocols.upload.Upload` stands in the variables."""


def graphql_request(parameters: Mapping[str, Any]) -> GraphQLRequest:
    """Check the decoded parameters of a request.

    Shapes: ``{"query": string, "operationName": string?, "variables": object?, "extensions": object?}``;
    null stands for absent; other keys are ignored, as the specification allows clients to send them.
    ``documentId`` (the specification's draft), ``doc_id`` or ``id`` (Relay's) may stand for ``query``.
    Raises: InvalidRequestError.
    Spec: GraphQL over HTTP, "Request Parameters".
    """
    query = parameters.get("query")
    variables = _map(parameters, "variables")
    extensions = _map(parameters, "extensions")
    operation_name = parameters.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise InvalidRequestError('"operationName" must be a string or null.')
    document_id = _document_id(parameters)
    if query is None or query == "":
        if document_id is not None or isinstance(extensions.get("persistedQuery"), dict):
            return GraphQLRequest("", operation_name or None, variables, extensions, document_id)
        raise InvalidRequestError('"query" is missing: it must be the text of a GraphQL document.')
    if not isinstance(query, str):
        raise InvalidRequestError('"query" must be a string: the text of a GraphQL document.')
    return GraphQLRequest(query, operation_name or None, variables, extensions, document_id)


def _document_id(parameters: Mapping[str, Any]) -> str | None:
    # ``id`` is the name of too many other things to be refused when it is no text.
    for name in ("documentId", "doc_id", "id"):
        value = parameters.get(name)
        if isinstance(value, str) and value:
            return value
    return None


def _map(parameters: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = parameters.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidRequestError(f'"{name}" must be an object or null.')
    return value
