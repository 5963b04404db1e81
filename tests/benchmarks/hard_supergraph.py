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

    def subgraphs(self) -> tuple[tuple[str, str], ...]:
        """Name and SDL of each subgraph."""
        owners = self._owners()
        return tuple((f"g{graph}", self._sdl(graph, owners)) for graph in range(self.graphs))

    def operation(self, depth: int) -> str:
        """All scalars of everything that ``depth`` links reach from the root."""
        return "{ root { " + self._selection(0, depth) + " } }"

    def naive_plans(self, depth: int) -> int:
        """The power of ten of the number of ways to choose a subgraph for each leaf on its own."""
        owners = self._owners()
        seen, log = [0], 0.0
        for level in range(depth + 1):
            for type_number in seen:
                names = [f"s{number}" for number in range(self.scalars)]
                if level < depth:
                    names += [f"l{number}" for number in range(self.links)]
                log += sum(math.log10(len(owners[type_number, name][1])) for name in names)
            seen = [self._target(number, link) for number in seen for link in range(self.links)]
        return math.floor(log)

    def _owners(self) -> Owners:
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
        sdl = LINK
        if graph < 3:
            sdl += "type Query { root: T0 @shareable }\n"
        for type_number in range(self.types):
            fields = " ".join(
                f"{name}: {field_type} @shareable"
                for (owner, name), (field_type, graphs) in owners.items()
                if owner == type_number and graph in graphs
            )
            sdl += f'type T{type_number} @key(fields: "id") {{ id: ID! {fields} }}\n'
        return sdl

    def _selection(self, type_number: int, depth: int) -> str:
        parts = [f"s{number}" for number in range(self.scalars)]
        if depth:
            parts += [
                f"l{link} {{ {self._selection(self._target(type_number, link), depth - 1)} }}"
                for link in range(self.links)
            ]
        return " ".join(parts)
