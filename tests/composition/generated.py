"""Sets of subgraphs drawn at random: entities spread over subgraphs, with the directives that spread them."""

from __future__ import annotations

from hypothesis import strategies as st

from router.composition.result import SubgraphInput

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", '
    '"@external", "@requires", "@provides", "@override", "@tag", "@inaccessible", "@interfaceObject"])'
)
ENTITIES = ("A", "B", "C")
FIELDS = ("f", "g", "h")


@st.composite
def subgraph_sets(draw: st.DrawFn) -> list[SubgraphInput]:
    """Most of them compose; those that do not are rejected with codes.

    Every subgraph has a part of the entities, each field of an entity has one owner or several that share it,
    and other subgraphs may require or provide it.
    """
    count = draw(st.integers(2, 4))
    names = [f"s{i}" for i in range(count)]
    owners = {
        (entity, field): draw(st.sets(st.sampled_from(names), min_size=1, max_size=2))
        for entity in ENTITIES
        for field in FIELDS
    }
    types = {
        (entity, field): draw(st.sampled_from(["Int", "String!", "[Int!]", "Value", "Kind", *ENTITIES]))
        for entity in ENTITIES
        for field in FIELDS
    }
    return [SubgraphInput(n, f"http://{n}", _subgraph(draw, n, owners, types)) for n in names]


def _subgraph(
    draw: st.DrawFn,
    name: str,
    owners: dict[tuple[str, str], set[str]],
    types: dict[tuple[str, str], str],
) -> str:
    parts = [LINK, "type Value @shareable { x: Int y: String }", "enum Kind { ONE TWO }"]
    roots = [f"  {name}{e}: {draw(st.sampled_from([e, f'[{e}!]!', 'Node']))}" for e in ENTITIES]
    shown = draw(st.sampled_from(["", ' @tag(name: "t")', " @deprecated"]))
    parts.append("type Query {\n" + "\n".join(roots) + f"\n  {name}v: Value{shown}\n}}")
    parts.append("interface Node { id: ID! }")
    for entity in ENTITIES:
        lines = ["  id: ID!"]
        for field in FIELDS:
            here = owners[entity, field]
            if name in here:
                sharing = " @shareable" if len(here) > 1 else draw(st.sampled_from(["", ' @tag(name: "u")']))
                lines.append(f"  {field}: {types[entity, field]}{sharing}")
        foreign = [
            f
            for f in FIELDS
            if name not in owners[entity, f] and types[entity, f] in ("Int", "String!", "Kind")
        ]
        if foreign and draw(st.booleans()):
            needed = draw(st.sampled_from(foreign))
            lines.append(f"  {needed}: {types[entity, needed]} @external")
            lines.append(f'  {name}r: Int @requires(fields: "{needed}")')
        closed = draw(st.sampled_from(["", "", "", ", resolvable: false"]))
        parts.append(
            f'type {entity} implements Node @key(fields: "id"{closed}) {{\n' + "\n".join(lines) + "\n}"
        )
    return "\n\n".join(parts)
