"""What is reported of requests: which operation, which client, how it went."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping

from router.engine.answer import Answer
from router.language.used_operation import UsedOperation
from router.registry.usage.recorder import UsageRecorder
from router.registry.usage.sender import UsageOptions, UsageReporter


class Usage:
    """Counts requests, and reports them to the registry."""

    def __init__(self, options: UsageOptions) -> None:
        self._options = options
        self._recorder = UsageRecorder(options.max_counts)
        self.reporter = UsageReporter(options, self._recorder)

    def note(
        self,
        used: UsedOperation | None,
        headers: Mapping[bytes, bytes],
        started_s: float,
        *,
        has_errors: bool,
    ) -> None:
        """Count one request that began at ``started_s`` of the event loop's time and is answered now."""
        if used is None or used.name in self._options.excluded_operations:
            return
        client = (
            _first(headers, self._options.name_headers),
            _first(headers, self._options.version_headers),
        )
        seconds = max(0.0, asyncio.get_running_loop().time() - started_s)
        self._recorder.record(used, client, seconds, has_errors=has_errors)

    async def counted(
        self,
        used: UsedOperation | None,
        headers: Mapping[bytes, bytes],
        started_s: float,
        answering: Awaitable[Answer],
    ) -> Answer:
        """Give the answer, and count it; one that nobody waits for any more is not counted."""
        try:
            answer = await answering
        except Exception:
            self.note(used, headers, started_s, has_errors=True)
            raise
        self.note(used, headers, started_s, has_errors=answer.has_errors or answer.error is not None)
        return answer


def _first(headers: Mapping[bytes, bytes], names: tuple[bytes, ...]) -> str:
    for name in names:
        value = headers.get(name)
        if value:
            return value.decode("utf-8", "replace").replace("\x00", "")
    return ""
