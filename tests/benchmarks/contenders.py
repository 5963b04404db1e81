"""Who is measured, on what: gateways, how each is started, and the workloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

GATEWAYS_FOLDER = Path(__file__).parent / "gateways"

WORKLOADS: Mapping[str, str] = {
    "heavy": "the public federation benchmark's operation, every request the same (88 kB back)",
    "light": "one subgraph, about 200 bytes back",
    "unique": "the heavy operation with a variable that differs per request and reaches every fetch: "
    "nothing can be shared",
    "cold": "the heavy operation under a new name per request: parse, validate, plan, execute",
}
SHAREABLE = ("heavy", "light")
"""Workloads where sharing makes a difference."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """One line of the tables."""

    name: str
    """For the command line."""
    title: str
    launcher: Path
    """Serves POST /graphql in the foreground on 127.0.0.1:$PORT for the supergraph file $SUPERGRAPH, with
    $WORKERS processes; $PEERS is the folder that has node_modules."""
    environment: Mapping[str, str] = field(default_factory=dict)
    workloads: tuple[str, ...] = tuple(WORKLOADS)
    workers: int | None = None
    """Processes, on all cores; None: as many as the command line says, on the gateway's cores."""


def _known(
    name: str,
    title: str,
    folder: str,
    environment: Mapping[str, str] | None = None,
    workloads: tuple[str, ...] = tuple(WORKLOADS),
) -> Gateway:
    return Gateway(name, title, GATEWAYS_FOLDER / folder / "run", environment or {}, workloads)


APOLLO = "apollo-gateway"
HIVE_RUST = "hive-rust"
GATEWAYS: Mapping[str, Gateway] = {
    gateway.name: gateway
    for gateway in (
        _known("olympus", "Olympus Router", "olympus"),
        _known(
            "olympus-whole",
            "Olympus Router, whole requests shared",
            "olympus",
            {"SHARING": "whole-requests"},
            SHAREABLE,
        ),
        _known(
            "olympus-unshared",
            "Olympus Router, nothing shared",
            "olympus",
            {"SHARING": "nothing"},
            SHAREABLE,
        ),
        _known(APOLLO, "Apollo Gateway", "apollo-gateway"),
        _known("hive", "Hive Gateway", "hive-gateway"),
        _known(HIVE_RUST, "Hive Gateway, Rust planner", "hive-gateway-rust-planner"),
        _known(
            "hive-rust-unshared",
            "Hive Gateway, Rust planner, whole requests not shared",
            "hive-gateway-rust-planner",
            {"HIVE_DEDUPE": "0"},
            SHAREABLE,
        ),
    )
}


SCALING = tuple(
    Gateway(
        f"olympus-x{count}",
        f"Olympus Router, {count} worker{'s' * (count > 1)}",
        GATEWAYS["olympus"].launcher,
        {},
        (),
        count,
    )
    for count in (1, 2)
)
"""The same router with one worker and with two: what `--scaling` compares."""


def gateway_of(given: str) -> Gateway:
    """A gateway by its name, or any launcher as ``NAME=PATH``.  Raises: KeyError."""
    name, _, path = given.partition("=")
    return Gateway(name, name, Path(path).resolve()) if path else GATEWAYS[name]
