"""``python -m subgraphs.print_schema NAME``: the SDL that a code-first subgraph serves."""

from __future__ import annotations

import importlib
import sys

from strawberry.printer import print_schema

CODE_FIRST = ("orders", "customers")


def printed_sdl(subgraph: str) -> str:
    """What ``_service { sdl }`` answers, with one newline at the end."""
    return print_schema(importlib.import_module(f"subgraphs.{subgraph}.schema").schema) + "\n"


def main(arguments: list[str]) -> int:
    """Print one subgraph's SDL; exit status 2 when the name is not one."""
    if len(arguments) != 1 or arguments[0] not in CODE_FIRST:
        print(f"usage: python -m subgraphs.print_schema {{{','.join(CODE_FIRST)}}}", file=sys.stderr)
        return 2
    print(printed_sdl(arguments[0]), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
