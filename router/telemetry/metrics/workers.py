"""Several workers, one set of figures: each writes its own files in one folder, and whoever is asked adds them up.

A worker that replaces one that died goes on with its files, so that no counter falls.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, multiprocess, values

_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


def make_folder() -> Path:
    """Make the folder, which only this user reads; in the parent."""
    return Path(tempfile.mkdtemp(prefix="olympus-metrics-"))


def remove_folder(folder: Path) -> None:
    """Remove it, when the last worker is gone."""
    shutil.rmtree(folder, ignore_errors=True)


def write_to(folder: Path, slot: int) -> None:
    """Let this process's metrics live in the files of its slot; before any metric is made."""
    os.environ[_VARIABLE] = str(folder)
    # The library decides this when it is imported, and by process id: a worker knows its slot only after the fork.
    values.ValueClass = values.MultiProcessValue(lambda: slot)  # type: ignore[no-untyped-call]


def registry_of_all(folder: Path) -> CollectorRegistry:
    """Give what all workers say together."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return registry
