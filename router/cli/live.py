"""The configuration while serving: read again when its files change or at SIGHUP, live without losing a request."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from router.cli.failure import CommandError
from router.cli.listener import Tls
from router.cli.settings import ServeSettings, load_settings, make_generation, set_up_logs
from router.config.load import Loaded
from router.config.model import RouterConfig
from router.engine.reload import UnusableSupergraphError
from router.registry.watch import file_changes
from router.server.generations import Generations
from router.server.traffic import Traffic
from router.telemetry.logs import get_log, log_failure

_log = get_log("configuration")

NEEDS_RESTART: Final = (
    "supergraph.listen",
    "supergraph.connection_shutdown_timeout",
    "supergraph.shutdown_delay",
    "server",
    "tls",
    "limits.http1_max_request_buf_size",
    "telemetry.exporters.metrics",
)
"""Keys that belong to the process and its sockets; all others are live."""


class LiveConfiguration:
    """Keeps `Generations` at what the configuration says."""

    def __init__(
        self,
        settings: ServeSettings,
        loaded: Loaded,
        generations: Generations,
        traffic: Traffic,
        tls: Tls | None,
    ) -> None:
        self._settings = settings
        self._started_with = loaded.config
        self._loaded = loaded
        self._generations = generations
        self._traffic = traffic
        self._tls = tls
        self._reloading = asyncio.Lock()

    async def watch(self) -> None:
        """Reload whenever a file of the configuration changes; runs until cancelled."""
        if not self._files():
            return
        async for _ in file_changes(self._files):
            await self.reload()

    async def hang_up(self) -> None:
        """Reload everything, changed or not: configuration, certificate and supergraph.  For SIGHUP."""
        _log.info("reloading")
        await self.reload()
        await self._generations.engine.reloader.reload()

    async def reload(self) -> None:
        """Read the configuration and the certificate; what is wrong is logged, and the last good one serves on."""
        async with self._reloading:
            self._reload_certificate()
            try:
                await self._reload_configuration()
            except (CommandError, UnusableSupergraphError) as error:
                _log.error("configuration refused, keeping the last good one", reason=str(error))
                self._traffic.configuration.refuse(str(error))
            except Exception as error:
                log_failure(_log, "configuration failed to load, keeping the last good one", error)
                self._traffic.configuration.refuse("an internal error; the log has more")

    def _files(self) -> Collection[Path]:
        files = [] if self._settings.config is None else [Path(self._settings.config)]
        if self._tls is not None:
            files += [self._tls.files.certificate, self._tls.files.key]
        return files

    def _reload_certificate(self) -> None:
        if self._tls is None:
            return
        try:
            self._tls.load()
        except CommandError as error:
            _log.error("certificate refused, keeping the last good one", reason=str(error))

    async def _reload_configuration(self) -> None:
        loaded = await asyncio.to_thread(load_settings, self._settings)
        if loaded.config == self._loaded.config:
            self._traffic.configuration.settle()
            return
        generation = make_generation(self._settings, loaded, self._traffic)
        await self._generations.replace(generation)
        self._loaded = loaded
        set_up_logs(self._settings, loaded.config)
        self._traffic.configuration.take()
        _log.info("configuration changed", old_generations=self._generations.old)
        late = sorted(waiting_for_a_restart(self._started_with, loaded.config))
        if late:
            _log.warning("some changes need a restart of the router", keys=late)


def waiting_for_a_restart(started_with: RouterConfig, now: RouterConfig) -> Iterable[str]:
    """Give the keys that say something else than what the process was started with."""
    before, after = started_with.model_dump(), now.model_dump()
    return (key for key in NEEDS_RESTART if _value(before, key) != _value(after, key))


def _value(values: Mapping[str, Any], key: str) -> Any:
    for part in key.split("."):
        values = values[part]
    return values
