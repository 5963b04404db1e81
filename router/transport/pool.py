"""The connections of one origin and the exchanges that wait for one.

Every decision is taken synchronously, so a cancelled caller can interrupt none.  Connecting
belongs to the pool and not to the exchange that caused it: when its caller leaves, the new
connection serves the next one or becomes idle.

Invariant: an exchange is in the queue, or on a connection, or done.
Invariant: len(open) + len(connecting) <= max_connections.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections import OrderedDict, deque

from router.errors import (
    SubgraphConnectionLostError,
    SubgraphConnectTimeoutError,
    SubgraphError,
    SubgraphPoolTimeoutError,
    SubgraphTimeoutError,
)
from router.transport.base import SubgraphRequest
from router.transport.connect_failure import connect_failure
from router.transport.connection import HttpConnection
from router.transport.deadlines import Deadlines
from router.transport.exchange import Deliver, Exchange
from router.transport.options import HttpOptions
from router.transport.request_head import Origin

_CLOSED = "the router closed its client before the answer"


class ConnectionPool:
    """Keeps up to ``max_connections`` connections and serves exchanges in order of arrival."""

    def __init__(self, origin: Origin, options: HttpOptions, ssl_context: ssl.SSLContext | None) -> None:
        self._origin = origin
        self._options = options
        self._ssl_context = ssl_context
        self._loop = asyncio.get_running_loop()
        self._deadlines = Deadlines(self._loop)
        self._open: set[HttpConnection] = set()
        self._idle: deque[HttpConnection] = deque()  # oldest first; the newest is used first
        self._connecting: set[asyncio.Task[None]] = set()
        self._queue: OrderedDict[Exchange, None] = OrderedDict()
        self._sweep: asyncio.TimerHandle | None = None
        self._is_closed = False

    def __repr__(self) -> str:
        return (
            f"<ConnectionPool {self._origin.host}:{self._origin.port} open={len(self._open)} "
            f"idle={len(self._idle)} connecting={len(self._connecting)} queued={len(self._queue)}>"
        )

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Connections open, idle and being made, and exchanges queued."""
        return len(self._open), len(self._idle), len(self._connecting), len(self._queue)

    def submit(self, request: SubgraphRequest, wire: bytes, deliver: Deliver) -> Exchange:
        """Sends ``wire`` on an idle connection, or queues it and sees that a connection comes."""
        exchange = Exchange(request, wire, deliver, self._deadlines)
        connection = self._take_idle(request.is_query)
        if connection is not None:
            connection.start(exchange)
        else:
            self._queue[exchange] = None
            exchange.carrier = self
            self._fill()
        return exchange

    async def close(self) -> None:
        """Ends every exchange with an error and waits until nothing is left open."""
        self._is_closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        self._deadlines.close()
        connecting = list(self._connecting)
        for task in connecting:
            task.cancel()
        for exchange in list(self._queue):
            exchange.finish(SubgraphConnectionLostError(exchange.request.subgraph, _CLOSED))
        self._queue.clear()
        for connection in list(self._open):
            connection.fail(SubgraphConnectionLostError, _CLOSED)
        await asyncio.gather(*connecting, return_exceptions=True)
        await asyncio.sleep(0)  # transports report their end on the next turn of the loop

    # Owner, for connections

    def release(self, connection: HttpConnection) -> None:
        """The next in the queue, or idle; or, when it has served long enough, closed."""
        if connection.retires_at is not None and self._loop.time() >= connection.retires_at:
            connection.abort()
            self.discard(connection)
            return
        if self._queue:
            connection.start(self._queue.popitem(last=False)[0])
            return
        connection.idle_since = self._loop.time()
        self._idle.append(connection)
        if self._sweep is None:
            self._sweep = self._loop.call_later(self._options.idle_s, self._close_expired)

    def discard(self, connection: HttpConnection) -> None:
        """Takes it out everywhere and replaces it if somebody waits."""
        if connection in self._open:
            self._open.remove(connection)
            if connection in self._idle:
                self._idle.remove(connection)
            self._fill()

    def resend(self, exchange: Exchange) -> None:
        """To the head of the queue, past idle connections: those may be as dead as the last one."""
        self._queue[exchange] = None
        self._queue.move_to_end(exchange, last=False)
        exchange.carrier = self
        self._fill()

    # Carrier, for queued exchanges

    def drop(self, exchange: Exchange) -> None:
        """Out of the queue; a connection already being made goes on."""
        self._queue.pop(exchange, None)

    def timeout_error(self, request: SubgraphRequest) -> SubgraphTimeoutError:
        """Says whether the subgraph or the size of the pool was to blame."""
        if self._connecting:
            return SubgraphConnectTimeoutError(
                request.subgraph, f"no connection to {self._name} within {request.timeout_s:g} s"
            )
        return SubgraphPoolTimeoutError(
            request.subgraph,
            f"all {self._options.max_connections} connections to {self._name} were busy "
            f"for {request.timeout_s:g} s",
        )

    # Inside

    @property
    def _name(self) -> str:
        return self._origin.unix_path or f"{self._origin.host}:{self._origin.port}"

    def _take_idle(self, is_query: bool) -> HttpConnection | None:
        while self._idle:
            connection = self._idle.pop()
            if is_query or not connection.has_unread_input():
                return connection
            self._open.discard(connection)
            connection.abort()
        return None

    def _close_expired(self) -> None:
        self._sweep = None
        oldest = self._loop.time() - self._options.idle_s
        while self._idle and self._idle[0].idle_since <= oldest:
            connection = self._idle.popleft()
            self._open.discard(connection)
            connection.abort()
        if self._idle:
            self._sweep = self._loop.call_at(
                self._idle[0].idle_since + self._options.idle_s, self._close_expired
            )

    def _fill(self) -> None:
        """Starts connecting until there is a connection on its way for each exchange that waits."""
        while not self._is_closed and len(self._connecting) < len(self._queue) and self._has_room():
            task = self._loop.create_task(self._connect())
            self._connecting.add(task)

    def _has_room(self) -> bool:
        if len(self._open) + len(self._connecting) < self._options.max_connections:
            return True
        if self._idle:  # only after a resend: make room for a connection known to be new
            connection = self._idle.popleft()
            self._open.discard(connection)
            connection.abort()
            return True
        return False

    async def _connect(self) -> None:
        connection = HttpConnection(self, self._options)
        failure: tuple[type[SubgraphError], str] | None = None
        is_connected = False
        try:
            async with asyncio.timeout(self._options.connect_timeout_s):
                await self._open_transport(connection)
            is_connected = True
        except (OSError, ValueError) as error:
            failure = connect_failure(error, self._name)
        finally:
            task = asyncio.current_task()
            if task is not None:
                self._connecting.discard(task)
            if not is_connected:
                connection.abort()
        if failure is None and not connection.is_open:
            failure = (SubgraphConnectionLostError, f"{self._name} closed a new connection at once")
        if failure is None:
            if self._options.max_age_s is not None:
                age_s = self._options.max_age_s * random.uniform(0.9, 1.1)  # noqa: S311  # no secret
                connection.retires_at = self._loop.time() + age_s
            self._open.add(connection)
            self.release(connection)
        elif self._queue:
            exchange = self._queue.popitem(last=False)[0]
            exchange.finish(failure[0](exchange.request.subgraph, failure[1]))
            self._fill()

    async def _open_transport(self, connection: HttpConnection) -> None:
        origin = self._origin
        if origin.unix_path is not None:
            await self._loop.create_unix_connection(lambda: connection, origin.unix_path)
        else:
            context = self._ssl_context if origin.is_tls else None
            await self._loop.create_connection(lambda: connection, origin.host, origin.port, ssl=context)
