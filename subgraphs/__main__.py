"""``python -m subgraphs``: serve the demo subgraphs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from subgraphs.serve import SUBGRAPHS, Unservable, serve


def main(arguments: list[str] | None = None) -> int:
    """Serve the chosen subgraphs; the exit status is 1 when they cannot be served."""
    parser = argparse.ArgumentParser(prog="python -m subgraphs", description="Serve the demo subgraphs.")
    parser.add_argument("--only", nargs="+", choices=SUBGRAPHS, default=SUBGRAPHS, metavar="NAME")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port-base",
        type=int,
        default=4101,
        help="orders here, the others after it; 0 lets the system choose",
    )
    for name in SUBGRAPHS:
        parser.add_argument(f"--{name}-port", type=int, metavar="N", help="0 lets the system choose")
    parser.add_argument("--end-with-stdin", action="store_true", help="stop when standard input ends")
    options = parser.parse_args(arguments)
    if options.end_with_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    ports = {
        name: _port(options.port_base, offset, getattr(options, f"{name}_port"))
        for offset, name in enumerate(SUBGRAPHS)
        if name in options.only
    }
    try:
        serve(options.host, ports)
    except Unservable as error:
        print(f"subgraphs: {error}", file=sys.stderr)
        return 1
    return 0


def _port(base: int, offset: int, chosen: int | None) -> int:
    if chosen is not None:
        return chosen
    return base and base + offset


def _end_with_stdin() -> None:
    """Stop this process when nobody can write to it any more: so ends a child whose parent was killed."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
