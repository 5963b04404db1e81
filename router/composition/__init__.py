"""Composition: subgraphs in, supergraph SDL and API SDL out, or every error found, with hints.

Entries: `compose` in ``compose.py``, whose docstring has the gates; `contract` in
``contract/contract.py`` (a supergraph shown in part); `subgraphs_of` in ``extract.py`` (a
supergraph taken apart).  ``result.py`` is what goes in and comes out; ``subgraph_rules/``,
``merge/`` and ``supergraph_rules/`` are shelves.

Invariants: a user's mistake is a value, never an exception; the order of the subgraphs
changes no byte of the result; nothing here reads a file or a clock.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    """Let ``router.composition.compose(subgraphs)`` find its module, which is loaded only then (ADR 4)."""
    if name == "compose":
        return import_module("router.composition.compose")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
