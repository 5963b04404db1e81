"""Proxies that spoil what passes: one that knows HTTP requests, and one that knows bytes only."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from typing import Final

HTTP_FAULTS: Final = (
    "reset",  # the connection is cut before the request is read
    "lost",  # the server does what it is asked, and its answer is cut
    "truncated",  # half of the answer's body, then the end
    "garbled",  # the answer's body is no JSON
    "html",  # 200 with a page
    "unavailable",  # 503 with text
    "broken",  # 500 with JSON that is no GraphQL response
    "shape",  # JSON of a shape that no GraphQL response has
    "silent",  # no answer until the fault ends
    "slow",  # the answer comes late, byte after byte at first
)
SHAPES: Final = (b"[]", b"5", b"null", b"{}", b'{"data":[]}', b'{"data":"x"}')


class HttpProxy:
    """Passes HTTP/1.1 requests on to a port of this machine, and answers as ``fault`` says at that moment.

    WebSockets pass untouched between faults; when one of cut connections begins, they are cut.
    """

    def __init__(self, target: int, chance: random.Random) -> None:
        self._target = target
        self._chance = chance
        self._fault: str | None = None
        self._over = asyncio.Event()
        self._sockets: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.spoiled: Counter[str] = Counter()
        self.port = 0

    async def start(self) -> None:
        """Listen on a port of the system's choice."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close everything."""
        self.set(None)
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def set(self, fault: str | None) -> None:
        """Have a fault from now on, or none."""
        self._fault = fault
        if fault is None:
            self._over.set()
            self._over = asyncio.Event()
        if fault in ("reset", "lost", "truncated"):
            for writer in self._sockets:
                writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if self._fault == "reset":
                    self.spoiled["reset"] += 1
                    return
                if upstream is None or upstream[1].is_closing():
                    upstream = await asyncio.open_connection("127.0.0.1", self._target, limit=1 << 24)
                if b"\r\nupgrade: websocket" in head.lower():
                    await self._tunnel(head, (reader, writer), upstream)
                    return
                body = await reader.readexactly(_length(head))
                if not await self._answer(head + body, writer, upstream):
                    return
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        except asyncio.CancelledError:
            pass  # the run ends
        finally:
            for one in (writer, upstream[1] if upstream else writer):
                one.transport.abort()

    async def _answer(
        self,
        request: bytes,
        writer: asyncio.StreamWriter,
        upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> bool:
        """Answer one request; False when the connection is at its end."""
        fault = self._fault
        if fault is not None:
            self.spoiled[fault] += 1
        if fault in ("html", "unavailable", "broken", "shape"):
            writer.write(self._made_up(fault))
            await writer.drain()
            return True
        if fault == "silent":
            await self._over.wait()
            return False
        upstream[1].write(request)
        head = await upstream[0].readuntil(b"\r\n\r\n")
        body = await upstream[0].readexactly(_length(head))
        if fault == "lost":
            return False
        if fault == "truncated":
            writer.write(head + body[: len(body) // 2])
            await writer.drain()
            return False
        if fault == "garbled":
            body = b"\x00" + body[1:-1] + b"\xff" if len(body) > 1 else body
        if fault == "slow":
            for byte in head[:20]:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.03)
            head = head[20:]
        writer.write(head + body)
        await writer.drain()
        return True

    def _made_up(self, fault: str) -> bytes:
        status, kind, body = {
            "html": (b"200 OK", b"text/html", b"<html><body>maintenance</body></html>"),
            "unavailable": (b"503 Service Unavailable", b"text/plain", b"try later"),
            "broken": (b"500 Internal Server Error", b"application/json", b'{"message":"oops"}'),
            "shape": (b"200 OK", b"application/json", self._chance.choice(SHAPES)),
        }[fault]
        return b"HTTP/1.1 %b\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n%b" % (
            status,
            kind,
            len(body),
            body,
        )

    async def _tunnel(
        self,
        head: bytes,
        near: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        far: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        if self._fault in ("html", "unavailable", "broken", "shape"):
            near[1].write(self._made_up(self._fault))
            await near[1].drain()
            return
        self._sockets.add(near[1])
        try:
            far[1].write(head)
            await both_ways(near, far)
        finally:
            self._sockets.discard(near[1])


class BytesProxy:
    """Passes bytes on both ways; while ``garbles``, what comes back is noise."""

    def __init__(self, target: int, chance: random.Random) -> None:
        self._target = target
        self._chance = chance
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.garbles = False
        self.spoiled = 0
        self.port = 0

    async def start(self) -> None:
        """Listen on a port of the system's choice."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(OSError, asyncio.CancelledError):
            far = await asyncio.open_connection("127.0.0.1", self._target)
            try:
                await both_ways((reader, writer), far, self._spoil)
            finally:
                far[1].transport.abort()
        writer.transport.abort()

    def _spoil(self, data: bytes) -> bytes:
        if not self.garbles:
            return data
        self.spoiled += 1
        return self._chance.choice((b"+?\r\n", b":99\r\n", b"$5\r\nhello\r\n", b"*1\r\n+x\r\n", data[::-1]))


async def both_ways(
    near: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    far: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    spoil: object = None,
) -> None:
    """Pass bytes on until one side ends."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, spoils: bool) -> None:
        while data := await reader.read(65_536):
            writer.write(spoil(data) if spoils and callable(spoil) else data)
            await writer.drain()

    ways = [
        asyncio.create_task(pass_on(near[0], far[1], False)),
        asyncio.create_task(pass_on(far[0], near[1], True)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


def _length(head: bytes) -> int:
    found = head.lower().find(b"\r\ncontent-length:")
    return int(head[found + 17 :].split(b"\r\n", 1)[0]) if found >= 0 else 0
