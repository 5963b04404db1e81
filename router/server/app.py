"""The ASGI app: which path is whose."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from router.engine.engine import Engine
from router.registry.options import RegistryOptions
from router.server.cors import CorsMiddleware
from router.server.events import EventEndpoint
from router.server.graphql import GraphQLEndpoint
from router.server.health import Readiness, health_routes
from router.server.homepage import homepage_routes, wants_html
from router.server.metrics import metrics_route, reading
from router.server.observed import ObservedEndpoint
from router.server.options import ServerOptions
from router.server.overload import ConcurrencyLimit
from router.server.playground import playground_routes
from router.server.realtime import RealtimeEndpoint
from router.server.traffic import Traffic
from router.server.vitals import AppVitals
from router.server.websocket import WebSocketEndpoint

App: TypeAlias = ASGIApp


@dataclass(frozen=True, slots=True)
class LivingApp:
    """An app, and what must live around it."""

    app: App
    life: AbstractAsyncContextManager[None]
    """Starts and stops the engine and all else; enter it once."""


def create_app(engine: Engine, options: ServerOptions, traffic: Traffic | None = None) -> App:
    """Make the app around an engine, which starts and stops with the app's lifespan.

    ``traffic`` is the process's, where somebody tells it that the end has begun.
    """
    made = create_living_app(engine, options, traffic or Traffic())
    lifespan = Starlette(lifespan=lambda _app: made.life)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (lifespan if scope["type"] == "lifespan" else made.app)(scope, receive, send)

    return app


def create_living_app(engine: Engine, options: ServerOptions, traffic: Traffic) -> LivingApp:
    """Make the app around an engine, for whoever gives it a life: it has no lifespan of its own."""
    path = options.graphql_path
    limit = None if options.overload is None else ConcurrencyLimit(options.overload, time.monotonic)
    graphql: ASGIApp = GraphQLEndpoint(engine.pipeline, options, limit, traffic)
    observed = None
    if engine.observers is not None:
        graphql = observed = ObservedEndpoint(graphql, engine.observers, options.trace_header)
    sockets = WebSocketEndpoint(engine.pipeline, options, traffic, limit)
    routes: list[BaseRoute] = [Route(path, graphql), WebSocketRoute(path, sockets)]
    if options.health_path is not None:
        ready = Readiness(engine, traffic, limit, tells_reasons=options.health_tells_reasons)
        routes += health_routes(ready.report, options.health_path)
    routes += _pages(engine, options)
    if options.events is not None:
        routes += EventEndpoint(engine, options.events).routes()
    realtime = _realtime(engine, options, traffic)
    if realtime is not None:
        routes += realtime.routes()
    registry = _registry(options.registry, traffic)
    if registry is not None:
        routes += registry.routes()

    if options.metrics_path is not None:
        routes.append(metrics_route(traffic, options.metrics_path))
    hub = (lambda: None) if realtime is None else realtime.counts

    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        async with engine, realtime or nullcontext(), registry or nullcontext():
            with reading(traffic, AppVitals(engine, observed, limit, hub)):
                yield

    app = _straight(path, graphql, sockets, Starlette(routes=routes))
    app = _with_page(path, app) if options.has_playground else app
    return LivingApp(CorsMiddleware(app, options.cors) if options.cors else app, life())


def _realtime(engine: Engine, options: ServerOptions, traffic: Traffic) -> RealtimeEndpoint | None:
    if options.realtime is None:
        return None
    return RealtimeEndpoint(engine.pipeline, options.realtime, options.cors, traffic)


class LivingRoutes(AbstractAsyncContextManager["LivingRoutes"], Protocol):
    """Routes, and what must live around them."""

    def routes(self) -> list[BaseRoute]:
        """Give the routes."""
        ...


def _registry(options: RegistryOptions | None, traffic: Traffic) -> LivingRoutes | None:
    if options is None:
        return None
    from router.server.registry import RegistryEndpoint  # noqa: PLC0415  # SQLAlchemy takes a second

    return RegistryEndpoint(options, traffic)


def _pages(engine: Engine, options: ServerOptions) -> list[BaseRoute]:
    routes = playground_routes(engine, options) if options.has_playground else []
    return routes + homepage_routes(engine, options) if options.has_homepage else routes


def _with_page(path: str, app: ASGIApp) -> ASGIApp:
    """Send a browser that opens the GraphQL path to the playground; a GET with a query is a question like any other."""
    page = RedirectResponse("/playground", 303, {"cache-control": "no-store", "vary": "accept"})

    async def with_page(scope: Scope, receive: Receive, send: Send) -> None:
        is_opened = (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and scope["path"] == path
            and not scope["query_string"]
            and not scope.get("root_path")
            and wants_html(Request(scope))
        )
        await (page if is_opened else app)(scope, receive, send)

    return with_page


def _straight(path: str, graphql: ASGIApp, sockets: ASGIApp, app: ASGIApp) -> ASGIApp:
    """Lead GraphQL requests and sockets past the routes and middleware that do nothing for them.

    Origin: `make bench` of `light`, where they took a tenth of a request; tracemalloc, 3 kB of every idle socket.
    Under a ``root_path`` the routes decide.
    """

    async def straight(scope: Scope, receive: Receive, send: Send) -> None:
        its = app
        if scope["type"] != "lifespan" and scope["path"] == path and not scope.get("root_path"):
            its = graphql if scope["type"] == "http" else sockets
        await its(scope, receive, send)

    return straight
