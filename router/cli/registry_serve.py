"""``olympus registry``: the registry alone, on uvicorn."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from router.cli.failure import CommandError
from router.cli.http_server import ServerLimits
from router.cli.listener import address, listening_socket
from router.cli.serve import edge_server, ends_in_order, run_in_loop
from router.config.load import load
from router.config.problem import ConfigError
from router.config.registry import registry_options
from router.registry.options import RegistryOptions
from router.server.traffic import Traffic
from router.telemetry.logs import configure_logs

DRAIN_S = 30.0
"""How long requests under way may take to end after a signal."""


def registry_settings(config: Path | None, database: str | None) -> RegistryOptions:
    """Give the options of the configuration's ``registry``.  Raises: CommandError."""
    try:
        options = registry_options(load(config, os.environ).config.registry)
    except ConfigError as error:
        raise CommandError(str(error), 2) from None
    return options if database is None else replace(options, database_url=database)


def run_registry(options: RegistryOptions, host: str, port: int, logs: tuple[str, str]) -> None:
    """Serve until a signal.  Raises: CommandError when it cannot start."""
    from router.registry.errors import RegistryDatabaseError  # noqa: PLC0415  # SQLAlchemy is behind it
    from router.registry.keys import signers  # noqa: PLC0415
    from router.server.registry import create_registry_app  # noqa: PLC0415

    level, shape = logs
    configure_logs(level, "text" if shape == "text" else "json")
    with ends_in_order(), listening_socket(host, port) as bound:
        try:
            signers(options)
        except RegistryDatabaseError as error:
            raise CommandError(str(error)) from None
        traffic = Traffic()
        url = address(bound) + options.path
        server = edge_server(
            create_registry_app(options, traffic),
            ServerLimits(drain_s=DRAIN_S),
            traffic,
            lambda: print(f"Olympus Registry is ready at {url}", flush=True),
        )
        run_in_loop(server, lambda: server.serve(sockets=[bound]))
