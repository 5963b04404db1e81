"""The lean client of `make load` and `make chaos`: HTTP/1.1 and graphql-transport-ws on plain asyncio transports.

    connection = await Connection.open("127.0.0.1", 4000)
    status, body = await connection.ask(request(b'{"query":"{ __typename }"}'))

About 40 µs of CPU for a request and its answer, so that the client is not what is measured.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any, Final

_HANDSHAKE: Final = (
    b"GET /graphql HTTP/1.1\r\nhost: router\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class CutError(ConnectionError):
    """The other side closed before the answer was whole."""


def request(body: bytes, headers: Sequence[bytes] = ()) -> bytes:
    """One POST of a GraphQL request, ready to send."""
    more = b"".join(header + b"\r\n" for header in headers)
    return (
        b"POST /graphql HTTP/1.1\r\nhost: router\r\ncontent-type: application/json\r\naccept: application/json\r\n"
        b"%bcontent-length: %d\r\n\r\n%b" % (more, len(body), body)
    )


class Connection(asyncio.Protocol):
    """A kept connection; one request at a time.  Answers must have a content-length, as the router's have."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self.is_open = False

    @classmethod
    async def open(cls, host: str, port: int) -> Connection:
        """Connect.  Raises: OSError."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    async def ask(self, text: bytes, timeout_s: float = 60.0) -> tuple[int, bytes]:
        """Send one request; gives status and body.  Raises: CutError, TimeoutError."""
        if self._transport is None or not self.is_open:
            raise CutError("closed before the request")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(text)
        try:
            async with asyncio.timeout(timeout_s):
                return await self._answer
        except BaseException:
            self.close()  # what comes later would be taken for the next answer
            raise
        finally:
            self._answer = None

    def close(self) -> None:
        """Close now."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self.is_open = transport, True

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(CutError(f"closed within the answer: {exc}"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end]).lower()
        found = head.find(b"content-length:")
        length = int(head[found + 15 :].split(b"\r\n", 1)[0]) if found >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        if b"\r\nconnection: close" in head:
            self.is_open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((int(head[9:12]), body))


class Subscription(asyncio.Protocol):
    """One socket with one subscription; what comes is given to ``on_message`` as it is parsed.

    ``on_message`` takes graphql-transport-ws messages (``connection_ack``, ``next``, ``error``, ``complete``) and, once
    and last, ``{"type": "closed", "why": text}``.
    """

    def __init__(self, query: str, on_message: Callable[[Any], None], headers: Sequence[bytes] = ()) -> None:
        self._query = query
        self._on_message = on_message
        self._headers = b"".join(header + b"\r\n" for header in headers)
        self._buffer = bytearray()
        self._is_upgraded = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(_HANDSHAKE.replace(b"host: router\r\n", b"host: router\r\n" + self._headers))

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(str(exc or "closed"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_upgraded:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if b" 101 " not in self._buffer[:end]:
                self._end(bytes(self._buffer[:60]).decode("latin-1"))
                self.close()
                return
            self._is_upgraded = True
            del self._buffer[: end + 4]
            self._send(TEXT, b'{"type":"connection_init"}')
        while (frame := self._frame()) is not None:
            self._take(*frame)

    def close(self) -> None:
        """Leave."""
        if self._transport is not None:
            self._transport.abort()

    def _end(self, why: str) -> None:
        on_message, self._on_message = self._on_message, lambda _: None
        on_message({"type": "closed", "why": why})

    def _frame(self) -> tuple[int, bytes] | None:
        data = self._buffer
        if len(data) < 2:
            return None
        length, start = data[1] & 127, 2
        if length == 126:
            length, start = int.from_bytes(data[2:4]), 4
        elif length == 127:
            length, start = int.from_bytes(data[2:10]), 10
        if len(data) < start + length:
            return None
        opcode, payload = data[0] & 15, bytes(data[start : start + length])
        del self._buffer[: start + length]
        return opcode, payload

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._send(PONG, payload)
        elif opcode == CLOSE:
            self._end(f"{int.from_bytes(payload[:2])} {payload[2:].decode('utf-8', 'replace')}")
            self.close()
        elif opcode == TEXT:
            message = json.loads(payload)
            if message["type"] == "ping":
                self._send(TEXT, b'{"type":"pong"}')
                return
            if message["type"] == "connection_ack":
                subscribe = {"type": "subscribe", "id": "1", "payload": {"query": self._query}}
                self._send(TEXT, json.dumps(subscribe).encode())
            self._on_message(message)

    def _send(self, opcode: int, payload: bytes) -> None:
        # Masked with zeros, which leaves the payload as it is.
        size = bytes([128 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2)
        if self._transport is not None:
            self._transport.write(bytes([128 | opcode]) + size + bytes(4) + payload)
