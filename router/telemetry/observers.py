"""Who is told of requests: access log, metrics, traces and usage are observers, and know nothing of each other."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from router.telemetry.logs import get_log, log_failure
from router.telemetry.record import OperationRecord, RequestRecord

_log = get_log("telemetry")


class RequestObserver:
    """Is told of every request.  Runs on the event loop, after the answer is sent: it must not block."""

    def start(self) -> None:
        """Begin, in the process and the loop that serve."""

    async def close(self) -> None:
        """End, with what is still to be told."""

    def begun(self, record: RequestRecord) -> None:
        """See a request that begins; nothing is known but its headers."""

    def subscribed(self, operation: OperationRecord) -> None:
        """See a subscription that has begun; `ended` comes when it is over."""

    def ended(self, record: RequestRecord) -> None:
        """See a request that is over."""


class Observers:
    """Those of one engine.  Invariant: what one of them raises is logged, and harms no request and no other."""

    def __init__(
        self,
        observers: Sequence[RequestObserver],
        name_headers: tuple[bytes, ...] = (),
        version_headers: tuple[bytes, ...] = (),
    ) -> None:
        """Of ``name_headers`` and ``version_headers`` the first that is sent says who the client is."""
        self._observers = tuple(observers)
        self._name_headers = name_headers
        self._version_headers = version_headers
        self._has_failed = False

    def with_observer(self, observer: RequestObserver) -> Observers:
        """Give these and one more."""
        return Observers((*self._observers, observer), self._name_headers, self._version_headers)

    def start(self) -> None:
        """Begin."""
        for observer in self._observers:
            observer.start()

    async def close(self) -> None:
        """End."""
        for observer in self._observers:
            await observer.close()

    def begin(self, record: RequestRecord) -> None:
        """Tell of a request that begins."""
        headers = record.headers
        record.client_name = first_header(headers, self._name_headers)
        record.client_version = first_header(headers, self._version_headers)
        for observer in self._observers:
            try:
                observer.begun(record)
            except Exception as error:
                self._failed(error)

    def subscribed(self, operation: OperationRecord) -> None:
        """Tell of a subscription that has begun."""
        for observer in self._observers:
            try:
                observer.subscribed(operation)
            except Exception as error:
                self._failed(error)

    def end(self, record: RequestRecord) -> None:
        """Tell of a request that is over."""
        record.ended_s = time.perf_counter()
        for observer in self._observers:
            try:
                observer.ended(record)
            except Exception as error:
                self._failed(error)
        # Each of them knows the record: a circle would be the garbage collector's, at every request.
        record.operations = []

    def _failed(self, error: Exception) -> None:
        """Say it once: a fault that comes with every request would fill the log."""
        if not self._has_failed:
            self._has_failed = True
            log_failure(_log, "telemetry failed; requests are answered all the same", error)


def first_header(headers: Mapping[bytes, bytes], names: tuple[bytes, ...]) -> str:
    """Give the first of these headers that is there; empty for none."""
    for name in names:
        value = headers.get(name)
        if value:
            return value.decode("utf-8", "replace").replace("\x00", "")
    return ""
