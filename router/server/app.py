"""The ASGI app: which path is whose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from router.engine.engine import Engine
from router.server.cors import CorsMiddleware
from router.server.graphql import GraphQLEndpoint
from router.server.health import health_routes
from router.server.options import ServerOptions
from router.server.playground import playground_routes
from router.server.websocket import WebSocketEndpoint

App: TypeAlias = ASGIApp


def create_app(engine: Engine, options: ServerOptions) -> App:
    """Make the app around an engine, which starts and stops with the app's lifespan."""
    path = options.graphql_path
    routes: list[BaseRoute] = [
        Route(path, GraphQLEndpoint(engine.pipeline, options.max_body_bytes)),
        WebSocketRoute(path, WebSocketEndpoint(engine.pipeline, options)),
        *health_routes(lambda: engine.is_ready),
    ]
    if options.has_playground:
        routes += playground_routes(path, options.playground_query)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with engine:
            yield

    app: ASGIApp = Starlette(routes=routes, lifespan=lifespan)
    return CorsMiddleware(app, options.cors) if options.cors else app
