"""``olympus registry`` in a process of its own, and the commands of subgraph owners."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from router.cli.registry_client import Target, ask
from router.cli.releases import RELEASES

WAIT_S = 60.0


def olympus(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    command = [sys.executable, "-m", "router", *map(str, arguments)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
        timeout=WAIT_S * 2,
    )


@dataclass
class RunningRegistry:
    """A registry that may be killed and started again on its port."""

    folder: Path
    database: str
    port: int = 0
    url: str = ""
    process: subprocess.Popen[str] | None = field(default=None, repr=False)
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Registries that share a server are given their key; one with a file makes its own."""
        if not self.database.startswith("sqlite"):
            key = self.folder / "signing.pem"
            assert olympus("registry", "key", "create", key).returncode == 0
            self.environment["OLYMPUS_REGISTRY__SIGNING__PRIVATE_KEYS"] = json.dumps([str(key)])

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [sys.executable, "-m", "router", "registry"]
        command += ["--database", self.database, "--port", str(self.port), "--log-level", "warning"]
        with (self.folder / "registry.log").open("a") as log:
            self.process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=self.folder,
                env={**os.environ, **self.environment},
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "is ready at" in line, (self.folder / "registry.log").read_text()
        self.url = line.split()[-1]
        self.port = int(self.url.rpartition(":")[2].partition("/")[0])

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it, and wait for the end."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(WAIT_S)
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None

    def admin(self, *arguments: object) -> str:
        """Run ``olympus registry …`` on its database; gives the output."""
        done = olympus("registry", *arguments, "--database", self.database, **self.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@dataclass
class Owner:
    """Who runs the commands, with a token, on one variant."""

    registry: RunningRegistry
    token: str
    graph: str = "shop"
    variant: str = "production"

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run one command."""
        return olympus(
            *arguments,
            OLYMPUS_REGISTRY_URL=self.registry.url,
            OLYMPUS_REGISTRY_TOKEN=self.token,
            OLYMPUS_GRAPH=self.graph,
            OLYMPUS_VARIANT=self.variant,
        )

    def releases(self) -> list[dict[str, Any]]:
        """Give the releases, the newest first, without the start of a command."""
        target = Target(self.registry.url, self.token, self.graph, self.variant)
        data = ask(target, RELEASES, graph=self.graph, variant=self.variant, first=20)
        releases: list[dict[str, Any]] = data["graph"]["variant"]["releases"]
        return releases

    def json(self, *arguments: object) -> Any:
        """Run one command, and read its JSON."""
        return json.loads(self.run(*arguments, "--format", "json").stdout)


@contextmanager
def running_registry(folder: Path, database: str | None = None) -> Iterator[RunningRegistry]:
    """A registry in a process of its own, until the end."""
    registry = RunningRegistry(folder, database or f"sqlite:///{folder / 'registry.db'}")
    registry.start()
    try:
        yield registry
    finally:
        registry.stop(signal.SIGKILL)


def following(folder: Path, registry: RunningRegistry, token: str, public_key: str, more: str = "") -> Path:
    """Write the configuration of a router that follows ``shop@production``."""
    folder.mkdir(exist_ok=True)
    config = folder / "olympus.yaml"
    config.write_text(
        f"""
supergraph:
  listen: 127.0.0.1:0
  registry:
    url: {registry.url}
    graph: shop
    token: {token}
    public_key: {public_key}
    last_good: last-good.json
health_check: {{ reasons: true }}
include_subgraph_errors: {{ all: true }}
{more}
"""
    )
    return config


def until(condition: Any, what: str, timeout_s: float = WAIT_S) -> float:
    """Wait until a condition holds; gives how long that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < timeout_s, f"{what} did not happen"
        time.sleep(0.01)
    return time.monotonic() - began
