"""A server that does with its connections whatever a test wants, on a port of its own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Self

from router.transport.base import SubgraphRequest


async def eventually(condition: Callable[[], bool]) -> None:
    """Waits until the condition holds; fails when it does not within two seconds."""
    async with asyncio.timeout(2):
        while not condition():
            await asyncio.sleep(0.001)


Talk = Callable[["Peer"], Awaitable[None]]


class Peer:
    """The server's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def request(self) -> tuple[bytes, bytes]:
        """Head and body of the next request; raises IncompleteReadError when there is none."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return head, await self.reader.readexactly(length)

    async def say(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    def abort(self) -> None:
        """Closes without a goodbye."""
        self.writer.transport.abort()


def response(body: bytes = b'{"data":{}}', *, status: str = "200 OK", headers: bytes = b"") -> bytes:
    """A well-formed response with content-length."""
    return b"HTTP/1.1 %b\r\ncontent-length: %d\r\n%b\r\n%b" % (status.encode(), len(body), headers, body)


class RawServer:
    """Calls ``talk`` once per connection and closes it afterwards."""

    def __init__(self, talk: Talk, ssl_context: ssl.SSLContext | None = None) -> None:
        self.talk = talk
        self.ssl_context = ssl_context
        self.connections = 0
        self.open = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, backlog=1024, ssl=self.ssl_context
        )
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.open += 1
        try:
            await self.talk(Peer(reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.close()

    def request(
        self,
        body: bytes = b'{"query":"{a}"}',
        *,
        is_query: bool = True,
        timeout_s: float = 5.0,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> SubgraphRequest:
        """A request to this server."""
        url = f"http://127.0.0.1:{self.port}/graphql"
        return SubgraphRequest("orders", url, body, headers, is_query, timeout_s)


def saying(data: bytes) -> Talk:
    """Answers the first request with these bytes and closes."""

    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(data)

    return talk


async def answer_all(peer: Peer) -> None:
    """Answers every request with its own body as ``data``."""
    while True:
        _, body = await peer.request()
        await peer.say(response(b'{"data":%b}' % body))


async def never_answer(peer: Peer) -> None:
    """Reads and says nothing."""
    await peer.reader.read(-1)
