"""Operations that are made to cost: each small enough to send, each meant to be too much."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput

KINDS = 100
"""Implementations of the interface."""
LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", '
    'import: ["@key", "@external", "@shareable"])\n'
)


def _sdl(number: int) -> str:
    """One of three subgraphs; each resolves ``next`` for a third of the implementations only."""
    kinds = "\n".join(
        f'type K{kind} implements Node @key(fields: "id")'
        f" {{ id: ID! next: Node {'' if kind % 3 == number else '@external'} n{number}: Int }}"
        for kind in range(KINDS)
    )
    query = "type Query { node(id: ID, ids: [ID!]): Node @shareable }"
    return f"{LINK}{query} interface Node {{ id: ID! next: Node }}\n{kinds}"


@lru_cache
def hostile_sdl() -> str:
    """The supergraph they are sent to."""
    composed = compose([SubgraphInput(f"s{n}", f"http://s{n}.test/", _sdl(n)) for n in range(3)])
    assert isinstance(composed, Composed), composed.errors
    return composed.supergraph_sdl


def hostile_operations() -> Iterator[tuple[str, str]]:
    """Name and text of each."""
    yield "ten thousand aliases", "{ " + " ".join(f"a{n}: node {{ id }}" for n in range(10_000)) + " }"
    yield (
        "ten thousand aliases of one object",
        ("{ node { " + " ".join(f"a{n}: id" for n in range(10_000)) + " } }"),
    )
    bomb = "".join(f"fragment F{n} on Node {{ ...F{n + 1} ...F{n + 1} }} " for n in range(40))
    yield "a fragment bomb", bomb + "fragment F40 on Node { id } { node { ...F0 } }"
    deep = "".join(
        f"fragment F{n} on Node {{ a: next {{ ...F{n + 1} }} b: next {{ ...F{n + 1} }} }} " for n in range(30)
    )
    yield "a fragment bomb in depth", deep + "fragment F30 on Node { id } { node { ...F0 } }"
    yield "fields five hundred deep", "{ node " + "{ next " * 500 + "{ id }" + " }" * 500 + " }"
    yield "fragments five hundred deep", "{ node " + "{ ... on Node " * 500 + "{ id }" + " }" * 500 + " }"
    yield (
        "cyclic fragments",
        ("fragment A on Node { next { ...B } } fragment B on Node { next { ...A } } { node { ...A } }"),
    )
    yield "a megabyte of text", "{ node { id } } #" + "x" * 1_000_000
    yield "a megabyte of fields", "{ node { " + "id " * 350_000 + "} }"
    variables = " ".join(f"$v{n}: Boolean!" for n in range(2_000))
    included = " ".join(f"a{n}: id @include(if: $v{n})" for n in range(2_000))
    yield "two thousand conditions", f"query ({variables}) {{ node {{ {included} }} }}"
    few = " ".join(f"$v{n}: Boolean!" for n in range(40))
    nested = "id"
    for n in range(40):
        nested = f"... @include(if: $v{n}) {{ {nested} }} ... @skip(if: $v{n}) {{ a{n}: id }}"
    yield "forty conditions in each other", f"query ({few}) {{ node {{ {nested} }} }}"
    ids = ", ".join(f'"{n}"' for n in range(20_000))
    yield "a list of twenty thousand", f"{{ node(ids: [{ids}]) {{ id }} }}"
    yield (
        "twenty thousand variables",
        ("query (" + " ".join(f"$v{n}: ID" for n in range(20_000)) + ") { node(id: $v0) { id } }"),
    )
    yield "types that multiply", "{ node " + "{ next " * 3 + "{ id }" + " }" * 3 + " }"
    each = " ".join(f"... on K{n} {{ n0 n1 n2 next {{ id }} }}" for n in range(KINDS))
    yield "every type of the interface", f"{{ node {{ {each} }} }}"
    yield "every type below every type", f"{{ node {{ next {{ {each} }} }} }}"
