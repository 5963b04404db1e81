"""Reports usage to the registry, now and then, off the requests' path."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import quote

from router.registry.remote import open_url
from router.registry.usage.model import UsageReport
from router.registry.usage.recorder import MAX_COUNTS, UsageRecorder
from router.telemetry.logs import get_log

_log = get_log("usage")

JITTER: Final = 0.1
NOT_TAKEN: Final = frozenset({429, 502, 503})
"""The registry, or what stands before it, took nothing: send again."""
MAX_ANSWER_BYTES: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class UsageOptions:
    """Where usage is reported, and how often."""

    url: str
    """The registry: ``http://registry:4200/registry``."""
    graph: str
    variant: str
    token: str | None = field(default=None, repr=False)
    interval_s: float = 10.0
    timeout_s: float = 10.0
    max_counts: int = MAX_COUNTS
    """Pairs of operation and client in one interval."""
    name_headers: tuple[bytes, ...] = (b"apollographql-client-name", b"graphql-client-name")
    """Headers with the client's name; the first that is sent counts."""
    version_headers: tuple[bytes, ...] = (b"apollographql-client-version", b"graphql-client-version")
    excluded_operations: frozenset[str] = frozenset()
    """Names of operations that are not reported."""


class UsageReporter:
    """Sends what a recorder counted; started and stopped with the engine."""

    def __init__(self, options: UsageOptions, recorder: UsageRecorder) -> None:
        self.options = options
        """For the next report."""
        self._recorder = recorder
        self._sending: asyncio.Task[None] | None = None
        self._has_failed = False
        self._is_ending = False

    def start(self) -> None:
        """Begin to report."""
        self._sending = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Report what is left, within the time-out, and end."""
        if self._sending is None:
            return
        self._sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._sending
        self._is_ending = True
        await self.flush()

    async def flush(self) -> None:
        """Report now.  What the registry certainly did not take is counted again with the next report."""
        dropped = self._recorder.dropped
        report = self._recorder.take(datetime.now(UTC))
        if dropped:
            _log.warning("usage of some requests was not counted: too many clients", requests=dropped)
        if report is None:
            return
        delivering = asyncio.ensure_future(self._deliver(report))
        try:
            await asyncio.shield(delivering)
        except asyncio.CancelledError:
            # Shutdown: the thread goes on to its time-out, and what became of it counts.
            await delivering
            raise

    async def _deliver(self, report: UsageReport) -> None:
        try:
            unknown = await asyncio.to_thread(self._post, report)
        except _UndeliveredError as error:
            if error.can_be_sent_again:
                self._recorder.put_back(report.counts)
            # Where everything is stopped at once, the registry may be gone first: nobody can do anything about that.
            if not self._has_failed:
                tell = _log.info if self._is_ending else _log.warning
                tell("usage could not be reported", reason=str(error))
            self._has_failed = True
            return
        self._has_failed = False
        self._recorder.delivered(report, unknown)

    async def _run(self) -> None:
        while True:
            spread = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # no secret
            await asyncio.sleep(self.options.interval_s * spread)
            await self.flush()

    def _post(self, report: UsageReport) -> list[str]:
        """Send; gives the hashes of operations that the registry wants described again.  Blocks."""
        options = self.options
        url = f"{options.url.rstrip('/')}/usage/{quote(options.graph)}/{quote(options.variant)}"
        headers = {"content-type": "application/json", "user-agent": "olympus-router"}
        if options.token is not None:
            headers["authorization"] = f"Bearer {options.token}"
        body = json.dumps(report.to_json(), separators=(",", ":")).encode()
        request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310  # http(s), by config
        try:
            with open_url(request, options.timeout_s) as response:
                return _unknown(json.loads(response.read(MAX_ANSWER_BYTES)))
        except urllib.error.HTTPError as error:
            with error:
                raise _UndeliveredError(
                    f"{url} answers with status {error.code}", error.code in NOT_TAKEN
                ) from None
        except urllib.error.URLError as error:  # it was not sent whole
            raise _UndeliveredError(f"{url} cannot be asked: {error.reason}", True) from None
        except (OSError, HTTPException, ValueError) as error:
            # It may have been stored: to count it twice is worse than not at all.
            raise _UndeliveredError(f"{url} did not answer: {error}", False) from None


class _UndeliveredError(Exception):
    def __init__(self, message: str, can_be_sent_again: bool) -> None:
        super().__init__(message)
        self.can_be_sent_again = can_be_sent_again


def _unknown(value: Any) -> list[str]:
    found = value.get("unknown") if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
