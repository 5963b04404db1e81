"""The playground: GraphiQL from the package's own files, under a policy that lets it reach nothing else."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from router.engine.engine import Engine
from router.server.homepage import PATH as ABOUT
from router.server.homepage import landing_page, prefers_json
from router.server.options import ServerOptions
from router.server.playground_context import context_route, token_route
from router.server.static_files import CompressedFiles

STATIC: Final = Path(__file__).parent / "static"

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self'; "
    "font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Final[dict[str, str]] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}


def playground_routes(engine: Engine, options: ServerOptions) -> list[BaseRoute]:
    """Give the routes of the page (``/``, and ``/playground`` where GraphQL itself is at ``/``) and its files."""
    graphql_path = options.graphql_path
    page = _page(graphql_path, options.playground_query, ABOUT if options.has_homepage else "")

    async def index(_request: Request) -> Response:
        headers = {**SECURITY_HEADERS, "cache-control": "no-cache", "vary": "accept"}
        return HTMLResponse(page, headers=headers)

    routes: list[BaseRoute] = [Route("/playground", index)]
    if graphql_path != "/":
        about = landing_page(engine, options) if options.has_homepage else index

        async def front(request: Request) -> Response:
            return await (about if prefers_json(request) else index)(request)

        routes.append(Route("/", front))
    routes.append(context_route(engine, options, SECURITY_HEADERS))
    if options.playground_identities:
        routes.append(token_route(options, SECURITY_HEADERS))
    routes.append(Mount("/playground", CompressedFiles(STATIC, SECURITY_HEADERS)))
    return routes


def _page(graphql_path: str, query: str, about: str) -> str:
    page = (STATIC / "index.html").read_text("utf-8")
    for name, before, after in (
        ("olympus:endpoint", "/graphql", graphql_path),
        ("olympus:default-query", "", query),
        ("olympus:about", "", about),
    ):
        tag = f'<meta name="{name}" content="{before}">'
        if tag not in page:
            raise ValueError(f"the playground's page has no {tag}; build it again: make playground")
        page = page.replace(tag, f'<meta name="{name}" content="{html.escape(after)}">')
    return page
