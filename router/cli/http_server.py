"""uvicorn's server with an ordered end: say so, stop accepting, let work finish, then cut."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Final

import uvicorn

from router.cli.http_protocol import EdgeLimits, EdgeProtocol
from router.cli.websocket_protocol import WebSocketProtocol
from router.server.traffic import Traffic
from router.telemetry.logs import get_log

_log = get_log("server")

_CUT_S: Final = 2.0
"""For requests that were cut to notice."""

UVICORN: Final[dict[str, Any]] = {
    "ws": WebSocketProtocol,
    "ws_max_size": 2_000_000,
    "ws_per_message_deflate": False,
    "lifespan": "on",
    "access_log": False,
    "log_config": None,
    "server_header": False,
    "proxy_headers": False,
}


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """How long things may take at the edge."""

    connections: EdgeLimits = field(default_factory=EdgeLimits)
    drain_s: float = 30.0
    """For requests and subscriptions under way to end after a signal; then they are cut."""
    linger_s: float = 0.0
    """How long new connections are still taken after ``/health/ready`` has begun to say no."""


class EdgeServer(uvicorn.Server):
    """A server that says when it is ready, watches how slow clients are, and ends in order.

    The first SIGTERM or SIGINT starts the end, the second hurries it.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        limits: ServerLimits,
        traffic: Traffic,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._limits = limits
        self._traffic = traffic
        self._on_ready = on_ready
        self._sweep: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the app, then listen on ``sockets``, then call ``on_ready``."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            # Why is in the log; `started` stays false.
            self.should_exit = True
            return
        loop = asyncio.get_running_loop()

        def connected() -> asyncio.Protocol:
            return EdgeProtocol(
                self.config,
                self._limits.connections,
                server_state=self.server_state,
                app_state=self.lifespan.state,
                _loop=loop,
            )

        for bound in sockets or []:
            is_unix = bound.family == getattr(socket, "AF_UNIX", None)
            listen = loop.create_unix_server if is_unix else loop.create_server
            server = await listen(connected, sock=bound, ssl=self.config.ssl, backlog=self.config.backlog)
            self.servers = [*getattr(self, "servers", []), server]
        self._sweep = loop.create_task(self._check_connections())
        self.started = True
        self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal: the end, and then now."""
        self._captured_signals.append(sig)
        self.stop()

    def stop(self) -> None:
        """Begin the end; called again, hurry it.  Safe in a signal handler."""
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End: no longer ready, no longer accepting, draining, cutting, and the app's own end last."""
        connections = self.server_state.connections
        self._traffic.announce()
        _log.info("shutting down", connections=len(connections), drain_s=self._limits.drain_s)
        await self._until(lambda: False, self._limits.linger_s)
        for server in self.servers:
            server.close()
        for bound in sockets or []:
            bound.close()
        # Not before: who is sent away would come back to this very server.
        self._traffic.drain()
        for connection in list(connections):
            if isinstance(connection, EdgeProtocol):
                connection.shutdown()
        await self._until(lambda: not connections and not self.server_state.tasks, self._limits.drain_s)
        if connections:
            _log.warning("cutting what did not end in time", connections=len(connections))
        await self._cut()
        if self._sweep is not None:
            self._sweep.cancel()
        await self.lifespan.shutdown()

    async def _cut(self) -> None:
        for connection in list(self.server_state.connections):
            # A WebSocket closes with 1012, service restart.
            connection.cut() if isinstance(connection, EdgeProtocol) else connection.shutdown()
        tasks = self.server_state.tasks
        is_done = await self._until(lambda: not tasks, _CUT_S, is_hurried=False)
        for connection in list(self.server_state.connections):
            with contextlib.suppress(AttributeError):
                connection.transport.abort()
        if not is_done:
            for task in list(tasks):
                task.cancel()
            await self._until(lambda: not tasks, _CUT_S, is_hurried=False)

    async def _until(self, is_done: Callable[[], bool], timeout_s: float, *, is_hurried: bool = True) -> bool:
        """Wait for something, for a time, or for the second signal.  Gives whether it came."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + timeout_s
        while not is_done():
            if loop.time() >= end_s or (is_hurried and self.force_exit):
                return False
            await asyncio.sleep(0.02)
        return True

    async def _check_connections(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._limits.connections.sweep_s)
            now_s = loop.time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, EdgeProtocol):
                    connection.check(now_s)


@contextlib.asynccontextmanager
async def on_signal(number: signal.Signals | None, call: Callable[[], None]) -> AsyncIterator[None]:
    """Call something at a signal, in the event loop; None: no such signal on this system."""
    if number is None:
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(number, call)
    try:
        yield
    finally:
        loop.remove_signal_handler(number)
