"""Emits a program's functions as one module of text, and runs that text."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from router.execution.completion import Below
from router.execution.context import Json, Nulled, Slot
from router.execution.emit.complete import CompleteEmitter
from router.execution.emit.gather import GatherEmitter
from router.execution.emit.module import Module, load_module
from router.execution.emit.writer import Writer
from router.execution.errors import ErrorPath
from router.execution.layout import Layout
from router.execution.places import Place
from router.planning.plan import FetchNode


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


@dataclass(frozen=True, slots=True)
class Functions:
    """What was emitted for one program."""

    gathers: Mapping[int, GatherFunction]
    completes: CompleteFunction
    module: Module


def emit_functions(layout: Layout, root: Place) -> Functions:
    """Write the functions of a program, in the order in which they run.

    Invariant: same layout, same text.
    """
    writer = Writer()
    fetches = [fetch.id for fetch in layout.active if fetch.entities and not _takes_contexts(fetch)]
    for fetch in fetches:
        GatherEmitter(layout, writer, fetch).emit(root)
    CompleteEmitter(layout, writer).emit(root)
    module = load_module(writer.text())
    namespace = module.run(writer.namespace)
    gathers = {fetch: namespace.pop(f"gather_{fetch}") for fetch in fetches}
    complete = namespace.pop("complete")
    # Functions know their namespace and it knows those they call: let go of all when the plan does.
    weakref.finalize(complete, namespace.clear).atexit = False
    return Functions(gathers, complete, module)


def _takes_contexts(fetch: FetchNode) -> bool:
    """Whether it is gathered patiently: the values of its contexts stand further up."""
    return any(entity.contexts for entity in fetch.entities)
