"""The npm packages of the benchmark, installed outside the repository and kept there.

    python -m tests.benchmarks.peers        prints the folder

The folder is $OLYMPUS_BENCH_HOME, else olympus-bench in $XDG_CACHE_HOME or ~/.cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.benchmarks.processes import NotMeasurableError

WANTED = Path(__file__).parent / "gateways" / "package.json"


def peers_folder() -> Path:
    """Where ``node_modules`` is, or will be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("OLYMPUS_BENCH_HOME") or cache / "olympus-bench") / "peers"


def install_peers() -> Path:
    """Installs what `WANTED` names, unless that was done; gives the folder.

    Raises: NotMeasurableError when npm is missing or fails.
    """
    folder = peers_folder()
    wanted = WANTED.read_bytes()
    done = folder / "installed.json"
    if done.exists() and done.read_bytes() == wanted:
        return folder
    if shutil.which("npm") is None:
        raise NotMeasurableError(
            "npm is needed to install the gateways to compare with: install Node.js 20 or newer"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_bytes(wanted)
    print(f"installing the gateways to compare with under {folder} (once, some minutes)", flush=True)
    argv = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    if subprocess.run(argv, cwd=folder, check=False).returncode:
        raise NotMeasurableError(f"npm install failed in {folder}")
    done.write_bytes(wanted)
    return folder


if __name__ == "__main__":
    print(install_peers())
