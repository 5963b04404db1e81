"""What is reported of requests: which operation, which client, how it went."""

from __future__ import annotations

from router.registry.usage.recorder import UsageRecorder
from router.registry.usage.sender import UsageOptions, UsageReporter
from router.telemetry.observers import RequestObserver, first_header
from router.telemetry.record import OperationRecord, RequestRecord


class Usage(RequestObserver):
    """Counts requests, and reports them to the registry."""

    def __init__(self, options: UsageOptions) -> None:
        self._options = options
        self._recorder = UsageRecorder(options.max_counts)
        self.reporter = UsageReporter(options, self._recorder)

    def start(self) -> None:
        """Begin to report."""
        self.reporter.start()

    async def close(self) -> None:
        """Report what is left."""
        await self.reporter.stop()

    def subscribed(self, operation: OperationRecord) -> None:
        """Count a subscription: one request, however many events; it has no time of its own."""
        self._note(operation, 0.0, has_errors=False)

    def ended(self, record: RequestRecord) -> None:
        """Count its operations; one that nobody waits for any more is not counted."""
        for operation in record.operations:
            if operation.kind != "subscription" and operation.ended_s is not None:
                has_errors = operation.outcome != "ok"
                self._note(operation, operation.ended_s - operation.started_s, has_errors=has_errors)

    def _note(self, operation: OperationRecord, seconds: float, *, has_errors: bool) -> None:
        used = operation.used
        if used is None or used.name in self._options.excluded_operations:
            return
        headers = operation.headers
        client = (
            first_header(headers, self._options.name_headers),
            first_header(headers, self._options.version_headers),
        )
        self._recorder.record(used, client, max(0.0, seconds), has_errors=has_errors)
