"""What every schema-first subgraph needs around its resolvers: a federated schema and an ASGI app."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Any, Final, cast

from ariadne import format_error
from ariadne.asgi import GraphQL
from ariadne.contrib.federation import make_federated_schema
from ariadne.types import SchemaBindable
from graphql import DocumentNode, GraphQLError, GraphQLObjectType, GraphQLSchema, parse, validate
from graphql.validation import ASTValidationRule
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Lifespan

from subgraphs.errors import is_expected
from subgraphs.identity import Caller, caller_from_headers, caller_from_websocket
from subgraphs.transport_ws import INIT_PAYLOAD, TransportWSHandler

MAX_TOKENS: Final = 10_000
"""More tokens than any plan of a router needs; stops a document made to be slow."""


def make_schema(sdl: str, *bindables: SchemaBindable) -> GraphQLSchema:
    """An executable federated schema whose ``_service { sdl }`` is ``sdl``, letter by letter.

    Ariadne answers with a reprint that lacks comments and every directive it does not know;
    the router must see what the subgraph's owner wrote.
    """
    schema = make_federated_schema(sdl, *bindables)
    query = cast(GraphQLObjectType, schema.query_type)  # it has _service, so it is there
    query.fields["_service"].resolve = lambda *_: {"sdl": sdl}
    return schema


def graphql_app(
    name: str, schema: GraphQLSchema, context_value: Callable[[HTTPConnection, Any], Any]
) -> GraphQL:
    """The ASGI app of one subgraph: GraphQL over HTTP, and graphql-transport-ws.

    ``context_value(connection, request)`` makes the context of one operation.
    """
    documents = Documents()
    logger = logging.getLogger(f"subgraphs.{name}")
    logger.addFilter(_is_worth_logging)
    return GraphQL(
        schema,
        context_value=context_value,
        query_parser=documents.parse,
        query_validator=documents.validate,
        error_formatter=_format_error,
        logger=logger,
        websocket_handler=TransportWSHandler(),
    )


def subgraph_app(graphql: GraphQL, lifespan: Lifespan[Starlette]) -> Starlette:
    """Puts ``graphql`` at ``/graphql``, over HTTP and WebSocket, beside ``GET /health``."""
    routes = [
        Route("/graphql", graphql.handle_request, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", graphql.handle_websocket),
        Route("/health", _answer_health),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def _answer_health(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


class Documents:
    """The documents seen last, parsed and validated once each.

    A router sends the same few texts again and again; parsing and validating them is most of the
    work of a small request.
    """

    def __init__(self, capacity: int = 500) -> None:
        self._capacity = capacity
        self._by_text: OrderedDict[str, DocumentNode] = OrderedDict()
        self._errors: dict[int, list[GraphQLError]] = {}

    def parse(self, _context: Any, data: dict[str, Any]) -> DocumentNode:
        """The document of a request. Raises: GraphQLSyntaxError."""
        text: str = data["query"]
        document = self._by_text.get(text)
        if document is None:
            document = self._by_text[text] = parse(text, max_tokens=MAX_TOKENS)
            if len(self._by_text) > self._capacity:
                _, oldest = self._by_text.popitem(last=False)
                self._errors.pop(id(oldest), None)
        else:
            self._by_text.move_to_end(text)
        return document

    def validate(
        self,
        schema: GraphQLSchema,
        document_ast: DocumentNode,
        rules: Collection[type[ASTValidationRule]] | None = None,
        max_errors: int | None = None,
        type_info: Any = None,
    ) -> list[GraphQLError]:
        """What is wrong with a document; found by identity, since `parse` keeps it alive."""
        errors = self._errors.get(id(document_ast))
        if errors is None:
            errors = validate(schema, document_ast, rules, max_errors)
            self._errors[id(document_ast)] = errors
        return errors


def caller_of(connection: HTTPConnection) -> Caller:
    """Who sent a request, or who opened the WebSocket an operation came through."""
    if connection.scope["type"] == "websocket":
        return caller_from_websocket(connection.headers, connection.scope.get(INIT_PAYLOAD))
    return caller_from_headers(connection.headers)


def _is_worth_logging(record: logging.LogRecord) -> bool:
    """Keeps a caller's mistakes, which ariadne logs with a traceback each, out of the log."""
    return not (isinstance(record.msg, GraphQLError) and is_expected(record.msg))


def _format_error(error: GraphQLError, debug: bool = False) -> dict[str, Any]:
    """Hides what an unexpected exception says: it is in the log, and not for a caller's eyes."""
    formatted = format_error(error, debug)
    if not is_expected(error):
        formatted["message"] = "The subgraph could not answer; its log says why."
        formatted["extensions"] = {"code": "INTERNAL_SERVER_ERROR"}
    return formatted
