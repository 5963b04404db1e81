"""A subgraph as composition carries it about, and the ways to point into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from router.composition.result import CompositionError, CompositionHint, Node
from router.federation.field_use import FieldUse, field_use
from router.federation.subgraph import Subgraph


class Placed(Protocol):
    """Anything that knows its position in its SDL."""

    @property
    def at(self) -> int:
        """Offset in the SDL."""


T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Source:
    """One subgraph with the facts about its fields and its value of ``join__Graph``."""

    subgraph: Subgraph
    use: FieldUse
    graph: str

    @property
    def name(self) -> str:
        """The subgraph's name."""
        return self.subgraph.name

    def node(self, at: Placed) -> Node:
        """The place of an element of this subgraph."""
        line, column = self.subgraph.position(at.at)
        return Node(self.name, self.subgraph.file, line, column)

    def error(self, code: str, message: str, coordinate: str, *places: Placed) -> CompositionError:
        """An error that concerns this subgraph alone."""
        return CompositionError(
            code=code,
            message=f"[{self.name}] {message}",
            subgraphs=(self.name,),
            at=coordinate,
            nodes=tuple(self.node(place) for place in places),
        )


@dataclass(frozen=True, slots=True)
class Declared(Generic[T_co]):
    """One element as one subgraph declares it."""

    source: Source
    element: T_co


class Findings:
    """The errors and hints found so far; merging adds to it, in a fixed order."""

    def __init__(self) -> None:
        self.errors: list[CompositionError] = []
        self.hints: list[CompositionHint] = []

    def take(self, findings: Iterable[CompositionError | CompositionHint]) -> None:
        """Add what a rule yields."""
        for finding in findings:
            if isinstance(finding, CompositionError):
                self.errors.append(finding)
            else:
                self.hints.append(finding)

    def error(self, code: str, message: str, at: str, declared: Sequence[Declared[Placed]]) -> None:
        """Add an error about an element and the places where it is declared."""
        self.errors.append(CompositionError(code, message, names_of(declared), at, nodes_of(declared)))

    def hint(self, code: str, message: str, at: str, declared: Sequence[Declared[Placed]]) -> None:
        """Add a hint about an element and the places where it is declared."""
        self.hints.append(CompositionHint(code, message, names_of(declared), at, nodes_of(declared)))


def names_of(declared: Iterable[Declared[object]]) -> tuple[str, ...]:
    """Names of the subgraphs, sorted, each once."""
    return tuple(sorted({d.source.name for d in declared}))


def nodes_of(declared: Iterable[Declared[Placed]]) -> tuple[Node, ...]:
    """The places of the elements."""
    return tuple(d.source.node(d.element) for d in declared)


def sources_of(subgraphs: Iterable[Subgraph]) -> tuple[Source, ...]:
    """The subgraphs in the order of their names, which is what makes composition deterministic."""
    ordered = sorted(subgraphs, key=lambda s: s.name)
    graphs = graph_names([s.name for s in ordered])
    return tuple(Source(s, field_use(s), graph) for s, graph in zip(ordered, graphs, strict=True))


def graph_names(names: Sequence[str]) -> list[str]:
    """The values of ``join__Graph`` for sorted subgraph names; clashes are numbered from one.

    ``_`` is added to a name that ends in a number, so that no name can look numbered.
    """
    plain: list[str] = []
    for name in names:
        value = re.sub(r"[^A-Z0-9_]", "_", name.upper())
        if not value or value[0].isdigit():
            value = "_" + value
        if value.startswith("__"):
            value = "GRAPH" + value  # GraphQL keeps names with two underscores for itself
        if re.search(r"_\d+$", value):
            value += "_"
        plain.append(value)
    counted: dict[str, int] = {}
    out: list[str] = []
    for value in plain:
        if plain.count(value) == 1:
            out.append(value)
        else:
            counted[value] = counted.get(value, 0) + 1
            out.append(f"{value}_{counted[value]}")
    return out
