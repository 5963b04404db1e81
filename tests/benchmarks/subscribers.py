"""The load of `bench_subscriptions`: light WebSocket clients, and the two subgraphs that their events come from."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

STAMP: Final = re.compile(rb'"stamp":"(\d+) (\d+)"')
"""Of an event: its number within its subscription, and when it was published, in ns of the monotonic clock."""
_HANDSHAKE: Final = (
    b"GET /graphql HTTP/1.1\r\nhost: router\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Tally:
    """What all clients have seen."""

    def __init__(self) -> None:
        self.delivered = 0
        self.latencies_ns: list[int] = []
        self.faults: list[str] = []
        """Events lost or in disorder, operations that ended, sockets that closed."""


class Subscriber(asyncio.Protocol):
    """One socket with one subscription; it reads all, and understands what it must."""

    def __init__(self, query: str, tally: Tally, on_ready: Callable[[], None]) -> None:
        self._query = query
        self._tally = tally
        self._on_ready = on_ready
        self._buffer = b""
        self._is_open = False
        self._last: int | None = None
        self._transport: asyncio.Transport | None = None
        self.is_leaving = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(_HANDSHAKE)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.is_leaving:
            self._tally.faults.append(f"closed: {exc}")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head, head
            self._is_open, self._buffer = True, rest
            self._send(TEXT, b'{"type":"connection_init"}')
        while (frame := self._frame()) is not None:
            self._take(*frame)

    def leave(self) -> None:
        self.is_leaving = True
        if self._transport is not None:
            self._transport.close()

    def _frame(self) -> tuple[int, bytes] | None:
        data = self._buffer
        if len(data) < 2:
            return None
        length, start = data[1] & 127, 2
        if length == 126:
            length, start = int.from_bytes(data[2:4]), 4
        end = start + length
        if len(data) < end:
            return None
        self._buffer = data[end:]
        return data[0] & 15, data[start:end]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._send(PONG, payload)
        elif opcode == CLOSE:
            self._tally.faults.append(f"closed with {int.from_bytes(payload[:2])} {payload[2:]!r}")
        elif (stamp := STAMP.search(payload)) is not None:
            self._note(int(stamp[1]), int(stamp[2]))
        elif b'"connection_ack"' in payload:
            message = {"type": "subscribe", "id": "1", "payload": {"query": self._query}}
            self._send(TEXT, json.dumps(message).encode())
            self._on_ready()
        elif b'"ping"' not in payload:
            self._tally.faults.append(payload.decode())

    def _note(self, number: int, published_ns: int) -> None:
        if self._last is not None and number != self._last + 1:
            self._tally.faults.append(f"event {number} after {self._last}")
        self._last = number
        self._tally.delivered += 1
        self._tally.latencies_ns.append(time.monotonic_ns() - published_ns)

    def _send(self, opcode: int, payload: bytes) -> None:
        # Masked with zeros, which leaves the payload as it is.
        size = bytes([128 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2)
        if self._transport is not None:
            self._transport.write(bytes([128 | opcode]) + size + bytes(4) + payload)


class Publisher:
    """A subgraph whose subscription ``tick(topic:)`` gives what is published to the topic."""

    def __init__(self) -> None:
        self._numbers: defaultdict[int, itertools.count[int]] = defaultdict(itertools.count)
        self.open: dict[int, tuple[ServerConnection, str]] = {}
        """By topic: the router's socket and its id there."""
        self.opened = 0

    async def serve(self, socket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "connection_init":
                    await socket.send('{"type":"connection_ack"}')
                elif message["type"] == "ping":
                    await socket.send('{"type":"pong"}')
                elif message["type"] == "subscribe":
                    found = re.search(r"topic: ?(\d+)", message["payload"]["query"])
                    topic = int(found[1]) if found else next(iter(message["payload"]["variables"].values()))
                    self.open[topic] = socket, message["id"]
                    self.opened += 1

    async def publish(self, topic: int) -> None:
        socket, id_ = self.open[topic]
        stamp = f"{next(self._numbers[topic])} {time.monotonic_ns()}"
        item = {"__typename": "Item", "id": str(topic), "stamp": stamp}
        await socket.send(
            json.dumps(
                {"type": "next", "id": id_, "payload": {"data": {"tick": item}}}, separators=(",", ":")
            )
        )


async def answer_entities(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve the subgraph that has the price of an item."""
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            asked: dict[str, Any] = json.loads(await reader.readexactly(length))
            count = len(next(iter(asked["variables"].values())))
            entities = [{"__typename": "Item", "price": 5}] * count
            answer = json.dumps({"data": {"_entities": entities}}).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
                % (len(answer), answer)
            )
            await writer.drain()
    writer.close()
