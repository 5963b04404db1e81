"""Is the router alive, and may it be sent requests?"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


def health_routes(is_ready: Callable[[], bool]) -> list[Route]:
    """Give the routes ``/health``, ``/health/live`` and ``/health/ready``.

    Shapes: ``{"status": "UP"}`` with 200, or ``{"status": "DOWN"}`` with 503.
    """

    async def live(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "UP"}, headers={"cache-control": "no-store"})

    async def ready(request: Request) -> JSONResponse:
        if is_ready():
            return await live(request)
        return JSONResponse({"status": "DOWN"}, 503, headers={"cache-control": "no-store"})

    return [Route("/health", ready), Route("/health/live", live), Route("/health/ready", ready)]
