"""``olympus serve``: the router on uvicorn, in one process or several."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import uvicorn
from uvicorn.supervisors import Multiprocess

from router.cli.failure import CommandError
from router.cli.http_protocol import HeadLimitProtocol
from router.cli.websocket_protocol import WebSocketProtocol
from router.config.load import Loaded, load
from router.config.model import RouterConfig
from router.config.options import engine_options, listen_address, server_options
from router.config.problem import ConfigError
from router.config.sources import subgraphs_source
from router.engine.engine import Engine
from router.engine.reload import SupergraphSource, UnusableSupergraphError, file_source
from router.server.app import App, create_app
from router.telemetry.logs import configure_logs

SHUTDOWN_S: Final = 5
"""How long requests under way may take to end after a signal; then they are cut."""

_ENVIRONMENT: Final = "OLYMPUS_SERVE"
"""How a worker process learns what to serve."""


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """What was asked for on the command line; None leaves it to the configuration file."""

    supergraph: str | None = None
    subgraphs: str | None = None
    config: str | None = None
    host: str | None = None
    port: int | None = None
    is_development: bool = False
    log_level: str | None = None
    log_format: str | None = None


def run_serve(settings: ServeSettings, workers: int) -> None:
    """Serve until a signal.  Raises: CommandError when there is nothing to serve or nowhere to listen."""
    loaded = _load(settings)
    config = loaded.config
    _set_up_logs(settings, config)
    host, port = listen_address(config)
    host, port = settings.host or host, port if settings.port is None else settings.port
    engine = _engine(settings, loaded)
    try:
        engine.reloader.load_now()
    except UnusableSupergraphError as error:
        raise CommandError(str(error)) from None
    sizes: dict[str, Any] = {"h11_max_incomplete_event_size": config.limits.http1_max_request_buf_size}
    with ends_in_order(), listening_socket(host, port) as bound:
        url = address(bound) + config.supergraph.path
        if workers == 1:
            app = create_app(engine, server_options(config, is_development=settings.is_development))
            ready = f"Olympus Router is ready at {url}"
            run_server(
                ReadyServer(uvicorn.Config(app, **sizes, **UVICORN), lambda: print(ready, flush=True)), bound
            )
            return
        os.environ[_ENVIRONMENT] = json.dumps(asdict(settings))
        configuration = uvicorn.Config(
            "router.cli.serve:worker_app", factory=True, workers=workers, **sizes, **UVICORN
        )
        print(f"Olympus Router starts {workers} workers at {url}", flush=True)
        Multiprocess(configuration, sockets=[bound]).run()


def worker_app() -> App:
    """Make the app of one worker process; called by uvicorn there."""
    settings = ServeSettings(**json.loads(os.environ[_ENVIRONMENT]))
    loaded = _load(settings)
    config = loaded.config
    _set_up_logs(settings, config)
    return create_app(
        _engine(settings, loaded), server_options(config, is_development=settings.is_development)
    )


UVICORN: Final[dict[str, Any]] = {
    "http": HeadLimitProtocol,
    "ws": WebSocketProtocol,
    "ws_max_size": 2_000_000,
    "ws_per_message_deflate": False,
    "lifespan": "on",
    "access_log": False,
    "log_config": None,
    "server_header": False,
    "proxy_headers": False,
    # Longer than a proxy's usual 60 s, so that the proxy closes first.
    "timeout_keep_alive": 75,
    "timeout_graceful_shutdown": SHUTDOWN_S,
}


class ReadyServer(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call ``on_ready``."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()


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


def run_server(server: uvicorn.Server, bound: socket.socket) -> None:
    """Run a server until SIGINT or SIGTERM; both end it in order.

    Raises: CommandError when it did not start.
    """
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=[bound]))
    if not server.started:
        raise CommandError("The server did not start; the log above says why.")


def listening_socket(host: str, port: int) -> socket.socket:
    """Bind a port, before anything slow is done.  Raises: CommandError when it is taken."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
        raise CommandError(f"Cannot listen on {host}:{port}: {reason}. Try another --port.") from None


def address(bound: socket.socket) -> str:
    """Give the origin that clients reach a socket at."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _load(settings: ServeSettings) -> Loaded:
    try:
        return load(None if settings.config is None else Path(settings.config), os.environ)
    except ConfigError as error:
        raise CommandError(str(error), 2) from None


def _set_up_logs(settings: ServeSettings, config: RouterConfig) -> None:
    shape = settings.log_format or config.log.format
    configure_logs(settings.log_level or config.log.level, "text" if shape == "text" else "json")


def _engine(settings: ServeSettings, loaded: Loaded) -> Engine:
    try:
        options = engine_options(loaded.config, is_development=settings.is_development)
    except ConfigError as error:
        raise CommandError(str(loaded.placed(error)), 2) from None
    return Engine(_source(settings, loaded.config), options)


def _source(settings: ServeSettings, config: RouterConfig) -> SupergraphSource:
    """Choose the source: the command line's before the file's."""
    if settings.supergraph is not None and settings.subgraphs is not None:
        raise CommandError("Give --supergraph or --subgraphs, not both.", 2)
    if settings.supergraph is not None:
        return file_source(Path(settings.supergraph))
    if settings.subgraphs is not None:
        return subgraphs_source(Path(settings.subgraphs), os.environ)
    if config.supergraph.file is not None:
        return file_source(config.supergraph.file)
    if config.supergraph.subgraphs is not None:
        return subgraphs_source(config.supergraph.subgraphs, os.environ)
    raise CommandError(
        "No supergraph to serve: give --supergraph FILE or --subgraphs supergraph.yaml, or set "
        "supergraph.file or supergraph.subgraphs in the file of --config.",
        2,
    )
