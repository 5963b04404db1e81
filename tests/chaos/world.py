"""Everything that runs: Redis, registry, four subgraphs, a router of two workers, and the proxies between them."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import yaml

from router.cli.registry_client import Target, ask
from tests.benchmarks.processes import free_port
from tests.chaos.proxy import BytesProxy, HttpProxy
from tests.chaos.schedule import SUBGRAPHS
from tests.redis_server import RedisServer, redis_program

ROOT: Final = Path(__file__).parents[2]
SECRET: Final = "a-secret-of-the-chaos-run-that-nobody-needs"
GRAPH: Final = "chaos"
WORKERS: Final = 2
START_S: Final = 120.0
SUBGRAPH_TIMEOUT_S: Final = 2.0
ROUTER_TIMEOUT_S: Final = 6.0
PUBLISH: Final = """mutation ($graph: String!, $variant: String!, $subgraphs: [SubgraphInput!]!) {
  publish(graph: $graph, variant: $variant, subgraphs: $subgraphs) { outcome release { id } }
}"""
RELEASES: Final = """query ($graph: String!, $variant: String!) {
  graph(name: $graph) { variant(name: $variant) { releases(first: 200) { id isLive } } }
}"""


class Part:
    """A process that can be killed, stalled and started again with the same command."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self._command = [sys.executable, "-m", *command]
        self._environment = {**os.environ, **environment}
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; readiness is asked for elsewhere."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )

    def signal(self, number: int) -> None:
        """Send a signal; nothing when it is gone."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class World:
    """The parts by name."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in (*SUBGRAPHS, "registry")}
        self.proxies = {name: HttpProxy(port, chance) for name, port in self.ports.items()}
        program = redis_program()
        assert program is not None, "redis-server is needed"
        self.redis = RedisServer(program, folder)
        self.redis_proxy = BytesProxy(self.redis.port, chance)
        self.parts: dict[str, Part] = {}
        self.router: Part | None = None
        self.router_port = 0
        self.metrics_port = 0
        self.token = ""

    @property
    def target(self) -> Target:
        """The registry, asked directly."""
        return Target(f"http://127.0.0.1:{self.ports['registry']}/registry", self.token, GRAPH, "production")

    async def start(self) -> None:
        """Start all and wait until the router serves."""
        for proxy in (*self.proxies.values(), self.redis_proxy):
            await proxy.start()
        await asyncio.to_thread(self._start_parts)

    def sdl(self, name: str, mark: str = "") -> str:
        """A subgraph's SDL, with a field that marks the release."""
        text = (ROOT / "schema" / f"{name}.graphql").read_text("utf-8")
        return text + (
            f'\nextend type Product {{ chaosMark: String @deprecated(reason: "{mark}") }}\n' if mark else ""
        )

    def publish(self, names: tuple[str, ...], mark: str = "") -> int:
        """Publish; gives the release's id.  Raises: CommandError, AssertionError when it was refused."""
        subgraphs = [
            {
                "name": name,
                "url": f"http://127.0.0.1:{self.proxies[name].port}/graphql",
                "sdl": self.sdl(name, mark),
            }
            for name in names
        ]
        told = ask(self.target, PUBLISH, graph=GRAPH, variant="production", subgraphs=subgraphs)["publish"]
        assert told["outcome"] == "RELEASED", told
        return int(told["release"]["id"])

    def releases(self) -> list[dict[str, Any]]:
        """All releases, the newest first."""
        data = ask(self.target, RELEASES, graph=GRAPH, variant="production")
        found: list[dict[str, Any]] = data["graph"]["variant"]["releases"]
        return found

    def workers(self) -> list[int]:
        """The router's workers."""
        assert self.router is not None
        assert self.router.process is not None
        pid = self.router.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def gauge(self, name: str) -> float:
        """A gauge of the router's metrics, its labels added up."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=30) as response:
            lines = response.read().decode().splitlines()
        values = [line.rsplit(" ", 1)[1] for line in lines if re.match(rf"olympus_{name}[ {{]", line)]
        return sum(map(float, values))

    def ask_subgraph(self, name: str, query: str) -> Any:
        """What a subgraph itself answers."""
        headers = {"content-type": "application/json", "x-tenant-id": "acme", "x-user-id": "acme-c-0001"}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports[name]}/graphql",
            json.dumps({"query": query}).encode(),
            {**headers, "x-user-roles": "admin"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)["data"]

    async def stop(self) -> None:
        """End everything."""
        if self.router is not None:
            self.router.signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                assert self.router.process is not None
                await asyncio.to_thread(self.router.process.wait, 15)
            self.router.kill()
        for part in self.parts.values():
            part.signal(signal.SIGCONT)
            part.kill()
        self.redis.stop()
        for proxy in (*self.proxies.values(), self.redis_proxy):
            await proxy.stop()

    def _start_parts(self) -> None:
        self.redis.start()
        self._make_registry()
        for name in SUBGRAPHS:
            command = ["subgraphs", "--only", name, f"--{name}-port", str(self.ports[name])]
            environment = {"OLYMPUS_DEMO_DIR": str(self.folder), "OLYMPUS_DEMO_TODAY": "2026-11-01"}
            self.parts[name] = Part(command, environment, self.folder / f"{name}.log")
        for part in self.parts.values():
            part.start()
        for name in (*SUBGRAPHS, "registry"):
            wait_for(f"http://127.0.0.1:{self.ports[name]}/health", name)
        self.publish(SUBGRAPHS)
        self._start_router()

    def _make_registry(self) -> None:
        database = f"sqlite:///{self.folder / 'registry.db'}"
        command = [sys.executable, "-m", "router", "registry", "token", "create", "chaos"]
        command += ["--scope", "*:admin", "--format", "json", "--database", database]
        made = subprocess.run(command, capture_output=True, text=True, check=True, cwd=self.folder)
        self.token = json.loads(made.stdout)["token"]
        config = self.folder / "registry.yaml"
        config.write_text(json.dumps({"registry": {"database": database, "signing": {"secret": SECRET}}}))
        command = ["router", "registry", "--config", str(config), "--port", str(self.ports["registry"])]
        self.parts["registry"] = Part(command, {}, self.folder / "registry.log")

    def _start_router(self) -> None:
        self.router_port, self.metrics_port = free_port(), free_port()
        config = self.folder / "olympus.yaml"
        config.write_text(json.dumps(self._config()))
        command = ["router", "serve", "--config", str(config), "--workers", str(WORKERS)]
        self.router = Part(command, {}, self.folder / "router.log")
        self.router.start()
        wait_for(f"http://127.0.0.1:{self.router_port}/health/ready", "the router")

    def _config(self) -> dict[str, Any]:
        demo = yaml.safe_load((ROOT / "schema" / "olympus.yaml").read_text("utf-8"))
        redis = f"redis://127.0.0.1:{self.redis_proxy.port}"
        breaker = {"enabled": True, "sleep_window": "1s", "rolling_duration": "5s"}
        return {
            "supergraph": {
                "listen": f"127.0.0.1:{self.router_port}",
                "registry": {
                    "url": f"http://127.0.0.1:{self.proxies['registry'].port}/registry",
                    "graph": GRAPH,
                    "token": self.token,
                    "secret": SECRET,
                    "last_good": str(self.folder / "last-good.json"),
                },
            },
            "headers": demo["headers"],
            "include_subgraph_errors": {"all": True},
            "traffic_shaping": {
                "router": {"timeout": f"{ROUTER_TIMEOUT_S}s"},
                "all": {
                    "timeout": f"{SUBGRAPH_TIMEOUT_S}s",
                    "retry": {"enabled": True},
                    "circuit_breaker": breaker,
                    "max_connections": 32,
                },
            },
            "apq": {"redis": {"url": redis}, "capacity": 8},
            "rate_limit": {
                "enabled": True,
                "storage": {"url": redis},
                "limits": [{"name": "all", "rate": 100_000, "key": {"ip": True}}],
            },
            "telemetry": {
                "exporters": {
                    "metrics": {"prometheus": {"enabled": True, "listen": f"127.0.0.1:{self.metrics_port}"}}
                }
            },
            "log": {"level": "warning"},
        }


def wait_for(url: str, what: str) -> None:
    """Wait until a URL answers 200.  Raises: AssertionError."""
    end = time.monotonic() + START_S
    while True:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        assert time.monotonic() < end, f"{what} is not ready"
        time.sleep(0.1)


@asynccontextmanager
async def running_world(folder: Path, chance: random.Random) -> AsyncIterator[World]:
    """The world between its start and its end."""
    world = World(folder, chance)
    try:
        await world.start()
        yield world
    finally:
        await world.stop()
