"""A supergraph that naive planning cannot survive: subgraphs that overlap on most fields, every type an entity.

Each scalar can be had from up to ``share`` subgraphs, and each link from exactly ``share``; an operation that walks
the links a few levels down has hundreds of leaves, each with that many ways.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])\n'
)
Owners: TypeAlias = Mapping[tuple[int, str], tuple[str, tuple[int, ...]]]
"""From type number and field to the field's type and the subgraphs that have it."""


@dataclass(frozen=True, slots=True)
class HardSupergraph:
    """The shape of one; equal shapes give equal text."""

    graphs: int = 7
    types: int = 5
    scalars: int = 8
    links: int = 3
    share: int = 4
    seed: int = 1
    roots: int = 3
    """Subgraphs that have the root field."""
    second_key: bool = False
    """Whether types have a second key, and most subgraphs know only one of the two."""

    def subgraphs(self) -> tuple[tuple[str, str], ...]:
        """Name and SDL of each subgraph."""
        owners = self.owners()
        return tuple((f"g{graph}", self._sdl(graph, owners)) for graph in range(self.graphs))

    def operation(self, depth: int) -> str:
        """All scalars of everything that ``depth`` links reach from the root."""
        return "{ root { " + self._selection(0, depth) + " } }"

    def naive_plans(self, depth: int) -> int:
        """The power of ten of the number of ways to choose a subgraph for each leaf on its own."""
        owners = self.owners()
        seen, log = [0], 0.0
        for level in range(depth + 1):
            for type_number in seen:
                names = self.fields(depth - level)
                log += sum(math.log10(len(owners[type_number, name][1])) for name in names)
            seen = [self._target(number, link) for number in seen for link in range(self.links)]
        return math.floor(log)

    def fields(self, depth: int) -> list[str]:
        """Give the fields asked of an object with so many links below it."""
        scalars = [f"s{number}" for number in range(self.scalars)]
        return scalars + [f"l{number}" for number in range(self.links if depth else 0)]

    def keys(self) -> Mapping[tuple[int, int], frozenset[str]]:
        """Give the keys by which each type (by number) can be entered, and told, in each subgraph."""
        if not self.second_key:
            return {(t, graph): frozenset({"id"}) for t in range(self.types) for graph in range(self.graphs)}
        chance = random.Random(-self.seed)
        kinds = (frozenset({"id"}), frozenset({"code"}), frozenset({"id", "code"}))
        return {
            (t, graph): chance.choice(kinds) if graph else kinds[2]
            for t in range(self.types)
            for graph in range(self.graphs)
        }

    def owners(self) -> Owners:
        """Give who has which field."""
        chance = random.Random(self.seed)
        counts = (1, 2, self.share, self.share)
        owners: dict[tuple[int, str], tuple[str, tuple[int, ...]]] = {}
        for type_number in range(self.types):
            for number in range(self.scalars):
                graphs = chance.sample(range(self.graphs), chance.choice(counts))
                owners[type_number, f"s{number}"] = "String", tuple(sorted(graphs))
            for number in range(self.links):
                graphs = chance.sample(range(self.graphs), self.share)
                owners[type_number, f"l{number}"] = (
                    f"T{self._target(type_number, number)}",
                    tuple(sorted(graphs)),
                )
        return owners

    def _target(self, type_number: int, link: int) -> int:
        return (type_number + 1 + link) % self.types

    def _sdl(self, graph: int, owners: Owners) -> str:
        sdl, keys = LINK, self.keys()
        if graph < self.roots:
            sdl += "type Query { root: T0 @shareable }\n"
        for type_number in range(self.types):
            fields = " ".join(
                f"{name}: {field_type} @shareable"
                for (owner, name), (field_type, graphs) in owners.items()
                if owner == type_number and graph in graphs
            )
            names = sorted(keys[type_number, graph])
            directives = " ".join(f'@key(fields: "{name}")' for name in names)
            fields = " ".join((*(f"{name}: ID!" for name in names), fields))
            sdl += f"type T{type_number} {directives} {{ {fields} }}\n"
        return sdl

    def _selection(self, type_number: int, depth: int) -> str:
        parts = []
        for name in self.fields(depth):
            below = ""
            if name.startswith("l"):
                below = f" {{ {self._selection(self._target(type_number, int(name[1:])), depth - 1)} }}"
            parts.append(name + below)
        return " ".join(parts)
