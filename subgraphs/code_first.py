"""What the strawberry subgraphs share: the schema class, the request context and the ASGI app."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

import orjson
import strawberry
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.federation.schema import FederationAny
from strawberry.http.exceptions import NonJsonMessageReceived
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from subgraphs.code_first_types import SCALARS
from subgraphs.errors import BAD_USER_INPUT, Refusal, is_expected
from subgraphs.identity import Caller, caller_from_websocket

CACHED_DOCUMENTS: Final = 500
"""Parsed and validated documents kept: the router sends the same few texts again and again."""


class FederatedSchema(strawberry.federation.Schema):
    """A federation schema whose expected errors are answers, not log entries."""

    def __init__(self, query: type, mutation: type, subscription: type | None = None) -> None:
        super().__init__(
            query=query,
            mutation=mutation,
            subscription=subscription,
            federation_version="2.9",
            config=StrawberryConfig(scalar_map=SCALARS),
            extensions=[
                lambda: ParserCache(maxsize=CACHED_DOCUMENTS),
                lambda: ValidationCache(maxsize=CACHED_DOCUMENTS),
            ],
        )

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log what nobody meant to happen, with its traceback."""
        super().process_errors([error for error in errors if not is_expected(error)], execution_context)

    def entities_resolver(
        self, info: strawberry.Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        """One entity, null or error for each representation: a bad one does not spoil the others.

        The fields of a representation reach ``resolve_reference`` in snake case.
        """
        return [self._entity(info, representation) for representation in representations]

    def _entity(self, info: strawberry.Info, representation: object) -> Any:
        name = representation.get("__typename") if isinstance(representation, Mapping) else None
        converted = self.schema_converter.type_map.get(name) if isinstance(name, str) else None
        origin = getattr(converted and converted.definition, "origin", None)
        if not isinstance(representation, Mapping) or not hasattr(origin, "resolve_reference"):
            return Refusal(BAD_USER_INPUT, f"There is no entity type {name!r} here; check __typename.")
        fields = {
            _snake_case(field): value for field, value in representation.items() if field != "__typename"
        }
        found: Any = super().entities_resolver(info, [FederationAny({"__typename": name, **fields})])[0]
        if isinstance(found, TypeError):
            return Refusal(
                BAD_USER_INPUT, f"{name} cannot be found by {', '.join(sorted(fields)) or 'nothing'}."
            )
        return found


@dataclass
class RequestContext:
    """What the resolvers of one request see; strawberry fills in ``connection_params``."""

    connection: HTTPConnection
    connection_params: object = None
    """The payload of ``connection_init``, when the request came through a WebSocket."""

    @cached_property
    def caller(self) -> Caller:
        """Who asks."""
        return caller_from_websocket(self.connection.headers, self.connection_params)

    @property
    def tenant(self) -> str:
        """The caller's tenant.

        Raises: Refusal UNAUTHENTICATED.
        """
        return self.caller.tenant()


Context = TypeVar("Context", bound=RequestContext)


class _Socket(ASGIWebSocketAdapter):
    """Ends the connection on JSON that is not an object, where strawberry would raise."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> Any:
        async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
            if not isinstance(message, dict):
                raise NonJsonMessageReceived
            yield message


class _GraphQLApp(GraphQL[Context, None]):
    """Strawberry's ASGI app with orjson and the subgraph's own context."""

    websocket_adapter_class = _Socket

    def __init__(self, schema: FederatedSchema, context: Callable[[HTTPConnection], Context]) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=["graphql-transport-ws"])
        self._context = context

    async def get_context(self, request: HTTPConnection, response: Response | HTTPConnection) -> Context:
        return self._context(request)

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        # Text, because graphql-transport-ws wants text frames.
        return orjson.dumps(data).decode()


def graphql_app(
    schema: FederatedSchema,
    context: Callable[[HTTPConnection], RequestContext],
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]],
) -> Starlette:
    """The ASGI app: ``/graphql`` over HTTP and graphql-transport-ws, and ``/health``.

    ``context`` makes the context of one request, inside the event loop: the place for dataloaders.
    """
    graphql = _GraphQLApp(schema, context)
    return Starlette(
        routes=[
            Route("/graphql", graphql),
            WebSocketRoute("/graphql", graphql),
            Route("/health", _health),
        ],
        lifespan=lifespan,
    )


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
