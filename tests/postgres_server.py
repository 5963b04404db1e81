"""A real PostgreSQL server for a test: ``POSTGRES_URL``, else one of its own in a folder, on a Unix socket's port.

PostgreSQL refuses to run as root, so root starts it as the user ``postgres``.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

WAIT_S = 60.0


def postgres_programs() -> Path | None:
    """The folder of the newest server's programs; None when there is none."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: float(p.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("postgres")
    return None if found is None else Path(found).resolve().parent


@contextmanager
def postgres_server() -> Iterator[str | None]:
    """The URL of a running server's default database; None when there is no program for it."""
    if url := os.environ.get("POSTGRES_URL"):
        yield url
        return
    programs = postgres_programs()
    if programs is None:
        yield None
        return
    # Not below pytest's folder, which other users cannot enter.
    folder = Path(tempfile.mkdtemp(prefix="olympus-postgres-"))
    as_user: dict[str, str] = {}
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = {"user": "postgres", "group": "postgres"}
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    try:
        _run(
            [programs / "initdb", "-D", folder / "data", "-U", "olympus", "-A", "trust", "--no-sync"],
            folder,
            as_user,
        )
        command = [programs / "postgres", "-D", folder / "data", "-p", str(port), "-k", folder]
        # Tests end it, never a crash of the machine: what it wrote need not reach the disk.
        command += ["-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=200"]
        with subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user
        ) as server:  # type: ignore[call-overload]
            try:
                _wait(programs, port)
                yield f"postgresql://olympus@127.0.0.1:{port}/postgres"
            finally:
                server.send_signal(signal.SIGQUIT)  # at once: what it has is thrown away
                server.wait(WAIT_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(url: str) -> str:
    """Make an empty database beside the one at ``url``; gives its URL."""
    import asyncio

    import asyncpg

    name = f"test_{uuid.uuid4().hex[:12]}"

    async def create() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()

    asyncio.run(create())
    return f"{url.rpartition('/')[0]}/{name}"


def _run(command: list[object], folder: Path, as_user: dict[str, str]) -> None:
    subprocess.run([str(part) for part in command], cwd=folder, check=True, capture_output=True, **as_user)  # type: ignore[call-overload]


def _wait(programs: Path, port: int) -> None:
    deadline = time.monotonic() + WAIT_S
    ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(ready, check=False).returncode != 0:
        assert time.monotonic() < deadline, "PostgreSQL did not start"
        time.sleep(0.05)
