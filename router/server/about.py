"""What the landing page tells, as data: where to ask, and, where it may, what is served and how it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request

from router.engine.engine import Engine
from router.engine.subgraph_health import SubgraphState
from router.server.options import ServerOptions

SDL_PATH: Final = "/schema.graphql"

_PLAIN_HOST: Final = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Addresses:
    """As whoever asks sees the router."""

    origin: str
    """``https://api.example``; with a prefix where the router is mounted under one."""
    graphql: str
    websocket: str


def addresses(request: Request, graphql_path: str) -> Addresses:
    """Give the addresses by the name that the client used; one that is no plain host name is not repeated."""
    host = request.headers.get("host", "")
    if not _PLAIN_HOST.fullmatch(host):
        host = "localhost"
    prefix = str(request.scope.get("root_path", "")).rstrip("/")
    rest = f"{host}{prefix}"
    is_secure = request.url.scheme in {"https", "wss"}
    return Addresses(
        f"{'https' if is_secure else 'http'}://{rest}",
        f"{'https' if is_secure else 'http'}://{rest}{graphql_path}",
        f"{'wss' if is_secure else 'ws'}://{rest}{graphql_path}",
    )


class About:
    """Makes the report.

    Shapes: ``{"name", "graphql", "subscriptions", "health": path | null, "playground": path | null}``; with
    ``homepage.details`` also ``graph``, ``variant``, ``release`` (``{"number", "createdAt"}`` or null), ``schema``
    (``{"id", "state", "takenAt", "refusedAt", "sdl"}``) and ``subgraphs`` (``[{"name", "health", "code", "tookMs"}]``).
    Never in it: addresses of subgraphs, what they said, why a reload was refused.
    """

    def __init__(self, engine: Engine, options: ServerOptions) -> None:
        self._engine = engine
        self._options = options

    async def report(self, request: Request) -> dict[str, Any]:
        """Give the report for one caller; with details it waits a moment for subgraphs that are asked now."""
        options, where = self._options, addresses(request, self._options.graphql_path)
        told: dict[str, Any] = {
            "name": "Olympus Router",
            "graphql": where.graphql,
            "subscriptions": where.websocket,
            "health": None if options.health_path is None else f"{options.health_path}/ready",
            "playground": "/playground" if options.has_playground else None,
        }
        return told | await self._details() if options.homepage_details else told

    async def _details(self) -> dict[str, Any]:
        snapshot, release = self._engine.snapshot, self._engine.reloader.release
        record = self._engine.reloader.record
        return {
            "graph": None if release is None else release.graph,
            "variant": None if release is None else release.variant,
            "release": None
            if release is None
            else {"number": release.number, "createdAt": release.created_at},
            "schema": {
                "id": None if snapshot is None else snapshot.id,
                "state": "CURRENT" if record.reason is None else "REFUSED",
                "takenAt": _time(record.taken_at_s),
                "refusedAt": _time(record.refused_at_s),
                "sdl": SDL_PATH if self._options.shows_sdl else None,
            },
            "subgraphs": [_state(one) for one in await self._engine.subgraph_health.report()],
        }


def _state(one: SubgraphState) -> dict[str, Any]:
    return {"name": one.name, "health": one.health.value, "code": one.code, "tookMs": one.took_ms}


def _time(unix_s: float | None) -> str | None:
    return None if unix_s is None else datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="seconds")
