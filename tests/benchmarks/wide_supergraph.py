"""A supergraph of many subgraphs, as companies have them: each owns entities, and adds fields to its neighbours'."""

from __future__ import annotations

from dataclasses import dataclass

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", '
    'import: ["@key", "@shareable", "@external", "@requires", "@provides", "@tag"])\n'
)
SHARED = (
    "type Money @shareable { amount: Int! currency: Currency! }\n"
    "enum Currency { EUR USD GBP }\n"
    "interface Node { id: ID! }\n"
)
NEIGHBOURS = (1, 2, 7)
"""How far off the subgraphs are whose entities one adds fields to."""


@dataclass(frozen=True, slots=True)
class WideSupergraph:
    """The shape of one; equal shapes give equal text."""

    graphs: int
    types_each: int = 25
    """Entities, one value type and one input type per subgraph."""

    @property
    def types(self) -> int:
        """How many types the subgraphs define together, those that all share left out."""
        return self.graphs * self.types_each

    def subgraphs(self) -> list[tuple[str, str]]:
        """Name and SDL of each subgraph."""
        return [(f"team{graph}", self._sdl(graph)) for graph in range(self.graphs)]

    def _sdl(self, graph: int) -> str:
        entities = range(self.types_each - 2)
        owned = "".join(self._entity(graph, number) for number in entities)
        added = "".join(self._extension(graph, distance) for distance in self._distances())
        roots = " ".join(
            f"e{graph}x{number}(id: ID!): E{graph}x{number} all{graph}x{number}(filter: Filter{graph}): "
            f"[E{graph}x{number}!]!"
            for number in entities
        )
        return (
            f"{LINK}{SHARED}type Query {{ {roots} }}\n"
            f"type Detail{graph} {{ text: String! at: String weight: Float }}\n"
            f"input Filter{graph} {{ text: String first: Int = 10 currency: Currency }}\n"
            f"{owned}{added}"
        )

    def _entity(self, graph: int, number: int) -> str:
        following = (number + 1) % (self.types_each - 2)
        return (
            f'"""Entity {number} of team {graph}."""\n'
            f'type E{graph}x{number} implements Node @key(fields: "id") {{ id: ID! name: String! @tag(name: "public") '
            f"count: Int active: Boolean! price: Money detail: Detail{graph} "
            f"next: E{graph}x{following} many(first: Int = 10): [E{graph}x{following}!]! }}\n"
        )

    def _distances(self) -> list[int]:
        return sorted({distance % self.graphs for distance in NEIGHBOURS} - {0})

    def _extension(self, graph: int, distance: int) -> str:
        """Fields that this subgraph adds to two entities of another one; the second needs a field from there."""
        other = (graph + distance) % self.graphs
        return (
            f'type E{other}x0 @key(fields: "id") {{ id: ID! from{graph}: String own{graph}: E{graph}x0 }}\n'
            f'type E{other}x1 @key(fields: "id") {{ id: ID! count: Int @external '
            f'rank{graph}: Int @requires(fields: "count") }}\n'
        )
