"""The demo under load: ``olympus demo`` on free ports and fresh data, the router on a core of its own (Linux)."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.processes import TICKS_PER_S, NotMeasurableError, table

STOP_S = 30.0


@dataclass(frozen=True)
class Demo:
    """A running demo and where its parts run."""

    process: subprocess.Popen[str]
    port: int
    log: Path
    """What the router logged."""

    @property
    def pid(self) -> int:
        """Of the router."""
        return self.process.pid

    def others(self) -> list[int]:
        """The subgraphs' process and the registry's."""
        return [pid for pid, row in table().items() if row.parent == self.pid]

    def router(self) -> tuple[float, float]:
        """CPU seconds so far and resident MB of the router."""
        row = table()[self.pid]
        return row.ticks / TICKS_PER_S, row.resident_bytes / 1e6

    def others_cpu_s(self) -> float:
        """CPU seconds so far of subgraphs and registry."""
        rows = table()
        return sum(rows[pid].ticks for pid in self.others() if pid in rows) / TICKS_PER_S

    def pin(self, router: list[int], rest: list[int]) -> None:
        """Keep the router on some cores and the other processes, the generator's too, on the rest."""
        os.sched_setaffinity(0, rest)
        for pid, cores in [(self.pid, router), *((pid, rest) for pid in self.others())]:
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), cores)


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """Start the demo, give it when it is ready, and stop it.  Raises: NotMeasurableError."""
    command = [sys.executable, "-m", "router", "demo", "--port", "0", "--port-base", "0"]
    command += ["--registry-port", "0"]
    environment = {**os.environ, "OLYMPUS_DEMO_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    log = folder / "demo.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            yield Demo(process, _port(process), log)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    port = 0
    for line in process.stdout:
        if found := re.match(r"  GraphQL +http://[\d.]+:(\d+)/", line):
            port = int(found[1])
        if line.startswith("^C"):
            return port
    raise NotMeasurableError("the demo did not start")
