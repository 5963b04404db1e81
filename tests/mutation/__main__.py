"""Mutation testing: does a test fail for every small change of a module?

    python -m tests.mutation [MODULE ...] [--every N] [--list]

Each mutant runs in a process of its own, forked with the libraries already there, in which the module is loaded from
its changed source; nothing on the disk is changed.  Prints the survivors: each wants a test, or a reason
(docs/mutation.md).
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final

# What the tests import and no mutant changes, once for all forks.
import graphql
import httpx
import orjson
import pydantic
import pytest

from tests.mutation.mutants import Mutant, mutants

LIBRARIES: Final = (graphql, httpx, orjson, pydantic, pytest)
ROOT: Final = Path(__file__).parents[2]
TESTS: Final[dict[str, tuple[str, ...]]] = {
    "router.guards.buckets": ("tests/guards/test_rate_limit.py",),
    "router.guards.claims": ("tests/guards/test_jwt.py",),
    "router.guards.compact_token": ("tests/guards/test_jwt.py",),
    "router.guards.jwt": ("tests/guards/test_jwt.py",),
    "router.guards.limits": ("tests/guards/test_limits.py",),
    "router.guards.lists": ("tests/guards/test_limits.py",),
    "router.guards.complexity": ("tests/guards/test_limits.py",),
    "router.guards.cost": ("tests/engine/test_demand_control.py",),
    "router.guards.scopes": ("tests/engine/test_access.py",),
    "router.planning.best": ("tests/planning/test_best.py", "tests/planning/test_bounds.py"),
    "router.planning.serial": ("tests/planning",),
    "router.planning.choose": ("tests/planning",),
    "router.execution.answers": ("tests/execution/test_failures.py", "tests/execution/test_run.py"),
    "router.execution.chunks": ("tests/execution/test_chunks.py",),
    "router.execution.derived": ("tests/execution/test_derived.py",),
    "router.execution.joining": ("tests/execution/test_joining.py",),
    "router.execution.relocation": ("tests/execution/test_failures.py", "tests/execution/test_types.py"),
}
"""The modules chosen, and the tests that speak of them."""
TIMEOUT_S: Final = 120
ASIDE: Final = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""Some of the libraries are plugins too, and already there."""


class MutantFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module from changed source."""

    def __init__(self, name: str, source: str) -> None:
        self._name = name
        self._source = source

    def find_spec(self, name: str, _path: object, _target: object = None) -> ModuleSpec | None:
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, file_of(name), loader=self)

    def create_module(self, _: ModuleSpec) -> None:
        """As modules usually are."""

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, str(file_of(self._name)), "exec"), module.__dict__)


def file_of(module: str) -> Path:
    """Where a module is."""
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


def fails(module: str, source: str, tests: Sequence[str]) -> bool:
    """Whether a test fails, or does not come to its end, with this source of the module."""
    child = os.fork()
    if child == 0:
        os.setsid()
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        sys.meta_path.insert(0, MutantFinder(module, source))
        code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *ASIDE, *tests])
        os._exit(1 if code else 0)
    end = time.monotonic() + TIMEOUT_S
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status != 0
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def run(module: str, every: int) -> list[Mutant]:
    """Try a module's mutants, or one in ``every``; gives the survivors."""
    source, tests = file_of(module).read_text("utf-8"), TESTS[module]
    if fails(module, source, tests):
        raise SystemExit(f"{module}: its tests fail without any change")
    chosen = list(mutants(source))[::every]
    survivors = [one for one in chosen if not fails(module, one.source, tests)]
    print(f"{module}: {len(chosen)} mutants, {len(survivors)} survive", flush=True)
    for one in survivors:
        line = source.splitlines()[one.line - 1].strip()
        print(f"  {file_of(module).relative_to(ROOT)}:{one.line}: {one.what}:  {line}", flush=True)
    return survivors


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help="such as router.guards.jwt; default: all"
    )
    parser.add_argument("--every", type=int, default=1, help="one mutant in so many")
    parser.add_argument("--list", action="store_true", help="print the modules and how many mutants each has")
    given = parser.parse_args()
    os.chdir(ROOT)
    modules = given.modules or list(TESTS)
    if given.list:
        for module in modules:
            print(f"{module}: {len(list(mutants(file_of(module).read_text('utf-8'))))}")
        return 0
    return 1 if [one for module in modules for one in run(module, given.every)] else 0


if __name__ == "__main__":
    sys.exit(main())
