"""The ASGI app: which path is whose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from router.engine.engine import Engine
from router.server.cors import CorsMiddleware
from router.server.graphql import GraphQLEndpoint
from router.server.health import health_routes
from router.server.options import ServerOptions
from router.server.playground import playground_routes
from router.server.realtime import RealtimeEndpoint
from router.server.websocket import WebSocketEndpoint

App: TypeAlias = ASGIApp


def create_app(engine: Engine, options: ServerOptions) -> App:
    """Make the app around an engine, which starts and stops with the app's lifespan."""
    path = options.graphql_path
    graphql = GraphQLEndpoint(engine.pipeline, options)
    routes: list[BaseRoute] = [
        Route(path, graphql),
        WebSocketRoute(path, WebSocketEndpoint(engine.pipeline, options)),
        *health_routes(lambda: engine.is_ready),
    ]
    if options.has_playground:
        routes += playground_routes(path, options.playground_query)
    realtime = _realtime(engine, options)
    if realtime is not None:
        routes += realtime.routes()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with engine, realtime or nullcontext():
            yield

    app = _straight(path, graphql, Starlette(routes=routes, lifespan=lifespan))
    return CorsMiddleware(app, options.cors) if options.cors else app


def _realtime(engine: Engine, options: ServerOptions) -> RealtimeEndpoint | None:
    if options.realtime is None:
        return None
    return RealtimeEndpoint(engine.pipeline, options.realtime, options.cors)


def _straight(path: str, graphql: ASGIApp, app: ASGIApp) -> ASGIApp:
    """Lead GraphQL requests past the routes and middleware that do nothing for them.

    Origin: `make bench` of `light`, where they took a tenth of a request.  Under a ``root_path`` the routes decide.
    """

    async def straight(scope: Scope, receive: Receive, send: Send) -> None:
        is_graphql = scope["type"] == "http" and scope["path"] == path and not scope.get("root_path")
        await (graphql if is_graphql else app)(scope, receive, send)

    return straight
