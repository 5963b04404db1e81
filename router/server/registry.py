"""The registry over HTTP: its GraphQL API, and releases for routers.

    POST PATH/graphql                          the API; authorization: Bearer olr_…
    GET  PATH/artifacts/GRAPH/VARIANT?wait=20  the live release, signed; needs read
    GET  PATH/                                 the page, which asks the API
    POST PATH/usage/GRAPH/VARIANT              what a router saw; needs read, as a router has it

Imported only where a registry is served: SQLAlchemy takes a second.
"""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from router.errors import RouterError
from router.registry.errors import RegistryInvalidError, RegistryNotFoundError
from router.registry.model import VariantRef
from router.registry.options import RegistryOptions
from router.registry.service import RegistryService
from router.registry.tokens import Scope
from router.registry.usage.model import read_report
from router.server.health import health_routes
from router.server.registry_page import page_routes
from router.server.request_body import ClientLeftError, read_body
from router.server.traffic import Traffic

MAX_WAIT_S: Final = 60.0

_NO_STORE: Final = {"cache-control": "no-store"}


class RegistryEndpoint:
    """The routes of one registry.  Use it as an async context manager, around the service of requests."""

    def __init__(self, options: RegistryOptions, traffic: Traffic) -> None:
        self._options = options
        self._traffic = traffic
        self._service = RegistryService(options)

    async def __aenter__(self) -> Self:
        """Open the registry.  Raises: router.registry.errors.RegistryDatabaseError."""
        await self._service.__aenter__()
        self._traffic.sockets.add(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the registry."""
        self._traffic.sockets.discard(self)
        await self._service.__aexit__(kind, error, trace)

    def drain(self) -> None:
        """Keep no router waiting: this process is to end."""
        self._service.notices.close()

    def routes(self) -> list[BaseRoute]:
        """Give the routes, below the configured path."""
        path = self._options.path.rstrip("/")
        return [
            Route(f"{path}/graphql", self._api, methods=["POST"]),
            Route(f"{path}/artifacts/{{graph}}/{{variant}}", self._artifact, methods=["GET"]),
            Route(f"{path}/usage/{{graph}}/{{variant}}", self._usage, methods=["POST"]),
            *page_routes(path),
        ]

    async def _api(self, request: Request) -> Response:
        try:
            body = await read_body(
                request.receive, dict(request.scope["headers"]), self._options.max_body_bytes
            )
        except ClientLeftError:
            return Response(status_code=499)
        except RouterError as error:
            return _refusal(error)
        answer = await self._service.api.answer(body, _token(request))
        headers = {**_NO_STORE, "www-authenticate": "Bearer"} if answer.status == 401 else _NO_STORE
        return JSONResponse(dict(answer.body), answer.status, headers)

    async def _usage(self, request: Request) -> Response:
        try:
            caller = await self._service.api.tokens.caller(_token(request), datetime.now(UTC))
            ref = VariantRef(request.path_params["graph"], request.path_params["variant"])
            caller.need(ref.graph, Scope.READ)
            body = await read_body(
                request.receive, dict(request.scope["headers"]), self._options.max_body_bytes
            )
            try:
                value = json.loads(body)
            except (ValueError, RecursionError):
                raise RegistryInvalidError("the body is no JSON") from None
            unknown = await self._service.registry.insight.report_usage(ref, read_report(value))
        except ClientLeftError:
            return Response(status_code=499)
        except RouterError as error:
            return _refusal(error)
        return JSONResponse({"unknown": unknown}, headers=_NO_STORE)

    async def _artifact(self, request: Request) -> Response:
        try:
            caller = await self._service.api.tokens.caller(_token(request), datetime.now(UTC))
            ref = VariantRef(request.path_params["graph"], request.path_params["variant"])
            caller.need(ref.graph, Scope.READ)
            known = _known(request)
            live = await self._service.notices.wait(ref, known, _wait_s(request))
            if live is not None and live == known:
                return Response(status_code=304, headers=_headers(live))
            artifact = None if live is None else await self._service.artifact(ref, live)
            if artifact is None or live is None:
                raise RegistryNotFoundError(f"{ref} has no release")
        except RouterError as error:
            return _refusal(error)
        return Response(artifact, 200, _headers(live), "application/json")


def create_registry_app(options: RegistryOptions, traffic: Traffic) -> ASGIApp:
    """Make the app of a registry that is served alone; it opens and closes with the app's lifespan.

    ``/health``, ``/health/live`` and ``/health/ready`` answer as a router's do.
    """
    registry = RegistryEndpoint(options, traffic)

    def report() -> tuple[bool, dict[str, str]]:
        return not traffic.is_draining, {"status": "DOWN" if traffic.is_draining else "UP"}

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        async with registry:
            yield

    return Starlette(routes=[*registry.routes(), *health_routes(report)], lifespan=life)


def _token(request: Request) -> str | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _known(request: Request) -> int | None:
    """Give the release of ``if-none-match``."""
    tag = request.headers.get("if-none-match", "").strip().removeprefix("W/").strip('"')
    return int(tag) if tag.isdecimal() and tag.isascii() and len(tag) < 19 else None


def _wait_s(request: Request) -> float:
    try:
        wait_s = float(request.query_params.get("wait", "0"))
    except ValueError:
        raise RegistryInvalidError("wait is a number of seconds") from None
    return 0.0 if math.isnan(wait_s) else min(max(wait_s, 0.0), MAX_WAIT_S)


def _headers(release: int) -> dict[str, str]:
    return {"etag": f'"{release}"', "cache-control": "no-cache"}


def _refusal(error: RouterError) -> Response:
    body = {"errors": [{"message": str(error), "extensions": {"code": error.code}}]}
    headers = {**_NO_STORE, "www-authenticate": "Bearer"} if error.status == 401 else _NO_STORE
    return JSONResponse(body, error.status, headers)
