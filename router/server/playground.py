"""The playground: GraphiQL from the package's own files, under a policy that lets it reach nothing else."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC: Final = Path(__file__).parent / "static"

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self'; "
    "font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}


def playground_routes(graphql_path: str, query: str = "") -> list[BaseRoute]:
    """Give the routes of the page (``/``, and ``/playground`` where GraphQL itself is at ``/``) and its files."""
    page = _page(graphql_path, query)

    async def index(_request: Request) -> HTMLResponse:
        return HTMLResponse(page, headers={**SECURITY_HEADERS, "cache-control": "no-cache"})

    routes: list[BaseRoute] = [Route("/playground", index)]
    if graphql_path != "/":
        routes.append(Route("/", index))
    routes.append(Mount("/playground", _Secured(StaticFiles(directory=STATIC))))
    return routes


def _page(graphql_path: str, query: str) -> str:
    page = (STATIC / "index.html").read_text("utf-8")
    for name, before, after in (
        ("olympus:endpoint", "/graphql", graphql_path),
        ("olympus:default-query", "", query),
    ):
        tag = f'<meta name="{name}" content="{before}">'
        if tag not in page:
            raise ValueError(f"the playground's page has no {tag}; build it again: make playground")
        page = page.replace(tag, f'<meta name="{name}" content="{html.escape(after)}">')
    return page


class _Secured:
    """Adds the security headers, and lets hashed files be kept for a year."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_hashed = "/assets/" in scope["path"]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
                if is_hashed and message["status"] == 200:
                    headers["cache-control"] = "public, max-age=31536000, immutable"
            await send(message)

        await self._app(scope, receive, send_with_headers)
