"""uvicorn's HTTP/1.1 with bounds: on the size of a request's head, and on how slow a client may be.

No timer is set per request: a sweep about once a second looks at every connection (`EdgeProtocol.check`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

import httptools
import uvicorn
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from router.cli.http_cycle import EdgeCycle

MIN_BYTES_PER_S: Final = 1_000
"""A body or an answer may take the time-out and a second more for each of these, so that large ones can pass
over slow lines, and one byte now and then holds no connection for long."""


@dataclass(frozen=True, slots=True)
class EdgeLimits:
    """What a client's connection may cost."""

    max_head_bytes: int = 65_536
    """Of request line and headers together."""
    read_timeout_s: float = 30.0
    """For a head, from its first byte or from the connection's start; for a body, see `MIN_BYTES_PER_S`."""
    write_timeout_s: float = 30.0
    """Without the client taking anything of its answer."""
    idle_timeout_s: float = 120.0
    """Between two requests; above a proxy's usual 60 s, so that the proxy closes first."""

    @property
    def sweep_s(self) -> float:
        """How often `EdgeProtocol.check` must be called to be right to a quarter."""
        return min(1.0, self.read_timeout_s / 4, self.write_timeout_s / 4, self.idle_timeout_s / 4)


def refusal(status: bytes, code: str, message: str, more: bytes = b"") -> bytes:
    """Give a whole answer that closes the connection; for requests that never become one."""
    body = b'{"errors":[{"message":"%b","extensions":{"code":"%b"}}]}' % (message.encode(), code.encode())
    return (
        b"HTTP/1.1 %b\r\ncontent-type: application/json; charset=utf-8\r\n%bcontent-length: %d\r\n"
        b"connection: close\r\n\r\n%b" % (status, more, len(body), body)
    )


_MOST_TARGETS: Final = 256
_MOST_TARGET_BYTES: Final = 64

_TOO_LARGE: Final = refusal(
    b"431 Request Header Fields Too Large",
    "REQUEST_HEADERS_TOO_LARGE",
    "The request line and headers are larger than limits.http1_max_request_buf_size.",
)
_MALFORMED: Final = refusal(b"400 Bad Request", "BAD_REQUEST", "This is not an HTTP/1.1 request.")
_TOO_SLOW: Final = refusal(
    b"408 Request Timeout", "REQUEST_TIMEOUT", "The request did not arrive within server.http.read_timeout."
)
_GOING: Final = refusal(
    b"503 Service Unavailable",
    "SHUTTING_DOWN",
    "The router is shutting down; send the request again.",
    b"retry-after: 1\r\n",
)


_targets: dict[bytes, tuple[str, bytes, bytes]] = {}


def _target(url: bytes) -> tuple[str, bytes, bytes]:
    """Give a request target's path, raw path and query string; those without a query are remembered."""
    known = _targets.get(url)
    if known is not None:
        return known
    parsed = httptools.parse_url(url)
    path = parsed.path.decode("ascii")
    target = unquote(path) if "%" in path else path, parsed.path, parsed.query or b""
    if not target[2] and len(url) <= _MOST_TARGET_BYTES and len(_targets) < _MOST_TARGETS:
        _targets[url] = target
    return target


