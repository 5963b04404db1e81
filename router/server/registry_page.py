"""The registry's page: files of the package, under a policy that lets it reach nothing but the registry."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

PAGE: Final = Path(__file__).parent / "registry_files"

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HEADERS: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cache-control": "no-cache",
}
_MEDIA_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def page_routes(path: str) -> list[BaseRoute]:
    """Give the routes of the page, which is at ``path`` with a slash; its files are read once, here."""
    files = {
        file.name: (file.read_bytes(), _MEDIA_TYPES[file.suffix])
        for file in PAGE.iterdir()
        if file.suffix in _MEDIA_TYPES
    }

    async def page(request: Request) -> Response:
        found = files.get(request.path_params.get("file", "index.html"))
        if found is None:
            return Response("There is no such file.\n", 404, _HEADERS, "text/plain")
        body, media_type = found
        return Response(body, 200, {**_HEADERS, "content-type": media_type})

    async def slash(request: Request) -> Response:
        return RedirectResponse(f"{request.url.path.rpartition('/')[2]}/", 308)

    routes: list[BaseRoute] = [Route(f"{path}/", page, methods=["GET"])]
    if path:
        routes.append(Route(path, slash, methods=["GET"]))
    return [*routes, Route(f"{path}/{{file}}", page, methods=["GET"])]
