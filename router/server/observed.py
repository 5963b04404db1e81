"""The GraphQL endpoint as observers see it: each HTTP request noted from its first byte to its last."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from router.server.graphql import join_headers, peer_of
from router.telemetry.observers import Observers
from router.telemetry.record import RequestRecord, enter_operation, enter_record
from router.telemetry.request_context import current_request


class ObservedEndpoint:
    """An ASGI app around the endpoint; made only where somebody observes."""

    def __init__(
        self, endpoint: ASGIApp, observers: Observers, trace_header: tuple[bytes, str] | None = None
    ) -> None:
        """``trace_header``: the header of each answer that has the trace's id, and the id's form."""
        self._endpoint = endpoint
        self._observers = observers
        self._trace_header = trace_header
        self.under_way = 0
        """Requests being answered now."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        record = RequestRecord("http", join_headers(scope["headers"]), peer_of(scope))
        record.method, record.path = scope["method"], scope["path"]
        self._observers.begin(record)
        enter_record(record)
        enter_operation(None)
        told = self._told(record)

        async def counted() -> Message:
            message = await receive()
            record.request_bytes += len(message.get("body") or b"")
            return message

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                if told is not None:
                    message["headers"] = [*message["headers"], told]
            else:
                record.response_bytes += len(message.get("body") or b"")
            await send(message)

        self.under_way += 1
        try:
            await self._endpoint(scope, counted, noted)
        finally:
            self.under_way -= 1
            current = current_request()
            record.id = "" if current is None else current.id
            self._observers.end(record)

    def _told(self, record: RequestRecord) -> tuple[bytes, bytes] | None:
        if self._trace_header is None or record.trace is None:
            return None
        name, form = self._trace_header
        number = record.trace.trace_id
        text = f"{number:032x}" if form == "hexadecimal" else f"{number:d}"
        return name, text.encode()
