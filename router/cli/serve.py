"""``olympus serve``: the router on uvicorn, in one process or several."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import replace
from typing import Any, NoReturn

import uvicorn

from router.cli.failure import CommandError
from router.cli.http_protocol import EdgeLimits
from router.cli.http_server import UVICORN, EdgeServer, ServerLimits, on_signal
from router.cli.listener import BACKLOG, Place, Tls, TlsFiles, address, listening, read_place
from router.cli.live import LiveConfiguration
from router.cli.metrics import MetricsHome, metrics_home
from router.cli.settings import ServeSettings, load_settings, make_generation, set_up_logs
from router.cli.workers import Workers
from router.config.load import Loaded
from router.config.model import RouterConfig
from router.engine.reload import UnusableSupergraphError
from router.server.generations import Generations
from router.server.traffic import Traffic


def run_serve(settings: ServeSettings, workers: int) -> None:
    """Serve until a signal.  Raises: CommandError when there is nothing to serve or nowhere to listen."""
    if workers > 1 and not hasattr(os, "fork"):
        raise CommandError("This system has one process per router: leave --workers out.", 2)
    loaded = load_settings(settings)
    set_up_logs(settings, loaded.config)
    if workers > 1:
        _check_reach(loaded.config)
    router = _Router(settings, loaded)
    with (
        ends_in_order(),
        listening(_place(settings, loaded.config)) as bound,
        metrics_home(loaded.config, workers) as metrics,
    ):
        router.metrics = metrics
        router.prepare()
        url = address(bound, is_tls=router.tls is not None) + loaded.config.supergraph.path
        if workers == 1:
            router.serve(bound, lambda: print(f"Olympus Router is ready at {url}", flush=True))
            return
        print(f"Olympus Router starts {workers} workers at {url}", flush=True)
        Workers(
            workers,
            lambda slot, life, on_ready: router.work(bound, slot, life, on_ready),
            router.limits.linger_s + router.limits.drain_s,
            lambda: print(f"Olympus Router is ready at {url}", flush=True),
        ).run()


def _check_reach(config: RouterConfig) -> None:
    """Refuse what would be said to the clients of one worker only, and missed by the others without a word."""
    for key, section in (("realtime", config.realtime), ("subscription.events", config.subscription.events)):
        if section.enabled and section.redis is None:
            raise CommandError(
                f"Several workers share {key} through Redis only: set {key}.redis.url, or leave --workers out.",
                2,
            )


class _Router:
    """One process's router: made in the parent, served there or in its workers."""

    def __init__(self, settings: ServeSettings, loaded: Loaded) -> None:
        self._settings = settings
        self._loaded = loaded
        self._traffic = Traffic()
        self._generation = make_generation(settings, loaded, self._traffic)
        files = loaded.config.tls.supergraph
        self.tls = None if files is None else Tls(TlsFiles(files.certificate, files.key))
        self.limits = server_limits(loaded.config)
        self.metrics: MetricsHome | None = None

    def prepare(self) -> None:
        """Load the supergraph, or see that what was loaded is still so.  Raises: CommandError."""
        try:
            self._generation.engine.reloader.load_now()
        except UnusableSupergraphError as error:
            raise CommandError(str(error)) from None

    def work(self, bound: socket.socket, slot: int, life: int, on_ready: Callable[[], None]) -> None:
        """Serve as a worker: with what is in the files now, not when the parent started."""
        with ends_in_order():
            with suppress(CommandError):
                loaded = load_settings(self._settings)
                if loaded.config != self._loaded.config:
                    generation = make_generation(self._settings, loaded, self._traffic)
                    with suppress(UnusableSupergraphError):
                        generation.engine.reloader.load_now()
                        self._loaded, self._generation = loaded, generation
            with suppress(CommandError):
                self.prepare()
            self.serve(bound, on_ready, life, slot)

    def serve(
        self,
        bound: socket.socket,
        on_ready: Callable[[], None],
        life: int | None = None,
        slot: int | None = None,
    ) -> None:
        """Serve until a signal, or until the parent is gone.  Raises: CommandError when it did not start."""
        if self.metrics is not None:
            self.metrics.begin(self._traffic, slot)
        generations = Generations(self._generation)
        server = edge_server(generations, self.limits, self._traffic, on_ready, self.tls)
        live = LiveConfiguration(self._settings, self._loaded, generations, self._traffic, self.tls)

        async def run() -> None:
            loop = asyncio.get_running_loop()
            tasks: set[asyncio.Task[None]] = set()

            def start(work: Coroutine[Any, Any, None]) -> None:
                task = loop.create_task(work)
                tasks.add(task)
                task.add_done_callback(tasks.discard)

            async with AsyncExitStack() as stack:
                hang_up = getattr(signal, "SIGHUP", None)
                if self.metrics is not None:
                    await stack.enter_async_context(self.metrics.living(self._traffic))
                await stack.enter_async_context(on_signal(hang_up, lambda: start(live.hang_up())))
                if life is not None:
                    loop.add_reader(life, _parent_gone, loop, life, server)
                start(live.watch())
                await server.serve(sockets=[bound])
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

        run_in_loop(server, run)


def _parent_gone(loop: asyncio.AbstractEventLoop, life: int, server: EdgeServer) -> None:
    """End as after a signal: nothing is ever written, so what can be read is the end."""
    loop.remove_reader(life)
    server.stop()


def edge_server(
    app: Any,
    limits: ServerLimits,
    traffic: Traffic,
    on_ready: Callable[[], None],
    tls: Tls | None = None,
) -> EdgeServer:
    """Make the server of one process."""
    given: dict[str, Any] = {}
    if tls is not None:
        given["ssl_context_factory"] = lambda _config, _default: tls.context
    config = uvicorn.Config(app, backlog=BACKLOG, **given, **UVICORN)
    return EdgeServer(config, limits, traffic, on_ready)


def server_limits(config: RouterConfig) -> ServerLimits:
    """Give what the configuration says of connections."""
    http = config.server.http
    return ServerLimits(
        EdgeLimits(
            config.limits.http1_max_request_buf_size, http.read_timeout, http.write_timeout, http.idle_timeout
        ),
        config.supergraph.connection_shutdown_timeout,
        config.supergraph.shutdown_delay,
    )


def run_in_loop(server: EdgeServer, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a server in an event loop of its own.  Raises: CommandError when it did not start."""
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(run())
    if not server.started:
        raise CommandError("The server did not start; the log above says why.")


@contextmanager
def ends_in_order() -> Iterator[None]:
    """Make SIGTERM unwind this process like ^C does, before, while and after the server has its signals."""

    def stop(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def _place(settings: ServeSettings, config: RouterConfig) -> Place:
    place = read_place(config.supergraph.listen)
    if settings.host is None and settings.port is None:
        return place
    if place.path is not None:
        place = Place("127.0.0.1", 4000)
    return replace(
        place,
        host=place.host if settings.host is None else settings.host,
        port=place.port if settings.port is None else settings.port,
    )