class EdgeProtocol(HttpToolsProtocol):
    """One client's connection.

    Answers 431 to a head that is too large, 408 to a request that comes too slowly, 400 to what is not HTTP, and
    closes; aborts when a client takes nothing of its answer.  Never writes into an answer under way.
    """

    def __init__(self, config: uvicorn.Config, limits: EdgeLimits | None = None, **given: Any) -> None:
        super().__init__(config, **given)
        self._limits = limits or EdgeLimits()
        self._is_head = True
        self._head_bytes = 0
        self._received_bytes = 0
        self._is_draining = False
        self._is_spoilt = False
        self._answering: RequestResponseCycle | None = None
        """Whom the app answers now; of requests sent in a row, ``cycle`` is the last."""
        # What the sweep saw last.
        self._waiting: tuple[int, int] | None = None
        self._waiting_since_s = 0.0
        self._messages = 0
        self._unread = _Unread()
        self._idle_since_s = 0.0

    # What the client sends

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless the head has become too large or nothing of it counts any more."""
        if self._is_spoilt or self.transport.is_closing():
            return
        self._received_bytes += len(data)
        if self._is_head:
            self._head_bytes += len(data)
            if self._head_bytes > self._limits.max_head_bytes and self._exceeds(data):
                self._refuse(_TOO_LARGE)
                return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._upgrade()
        except httptools.HttpParserError:
            self._refuse(_MALFORMED)
        except (UnicodeDecodeError, AttributeError, ValueError):
            # A target that is no path, as of CONNECT, or not ASCII.
            self._refuse(_MALFORMED)

    def on_headers_complete(self) -> None:
        """Have the app answer, in its turn, and stop counting: a body follows."""
        self._is_head = False
        parser, scope = self.parser, self.scope
        version = parser.get_http_version()
        scope["method"] = parser.get_method().decode("ascii")
        if version != "1.1":
            scope["http_version"] = version
        if parser.should_upgrade() and self._should_upgrade():
            return
        scope["path"], scope["raw_path"], scope["query_string"] = _target(self.url)
        before = self.cycle
        cycle = self.cycle = EdgeCycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and parser.should_keep_alive() and not self._is_draining,
            on_response=self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def on_response_complete(self) -> None:
        """Go on with what came meanwhile; between two requests, the sweep looks after the connection."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._idle_since_s = self.loop.time()

    def on_message_complete(self) -> None:
        """Count the next head from nothing."""
        self._is_head = True
        self._head_bytes = 0
        self._messages += 1
        super().on_message_complete()

    def _upgrade(self) -> None:
        if self._should_upgrade():
            self.handle_websocket_upgrade()
        elif self.cycle is not None:
            # Answered as the HTTP/1.1 it also is; the parser takes nothing more on this connection.
            self.cycle.keep_alive = False

    def _exceeds(self, data: bytes) -> bool:
        """Tell whether the head is too large by itself, without the body that came with it."""
        end = data.find(b"\r\n\r\n")
        return end < 0 or self._head_bytes - len(data) + end > self._limits.max_head_bytes

    # Ends

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the app; of requests sent in a row, uvicorn would only tell the last one."""
        self._leave()
        super().connection_lost(exc)

    def _leave(self) -> None:
        """Have the app see that the client has left; it writes nothing from now on."""
        for cycle in (self._answering, self.cycle):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()

    @property
    def is_answering(self) -> bool:
        """Whether a request is being received or answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, answer: bytes) -> None:
        """Answer what is being received, and close; an earlier request still gets its own answer first."""
        self._is_spoilt = True
        cycle = self.cycle
        if not self.is_answering:
            self.transport.write(answer)
            self.transport.close()
        elif cycle.more_body:
            self._end_cycle(answer)
        else:
            cycle.keep_alive = False
            self.flow.pause_reading()

    def _end_cycle(self, answer: bytes) -> None:
        """Take the request under way from the app, which sees that the client has left."""
        if not self.cycle.response_started and not self.pipeline:
            self.transport.write(answer)
        self._leave()
        self.transport.close()

    def shutdown(self) -> None:
        """Close when nothing is under way; what is gets its answer, and the connection closes with it."""
        self._is_draining = True
        if self.is_answering:
            self.cycle.keep_alive = False
        elif not self._head_bytes:
            self.transport.close()

    def cut(self) -> None:
        """Close now; a request that has no answer yet gets 503."""
        if self.is_answering:
            self._end_cycle(_GOING)
        self.transport.close()

    # What the sweep does

    def check(self, now_s: float) -> None:
        """Cut the client if it is too slow, or has nothing to ask."""
        if self._is_idle_too_long(now_s):
            self.transport.close()
        elif self._is_late_sending(now_s):
            if self.is_answering:
                self._end_cycle(_TOO_SLOW)
                return
            if self._is_head and self._head_bytes:
                self.transport.write(_TOO_SLOW)
            self.transport.close()
        elif self._is_late_reading(now_s):
            self.transport.abort()

    def _is_idle_too_long(self, now_s: float) -> bool:
        """Whether nothing came since the last answer; before the first request, a head is due."""
        is_between = self.cycle is not None and self.cycle.response_complete
        return (
            is_between and not self._head_bytes and (now_s - self._idle_since_s > self._limits.idle_timeout_s)
        )

    def _is_late_sending(self, now_s: float) -> bool:
        is_waiting = (not self._is_head) if self.is_answering else self._is_head_due()
        if not is_waiting or self.flow.read_paused or self.transport.is_closing():
            self._waiting = None
            return False
        if self._waiting is None or self._waiting[0] != self._messages * 2 + self._is_head:
            self._waiting = self._messages * 2 + self._is_head, self._received_bytes
            self._waiting_since_s = now_s
            return False
        # What comes after its request was refused is read for politeness only.
        came = self._received_bytes - self._waiting[1] if self.is_answering else 0
        return now_s - self._waiting_since_s > self._limits.read_timeout_s + came / MIN_BYTES_PER_S

    def _is_head_due(self) -> bool:
        """Between requests a client may be idle; before the first one it may not."""
        return self._head_bytes > 0 or self.cycle is None

    def _is_late_reading(self, now_s: float) -> bool:
        size = self.transport.get_write_buffer_size()
        # While the app may still add to it, less than the buffer's high-water mark is nobody's fault.
        is_growing = self.is_answering and not self.flow.write_paused and not self.transport.is_closing()
        if not size or is_growing:
            self._unread.peak = 0
            return False
        return self._unread.is_late(size, now_s, self._limits.write_timeout_s)


class _Unread:
    """How an answer leaves, as the sweep sees it."""

    __slots__ = ("_progress_s", "_since_s", "_size", "peak")

    def __init__(self) -> None:
        self.peak = 0
        self._size = 0
        self._since_s = 0.0
        self._progress_s = 0.0

    def is_late(self, size: int, now_s: float, timeout_s: float) -> bool:
        if not self.peak:
            self._since_s = self._progress_s = now_s
        elif size < self._size:
            self._progress_s = now_s
        self.peak, self._size = max(self.peak, size), size
        return (
            now_s - self._progress_s > timeout_s
            or now_s - self._since_s > timeout_s + self.peak / MIN_BYTES_PER_S
        )
