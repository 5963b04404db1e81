"""``olympus demo`` as a process: it starts everything, and leaves nothing behind however it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from router.cli.demo import TRY

WAIT_S = 60.0


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    process: subprocess.Popen[str]
    said: str
    """What it printed until it was ready."""

    def origins(self) -> list[str]:
        """Those of the subgraphs, of the registry, then that of the router."""
        subgraphs = re.findall(r"^  \w+ +(http://\S+)/graphql$", self.said, re.MULTILINE)
        router = re.findall(r"^  playground +(http://\S+)/$", self.said, re.MULTILINE)
        return [
            *subgraphs,
            *re.findall(r"^  registry +(http://\S+)/registry/ ", self.said, re.MULTILINE),
            *router,
        ]

    def children(self) -> list[int]:
        """The processes that it started."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def demo(seeded: Path, folder: Path, *arguments: str) -> Iterator[Demo]:
    """The demo on free ports and a copy of the seeded databases, once it is ready or has ended."""
    shutil.copytree(seeded, folder, dirs_exist_ok=True)
    ports = ["--port", "0", "--port-base", "0", "--registry-port", "0"]
    command = [sys.executable, "-m", "router", "demo", *ports, *arguments]
    with subprocess.Popen(
        command,
        env={**os.environ, "OLYMPUS_DEMO_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        try:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("^C stops"):
                    break
            yield Demo(process, "".join(lines))
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def is_anyone_at(origin: str) -> bool:
    host, _, port = origin.removeprefix("http://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until_nobody_is_at(origins: list[str]) -> None:
    deadline = time.monotonic() + WAIT_S
    while any(map(is_anyone_at, origins)):
        assert time.monotonic() < deadline, "somebody still listens"
        time.sleep(0.05)


def ask(origin: str, query: str) -> dict[str, object]:
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(f"{origin}/graphql", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        answer: dict[str, object] = json.load(response)
    return answer


def test_it_answers_its_query_and_stops_all_at_an_interrupt(seeded: Path, tmp_path: Path) -> None:
    with demo(seeded, tmp_path) as running:
        origins = running.origins()
        assert len(origins) == 6
        answer = ask(origins[-1], TRY)
        assert "errors" not in answer
        os.killpg(running.process.pid, signal.SIGINT)  # as ^C does: to every process of the terminal
        _, errors = running.process.communicate(timeout=WAIT_S)
        assert (running.process.returncode, errors) == (0, "")
        assert not any(map(is_anyone_at, origins))


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
def test_nothing_stays_behind_when_a_part_is_killed(seeded: Path, tmp_path: Path) -> None:
    with demo(seeded, tmp_path) as running:
        running.process.kill()
        wait_until_nobody_is_at(running.origins())
    with demo(seeded, tmp_path) as running:  # the databases are as good as before
        origins = running.origins()
        assert "errors" not in ask(origins[-1], TRY)
        [_registry, subgraphs] = running.children()
        os.kill(subgraphs, signal.SIGKILL)
        _, errors = running.process.communicate(timeout=WAIT_S)
        assert running.process.returncode == 1
        assert errors == "olympus: The subgraphs were ended by SIGKILL; the router stops, too.\n"
        assert not any(map(is_anyone_at, origins))


def test_a_subgraphs_port_that_is_taken_is_said(seeded: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with demo(seeded, tmp_path, "--port-base", str(port)) as running:
            _, errors = running.process.communicate(timeout=WAIT_S)
    assert running.process.returncode == 1
    assert f"orders cannot listen on 127.0.0.1:{port} (Address already in use)" in errors
