"""The landing page: what answers at this address, for whoever opens it in a browser."""

from __future__ import annotations

import html
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from router.server.playground import SECURITY_HEADERS

_PAGE: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Olympus Router</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:4em auto;padding:0 1em}}
code{{background:#8882;padding:.1em .3em}}</style></head>
<body><h1>Olympus Router</h1>
<p>GraphQL answers at <code>{graphql}</code>: send <code>POST</code> with <code>content-type: application/json</code>,
or open a WebSocket with the sub-protocol <code>graphql-transport-ws</code>.</p>
{health}
<p>The playground is off here. <code>olympus serve --dev</code> or <code>playground.enabled: true</code> turns it on;
<code>homepage.enabled: false</code> takes this page away.</p>
</body></html>
"""


def homepage_route(graphql_path: str, health_path: str | None) -> Route:
    """Give the route of the page at ``/``; it loads nothing and tells nothing about the schema."""
    link = (
        ""
        if health_path is None
        else f'<p>Health: <a href="{health_path}/ready">{health_path}/ready</a>.</p>'
    )
    page = _PAGE.format(graphql=html.escape(graphql_path), health=link)

    async def index(_request: Request) -> HTMLResponse:
        return HTMLResponse(page, headers={**SECURITY_HEADERS, "cache-control": "no-cache"})

    return Route("/", index)
