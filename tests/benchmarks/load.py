"""Load: wrk with one operation, and single requests for the checks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.processes import NotMeasurableError, on_cores

WORKLOADS_FOLDER = Path(__file__).parent / "workloads"
PLACEHOLDER = "0" * 12
"""load.lua puts another number in its place in each request."""


@dataclass(frozen=True, slots=True)
class Load:
    """How wrk loads a server."""

    connections: int = 50
    think_ms: int = 0
    """Each connection waits a random 0..N ms between requests."""
    cpus: Sequence[int] = (0,)


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What wrk saw."""

    requests: int
    seconds: float
    bytes: int
    not_ok: int
    socket_errors: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


def post(url: str, body: bytes | None = None, timeout_s: float = 30.0) -> tuple[int, bytes]:
    """Status and body of one request; a GET without ``body``."""
    headers = {"content-type": "application/json", "accept": "application/json"}
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, body, headers), timeout=timeout_s
        ) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def request_body(workload: str) -> bytes:
    """The body of a workload's requests."""
    body: dict[str, object] = {
        "query": (WORKLOADS_FOLDER / "operations" / f"{workload}.graphql").read_text("utf-8")
    }
    if workload == "unique":
        body["variables"] = {"tag": "tag-" + PLACEHOLDER}
    return json.dumps(body, separators=(",", ":")).encode()


def wrk(url: str, body: Path, seconds: float, load: Load) -> LoadResult:
    """Loads a server for some seconds.  Raises: NotMeasurableError."""
    argv = [*on_cores(load.cpus), "wrk", "-t1", f"-c{load.connections}", f"-d{max(1, round(seconds))}s"]
    argv += ["--timeout", "30s", "--latency", "-s", str(WORKLOADS_FOLDER / "load.lua"), url]
    environment = {**os.environ, "BODY_FILE": str(body), "THINK_MS": str(load.think_ms)}
    ran = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    found = re.search(r"^JSON (.*)$", ran.stdout, re.M)
    if found is None:
        raise NotMeasurableError(f"wrk failed:\n{ran.stdout}{ran.stderr}")
    return LoadResult(**json.loads(found[1]))
