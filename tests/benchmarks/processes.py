"""A measured process: started in a session of its own, with everything that descends from it (Linux)."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class NotMeasurableError(Exception):
    """The benchmark cannot run, or its figures would mean nothing; the text says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the system's table of processes."""

    parent: int
    session: int
    ticks: int
    resident_bytes: int


def table() -> dict[int, Row]:
    """Every process of the machine, by id."""
    rows: dict[int, Row] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                text = (entry / "stat").read_text()
                fields = text[text.rindex(")") + 2 :].split()
                ticks = int(fields[11]) + int(fields[12])
                rows[int(entry.name)] = Row(
                    int(fields[1]), int(fields[3]), ticks, int(fields[21]) * PAGE_BYTES
                )
    return rows


def busy_s(cpus: Sequence[int]) -> float:
    """CPU seconds that anything ran on these cores since the machine started."""
    names = {f"cpu{number}" for number in cpus}
    total = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name in names:
            total += sum(map(int, ticks[:8])) - int(ticks[3]) - int(ticks[4])
    return total / TICKS_PER_S


def free_port() -> int:
    """A port nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def on_cores(cpus: Sequence[int]) -> list[str]:
    """What to put before a command to keep it on these cores."""
    return ["taskset", "-c", ",".join(map(str, cpus))]


class ProcessTree:
    """A child and its descendants, pinned to some cores."""

    def __init__(
        self, argv: Sequence[str], environment: Mapping[str, str], cpus: Sequence[int], folder: Path
    ) -> None:
        folder.mkdir(exist_ok=True)  # two measurements of one run may have the same name
        self.cpus = cpus
        self.log = folder / "log.txt"
        self.peak_bytes = 0
        self._ticks: dict[int, int] = {}
        """Last seen of each process, so that those that ended still count."""
        with self.log.open("wb") as out:
            self._child = subprocess.Popen(
                [*on_cores(cpus), *argv],
                env={**os.environ, **environment},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until(self, is_ready: Callable[[], bool], seconds: float = 60.0) -> None:
        """Waits for the process to serve.  Raises: NotMeasurableError with the end of its log."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._child.poll() is None:
            with contextlib.suppress(OSError):
                if is_ready():
                    return
            time.sleep(0.1)
        raise NotMeasurableError(f"did not start:\n{self.log.read_text(errors='replace')[-2000:]}")

    def cpu_s(self) -> float:
        """CPU seconds so far, user and system."""
        for pid, row in self._rows().items():
            self._ticks[pid] = row.ticks
        return sum(self._ticks.values()) / TICKS_PER_S

    def each_cpu_s(self) -> dict[int, float]:
        """CPU seconds so far of each process that is there, by id."""
        return {pid: row.ticks / TICKS_PER_S for pid, row in self._rows().items()}

    @contextlib.contextmanager
    def watching_memory(self) -> Iterator[None]:
        """Keeps ``peak_bytes`` up to date meanwhile: the peak of the sum of resident memory."""
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(0.2):
                resident = sum(row.resident_bytes for row in self._rows().values())
                self.peak_bytes = max(self.peak_bytes, resident)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            stop.set()
            watcher.join()

    def stop(self) -> None:
        """Ends the tree, at once if it does not go by itself."""
        pids = list(self._rows())
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            end = time.monotonic() + 3
            while time.monotonic() < end:
                self._child.poll()
                if not any(Path("/proc", str(pid)).exists() for pid in pids):
                    return
                time.sleep(0.05)

    def _rows(self) -> dict[int, Row]:
        rows = table()
        found = {pid for pid, row in rows.items() if row.session == self._child.pid} | {self._child.pid}
        while True:
            more = {pid for pid, row in rows.items() if row.parent in found} - found
            if not more:
                return {pid: rows[pid] for pid in found if pid in rows}
            found |= more
