"""Emits a program's functions as one module of text, and runs that text."""

from __future__ import annotations

import hashlib
import linecache
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any, Final, Protocol

from router.execution.completion import Below
from router.execution.context import Json, Nulled, Slot
from router.execution.emit.complete import CompleteEmitter
from router.execution.emit.gather import GatherEmitter
from router.execution.emit.writer import Writer
from router.execution.errors import ErrorPath
from router.execution.layout import Layout
from router.execution.places import Place


class Patient(Protocol):
    """Completes what needs an error; `router.execution.fallback.Fallback` is one."""

    def value(self, below: Below, owner: str, path: ErrorPath, /, *raws: Any) -> Any:
        """Give one completed value.  Raises: Bubbled when a null must rise."""
        ...

    def null(self, below: Below, owner: str, path: ErrorPath, /, *sources: Any) -> Any:
        """Say why a field is null.  Raises: Bubbled."""
        ...


class GatherFunction(Protocol):
    """Gives for each `_entities` selection its distinct representations; fills the fetch's slots of indices."""

    def __call__(
        self, answers: list[Json | None], found: list[Slot], indices: list[Slot], nulled: Nulled, /
    ) -> list[dict[bytes, int]]:
        """Raises: one of `router.execution.emit.support.GAVE_UP` when an answer is not as a good one is."""
        ...


class CompleteFunction(Protocol):
    """Gives the response's data; ``patient`` completes what needs an error."""

    def __call__(
        self, answers: list[Json | None], found: list[Slot], introspection: Json, patient: Patient, /
    ) -> Json:
        """Raises: `Bubbled` when the data is null; one of `GAVE_UP` when all of it needs patience."""
        ...


MAX_MODULES: Final = 128
"""Kept by their text, which operations share that differ in names, literals or spelling: half of compiling."""


@dataclass(frozen=True, slots=True)
class Functions:
    """What was emitted for one program."""

    gathers: Mapping[int, GatherFunction]
    completes: CompleteFunction
    source: str


def emit_functions(layout: Layout, root: Place) -> Functions:
    """Write the functions of a program, in the order in which they run.

    Invariant: same layout, same text.
    """
    writer = Writer()
    fetches = [fetch.id for fetch in layout.active if fetch.entities]
    for fetch in fetches:
        GatherEmitter(layout, writer, fetch).emit(root)
    CompleteEmitter(layout, writer).emit(root)
    source = writer.text()
    namespace = _run(source, writer.namespace)
    return Functions(
        {fetch: namespace[f"gather_{fetch}"] for fetch in fetches}, namespace["complete"], source
    )


def _run(source: str, constants: Mapping[str, Any]) -> dict[str, Any]:
    """Run the text once, so that it defines its functions."""
    module = _module(source)
    namespace = {**constants, "__module_code__": module}
    exec(module, namespace)  # noqa: S102 - the text is ours; see `emit`'s charter
    return namespace


@lru_cache(maxsize=MAX_MODULES)
def _module(source: str) -> CodeType:
    """Give the text as code; tracebacks show its lines as long as anything uses it."""
    name = f"<plan {hashlib.sha256(source.encode()).hexdigest()[:12]}>"
    module = compile(source, name, "exec")
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    weakref.finalize(module, linecache.cache.pop, name, None).atexit = False
    return module
