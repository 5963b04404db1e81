"""What ``olympus serve`` was asked to serve, and the generation that does so."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from router.cli.failure import CommandError
from router.cli.observers import make_observers
from router.config.load import Loaded, load
from router.config.model import RouterConfig
from router.config.options import engine_options, server_options
from router.config.problem import ConfigError
from router.config.sources import registry_source, remote_source, subgraphs_source
from router.config.supergraph import remote_options
from router.engine.engine import Engine
from router.engine.reload import SupergraphSource, file_source
from router.registry.remote import RemoteOptions
from router.server.app import create_living_app
from router.server.generations import Generation
from router.server.traffic import Traffic
from router.telemetry.logs import configure_logs


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """What was asked for on the command line; None leaves it to the configuration file."""

    supergraph: str | None = None
    """A file, or a URL."""
    subgraphs: str | None = None
    config: str | None = None
    host: str | None = None
    port: int | None = None
    is_development: bool = False
    log_level: str | None = None
    log_format: str | None = None


def load_settings(settings: ServeSettings) -> Loaded:
    """Read the configuration.  Raises: CommandError."""
    try:
        return load(None if settings.config is None else Path(settings.config), os.environ)
    except ConfigError as error:
        raise CommandError(str(error), 2) from None


def set_up_logs(settings: ServeSettings, config: RouterConfig) -> None:
    """Set up this process's logs."""
    shape = settings.log_format or config.log.format
    if shape == "auto":
        shape = "text" if sys.stderr.isatty() else "json"
    configure_logs(settings.log_level or config.log.level, "text" if shape == "text" else "json")


def make_generation(settings: ServeSettings, loaded: Loaded, traffic: Traffic) -> Generation:
    """Make the engine and the app of a configuration; nothing is loaded yet.  Raises: CommandError."""
    is_development = settings.is_development
    try:
        engine = Engine(
            _source(settings, loaded.config),
            engine_options(loaded.config, is_development=is_development),
            observers=make_observers(loaded.config, traffic),
            broker=traffic.events,
        )
        options = server_options(loaded.config, is_development=is_development)
    except ConfigError as error:
        raise CommandError(str(loaded.placed(error)), 2) from None
    return Generation(engine, create_living_app(engine, options, traffic))


def _source(settings: ServeSettings, config: RouterConfig) -> SupergraphSource:
    """Choose the source: the command line's before the file's."""
    if settings.supergraph is not None and settings.subgraphs is not None:
        raise CommandError("Give --supergraph or --subgraphs, not both.", 2)
    section, urls = config.supergraph, config.override_subgraph_url
    if settings.supergraph is not None:
        if settings.supergraph.startswith(("http://", "https://")):
            return remote_source(RemoteOptions(settings.supergraph))
        return file_source(Path(settings.supergraph))
    if settings.subgraphs is not None:
        return subgraphs_source(Path(settings.subgraphs), os.environ, urls)
    if section.file is not None:
        return file_source(section.file)
    if section.subgraphs is not None:
        return subgraphs_source(section.subgraphs, os.environ, urls)
    if section.remote is not None:
        return remote_source(remote_options(section.remote))
    if section.registry is not None:
        return registry_source(section.registry)
    raise CommandError(
        "No supergraph to serve: give --supergraph FILE or URL, or --subgraphs supergraph.yaml or a folder, or set "
        "supergraph.file, supergraph.subgraphs, supergraph.remote or supergraph.registry in the file of --config.",
        2,
    )
