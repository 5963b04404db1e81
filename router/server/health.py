"""Is the router alive, and may it be sent requests?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from router.engine.engine import Engine
from router.engine.reload_record import ReloadRecord
from router.server.overload import ConcurrencyLimit
from router.server.traffic import Traffic

_NO_STORE = {"cache-control": "no-store"}


class Readiness:
    """What ``/health/ready`` says, from everything that may stand against sending requests here.

    The reasons of refusals may name files, so they are told only where ``tells_reasons``.
    """

    def __init__(
        self,
        engine: Engine,
        traffic: Traffic,
        limit: ConcurrencyLimit | None,
        *,
        tells_reasons: bool,
    ) -> None:
        self._engine = engine
        self._traffic = traffic
        self._limit = limit
        self._tells_reasons = tells_reasons

    def report(self) -> tuple[bool, Mapping[str, Any]]:
        """Give whether requests may be sent, and the detail.

        Shapes: ``{"status": "UP" | "DOWN", "reason"?: "NO_SUPERGRAPH" | "SHUTTING_DOWN" | "OVERLOADED",
        "supergraph": {"id", …}, "configuration": {…}}``; of each: ``state`` is ``CURRENT`` or ``REFUSED`` (the last
        change was, and the last good one serves), ``taken`` and ``refused`` count, ``takenAt``, ``refusedAt``.
        """
        reason = self._reason()
        snapshot = self._engine.snapshot
        detail: dict[str, Any] = {"status": "DOWN" if reason else "UP"}
        if reason:
            detail["reason"] = reason
        detail["supergraph"] = {
            "id": None if snapshot is None else snapshot.id,
            **self._told(self._engine.reloader.record),
        }
        detail["configuration"] = self._told(self._traffic.configuration)
        return reason is None, detail

    def _reason(self) -> str | None:
        if self._traffic.is_draining:
            return "SHUTTING_DOWN"
        if not self._engine.is_ready:
            return "NO_SUPERGRAPH"
        return "OVERLOADED" if self._limit is not None and self._limit.is_shedding else None

    def _told(self, record: ReloadRecord) -> dict[str, Any]:
        told = {
            "state": "CURRENT" if record.reason is None else "REFUSED",
            "taken": record.taken,
            "takenAt": _time(record.taken_at_s),
            "refused": record.refused,
            "refusedAt": _time(record.refused_at_s),
        }
        if self._tells_reasons and record.reason is not None:
            told["reason"] = record.reason
        return told


def _time(unix_s: float | None) -> str | None:
    return None if unix_s is None else datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="seconds")


def health_routes(report: Callable[[], tuple[bool, Mapping[str, Any]]], path: str = "/health") -> list[Route]:
    """Give the routes ``/health``, ``/health/live`` and ``/health/ready``.

    Shapes: ``/health/live`` is ``{"status": "UP"}`` with 200 for as long as the process answers; ``/health/ready``
    is 200 or 503 with the detail of `Readiness.report`, and ``/health`` the same without the detail.
    """

    async def live(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "UP"}, headers=_NO_STORE)

    async def ready(_request: Request) -> JSONResponse:
        is_ready, detail = report()
        return JSONResponse(dict(detail), 200 if is_ready else 503, headers=_NO_STORE)

    async def brief(_request: Request) -> JSONResponse:
        is_ready, detail = report()
        return JSONResponse({"status": detail["status"]}, 200 if is_ready else 503, headers=_NO_STORE)

    return [Route(path, brief), Route(f"{path}/live", live), Route(f"{path}/ready", ready)]
