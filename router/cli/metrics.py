"""Metrics of ``olympus serve``: one listener, and figures that several workers share."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import uvicorn

from router.cli.http_server import UVICORN, EdgeServer, ServerLimits
from router.cli.listener import BACKLOG, listening_socket, read_place
from router.config.model import RouterConfig
from router.config.telemetry import push_options
from router.server.metrics import metrics_app
from router.server.traffic import Traffic
from router.telemetry.logs import get_log

_log = get_log("metrics")


class _Listener(EdgeServer):
    """Ends at once and says nothing: the router drains before, and is watched meanwhile."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close everything."""
        for server in self.servers:
            server.close()
        await self._cut()
        if self._sweep is not None:
            self._sweep.cancel()


@dataclass(frozen=True, slots=True)
class MetricsHome:
    """What the parent has ready before it begins to serve, or forks."""

    config: RouterConfig
    bound: socket.socket | None
    """Of the listener of its own; None where metrics are told beside GraphQL, or not at all."""
    folder: Path | None
    """Of several workers."""

    @asynccontextmanager
    async def living(self, traffic: Traffic) -> AsyncIterator[None]:
        """Answer scrapes and read the router's parts meanwhile."""
        if traffic.metrics is None:
            yield
            return
        tasks = [asyncio.create_task(traffic.metrics.sample())]
        server: EdgeServer | None = None
        if self.bound is not None:
            path = self.config.telemetry.exporters.metrics.prometheus.path
            given = {**UVICORN, "lifespan": "off"}
            config = uvicorn.Config(metrics_app(traffic, path), backlog=BACKLOG, **given)
            server = _Listener(config, ServerLimits(), Traffic())
            host, port = self.bound.getsockname()[:2]
            _log.info("metrics are told", host=host, port=port, path=path)
            tasks.append(asyncio.create_task(server._serve(sockets=[self.bound])))
        try:
            yield
        finally:
            tasks[0].cancel()
            if server is not None:
                server.stop()
            await asyncio.gather(*tasks, return_exceptions=True)

    def begin(self, traffic: Traffic, slot: int | None) -> None:
        """Make this process's metrics, where they are on; ``slot``: of a worker."""
        section = self.config.telemetry.exporters.metrics
        if not section.is_on:
            return
        # The library is not needed where metrics are off.
        from router.telemetry.metrics.process import Metrics, MetricsOptions, WorkerPlace  # noqa: PLC0415

        place = None if self.folder is None or slot is None else WorkerPlace(self.folder, slot)
        options = MetricsOptions(
            section.common.max_label_values, section.common.buckets, push_options(section)
        )
        traffic.metrics = Metrics(options, version("olympus-router"), place)


@contextmanager
def metrics_home(config: RouterConfig, workers: int) -> Iterator[MetricsHome]:
    """Bind the listener, and make the folder that workers share.  Raises: CommandError when the place is taken."""
    section = config.telemetry.exporters.metrics
    prometheus = section.prometheus
    bound: socket.socket | None = None
    with contextlib.ExitStack() as stack:
        if prometheus.enabled and prometheus.listen != config.supergraph.listen:
            place = read_place(prometheus.listen)
            bound = stack.enter_context(listening_socket(place.host, place.port))
        folder: Path | None = None
        if section.is_on and workers > 1:
            from router.telemetry.metrics.workers import make_folder, remove_folder  # noqa: PLC0415

            folder = make_folder()
            stack.callback(remove_folder, folder)
        yield MetricsHome(config, bound, folder)
