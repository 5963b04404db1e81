"""What a lint rule finds, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from router.federation.subgraph import Subgraph


@dataclass(frozen=True, slots=True)
class Spot:
    """An element that a rule does not like."""

    coordinate: str
    at: int
    """Offset in the SDL."""
    message: str
    """Says what to do."""


@dataclass(frozen=True, slots=True)
class LintWarning:
    """One finding, ready to be told."""

    code: str
    message: str
    coordinate: str
    line: int
    column: int


Find: TypeAlias = Callable[[Subgraph], Iterator[Spot]]


@dataclass(frozen=True, slots=True)
class LintRule:
    """One rule; its code is public API."""

    code: str
    meaning: str
    find: Find
    is_on: bool = True
    """Whether it is asked where nothing is configured."""
