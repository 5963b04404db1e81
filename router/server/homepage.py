"""The landing page: what answers at this address; HTML for browsers, JSON for everybody else.

It is at ``/about``, and at ``/`` unless GraphQL is there; the playground has the HTML there, and leaves it the JSON.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from router.engine.engine import Engine
from router.errors import ClientError
from router.protocols.graphql_request import GraphQLRequest
from router.protocols.media_types import quality
from router.server.about import SDL_PATH, About, addresses
from router.server.about_page import page
from router.server.graphql import join_headers, peer_of
from router.server.options import ServerOptions
from router.server.static_files import CompressedFiles

FILES: Final = Path(__file__).parent / "homepage_files"
PATH: Final = "/about"

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
HEADERS: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}
_FRESH: Final = {**HEADERS, "cache-control": "no-store", "vary": "accept"}

_MAY_INTROSPECT: Final = "query Schema { __schema { queryType { name } } }"


def homepage_routes(engine: Engine, options: ServerOptions) -> list[BaseRoute]:
    """Give the routes of the page and its files, and of the SDL where the page tells what is served."""
    landing = landing_page(engine, options)
    routes: list[BaseRoute] = [Route(PATH, landing), Mount(PATH, CompressedFiles(FILES, HEADERS))]
    if options.graphql_path != "/" and not options.has_playground:
        routes.append(Route("/", landing))
    if options.homepage_details and options.shows_sdl:
        routes.append(_sdl_route(engine))
    return routes


def landing_page(engine: Engine, options: ServerOptions) -> Callable[[Request], Awaitable[Response]]:
    """Give what answers a request for the page."""
    about = About(engine, options)

    async def landing(request: Request) -> Response:
        report = await about.report(request)
        if not wants_html(request):
            return JSONResponse(report, headers=_FRESH)
        prefix = str(request.scope.get("root_path", ""))
        where = addresses(request, options.graphql_path)
        return HTMLResponse(page(report, where, f"{prefix}{PATH}"), headers=_FRESH)

    return landing


def prefers_json(request: Request) -> bool:
    """Tell whether a client asks for JSON rather than HTML in so many words."""
    accept = request.headers.get("accept", "*/*")
    return quality(accept, "application/json") > quality(accept, "text/html")


def wants_html(request: Request) -> bool:
    """Tell whether a client would rather have HTML than JSON; who takes anything is no browser."""
    accept = request.headers.get("accept", "*/*")
    as_html, as_json = quality(accept, "text/html"), quality(accept, "application/json")
    return as_html > as_json or (as_html == as_json > 0 and "text/html" in accept.lower())


def _is_granted(body: bytes) -> bool:
    """Tell whether an introspection was answered: whatever else came, a fault of the router included, is a no."""
    told = json.loads(body)
    return not told.get("errors") and bool((told.get("data") or {}).get("__schema"))


def _sdl_route(engine: Engine) -> Route:
    """Give the route of the schema's text, for whoever may introspect: it is asked for as an introspection is."""

    async def sdl(request: Request) -> Response:
        headers = join_headers(request.scope["headers"])
        try:
            caller = await engine.pipeline.admit(headers, None, peer_of(request.scope))
        except Exception as error:
            answer = engine.pipeline.failed(error)
        else:
            answer = await engine.pipeline.answer(GraphQLRequest(_MAY_INTROSPECT), caller)
        snapshot = engine.snapshot
        if snapshot is None or not _is_granted(answer.body):
            status = answer.status if answer.status >= 400 else 403
            refused = Response(answer.body, status, _FRESH, "application/graphql-response+json")
            told_with_it = answer.error.headers if isinstance(answer.error, ClientError) else ()
            refused.raw_headers.extend((*told_with_it, *answer.headers))
            return refused
        text = await asyncio.to_thread(lambda: snapshot.supergraph.api_sdl)
        told = {**HEADERS, "cache-control": "private, no-cache", "etag": f'"{snapshot.id}"'}
        if request.headers.get("if-none-match") == told["etag"]:
            return Response(None, 304, told)
        return Response(text, headers=told, media_type="text/plain; charset=utf-8")

    return Route(SDL_PATH, sdl)
