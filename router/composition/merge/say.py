"""Words for messages that compare subgraphs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from router.composition.source import Declared

T = TypeVar("T")


def subgraphs(names: Iterable[str]) -> str:
    """``subgraph "a"`` or ``subgraphs "a", "b" and "c"``."""
    quoted = [f'"{name}"' for name in dict.fromkeys(names)]
    if len(quoted) == 1:
        return f"subgraph {quoted[0]}"
    return f"subgraphs {', '.join(quoted[:-1])} and {quoted[-1]}"


def by_value(declared: Sequence[Declared[T]], show: Callable[[T], str]) -> str:
    """``X in subgraph "a" but Y in subgraphs "b" and "c"``."""
    groups: dict[str, list[str]] = {}
    for d in declared:
        groups.setdefault(show(d.element), []).append(d.source.name)
    return " but ".join(f"{value} in {subgraphs(names)}" for value, names in groups.items())
