"""uvicorn's HTTP/1.1 with a cap on a request's head: its parser would gather headers without end."""

from __future__ import annotations

from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_MAX_BYTES: Final = 65_536

_BODY: Final = (
    b'{"errors":[{"message":"The request line and headers are larger than limits.http1_max_request_buf_size.",'
    b'"extensions":{"code":"REQUEST_HEADERS_TOO_LARGE"}}]}'
)
_REFUSAL: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json; charset=utf-8\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(_BODY), _BODY)
)


class HeadLimitProtocol(HttpToolsProtocol):
    """Answers 431 and closes when a head is larger than ``config.h11_max_incomplete_event_size``.

    That option means this for uvicorn's other parser; it is used here since it reaches worker processes.
    """

    def __init__(self, config: uvicorn.Config, **given: Any) -> None:
        super().__init__(config, **given)
        self._max_bytes = config.h11_max_incomplete_event_size or HEAD_MAX_BYTES
        self._is_head = True
        self._head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless the head has become too large."""
        if self._is_head:
            self._head_bytes += len(data)
            if self._head_bytes > self._max_bytes and self._exceeds(data):
                self.transport.write(_REFUSAL)
                self.transport.close()
                return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Stop counting: a body follows."""
        self._is_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Count the next head from nothing."""
        self._is_head = True
        self._head_bytes = 0
        super().on_message_complete()

    def _exceeds(self, data: bytes) -> bool:
        """Tell whether the head is too large by itself, without the body that came with it."""
        end = data.find(b"\r\n\r\n")
        return end < 0 or self._head_bytes - len(data) + end > self._max_bytes
