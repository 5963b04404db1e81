"""Serve subgraphs: each on its own port with its own server, all on one event loop."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from subgraphs.events import bus_from_env

SUBGRAPHS: Final = ("orders", "products", "customers", "analytics")
"""In the order of their ports."""

SHUTDOWN_S: Final = 1
"""How long open requests and sockets may take to end; then they are cut."""


class Unservable(Exception):
    """The subgraphs cannot be served; the message says why in one line."""


def load_app(name: str) -> ASGIApp:
    """The ASGI app of one subgraph, on its default database and the bus of this process."""
    app: ASGIApp = importlib.import_module(f"subgraphs.{name}.app").create_app()
    return app


def serve(host: str, ports: Mapping[str, int]) -> None:
    """Serve until SIGINT or SIGTERM; one line is printed for each subgraph when it is ready.

    Raises: Unservable when a port is taken (before anything is started) or a subgraph does not start.
    """
    sockets = _bind(host, ports)
    try:
        # Loaded here, with the ports already ours: importing four subgraphs takes seconds.
        servers = {name: _Server(name, load_app(name)) for name in ports}
        factory = next(iter(servers.values())).config.get_loop_factory()
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(_serve(servers, sockets))
    finally:
        for bound in sockets.values():
            bound.close()


class _Server(uvicorn.Server):
    """A server that says when it is ready, and leaves the signals to `_serve`, which stops several."""

    def __init__(self, name: str, app: ASGIApp) -> None:
        super().__init__(_config(app))
        self._name = name

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for bound in sockets or ():
            host, port = bound.getsockname()[:2]
            host = f"[{host}]" if ":" in host else host
            print(f"{self._name:<10} http://{host}:{port}/graphql", flush=True)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="on",
        access_log=False,
        log_level="warning",
        # Longer than any client keeps an idle connection, so that the client closes first.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )


def _bind(host: str, ports: Mapping[str, int]) -> dict[str, socket.socket]:
    sockets: dict[str, socket.socket] = {}
    for name, port in ports.items():
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            sockets[name] = socket.create_server((host, port), family=family, backlog=2048)
        except (OSError, OverflowError) as error:
            for bound in sockets.values():
                bound.close()
            reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
            raise Unservable(
                f"{name} cannot listen on {host}:{port} ({reason}); try another --{name}-port or --port-base"
            ) from error
    return sockets


async def _serve(servers: Mapping[str, _Server], sockets: Mapping[str, socket.socket]) -> None:
    def stop() -> None:
        for server in servers.values():
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(signal_number, stop)
    running = {name: asyncio.create_task(_run(server, sockets[name])) for name, server in servers.items()}
    try:
        await asyncio.wait(running.values(), return_when=asyncio.FIRST_COMPLETED)
        stop()
        await asyncio.wait(running.values())
    finally:
        await bus_from_env().close()
    failed = [name for name, server in servers.items() if not server.started]
    if failed:
        raise Unservable(f"{' and '.join(failed)} did not start; the log above says why")
    for task in running.values():
        task.result()


async def _run(server: _Server, bound: socket.socket) -> None:
    with suppress(SystemExit):  # uvicorn's way to say that the lifespan failed, already logged
        await server.serve(sockets=[bound])
