"""``python -m subgraphs``: serve the demo subgraphs."""

from __future__ import annotations

import argparse
import sys

from subgraphs.serve import SUBGRAPHS, Unservable, serve


def main(arguments: list[str] | None = None) -> int:
    """Serve the chosen subgraphs; the exit status is 1 when they cannot be served."""
    parser = argparse.ArgumentParser(prog="python -m subgraphs", description="Serve the demo subgraphs.")
    parser.add_argument("--only", nargs="+", choices=SUBGRAPHS, default=SUBGRAPHS, metavar="NAME")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port-base", type=int, default=4101, help="orders here, the others after it")
    for name in SUBGRAPHS:
        parser.add_argument(f"--{name}-port", type=int, metavar="N", help="0 lets the system choose")
    options = parser.parse_args(arguments)
    ports = {
        name: options.port_base + offset if (chosen := getattr(options, f"{name}_port")) is None else chosen
        for offset, name in enumerate(SUBGRAPHS)
        if name in options.only
    }
    try:
        serve(options.host, ports)
    except Unservable as error:
        print(f"subgraphs: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
