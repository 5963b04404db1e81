"""A process that has everything imported, and forks a registry whenever it is told to: restarts take no seconds.

python -m tests.registry.killed_registry DATABASE     stdin: "PORT MAX_FILE_BYTES" per start; stdout: the pid
"""

from __future__ import annotations

import os
import resource
import signal
import sys

from router.cli.registry_serve import run_registry
from router.registry.options import RegistryOptions

SECRET = b"0123456789abcdef0123456789abcdef"


def main() -> None:
    """Fork, tell, and reap, until the input ends."""
    import router.registry.service
    import router.server.registry  # noqa: F401  # imported once, for all that are forked

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        port, max_file_bytes = map(int, line.split())
        pid = os.fork()
        if pid == 0:
            if max_file_bytes:
                resource.setrlimit(resource.RLIMIT_FSIZE, (max_file_bytes, resource.RLIM_INFINITY))
            options = RegistryOptions(sys.argv[1], secret=SECRET)
            run_registry(options, "127.0.0.1", port, ("warning", "text"))
            os._exit(0)
        print(f"pid {pid}", flush=True)


if __name__ == "__main__":
    main()
