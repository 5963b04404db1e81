"""Directives that tell routers something about one subgraph's answers: carried over as ``@join__directive``."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Final

from graphql.language import ValueNode

from router.composition.merge.merged import JoinDirective
from router.composition.source import Declared
from router.federation.subgraph import Element
from router.language.values import comparable

CARRIED_BY_JOIN: Final = {"cacheTag": "federation__cacheTag"}
"""Known directive → its name in the supergraph."""


def merge_join_directives(declared: Sequence[Declared[Element]]) -> tuple[JoinDirective, ...]:
    """Each distinct use once, with the subgraphs that apply it, in the order of the subgraphs."""
    found: dict[tuple[str, Hashable], tuple[list[str], Mapping[str, ValueNode]]] = {}
    for d in declared:
        for use in d.element.directives:
            if not (use.is_known and use.name in CARRIED_BY_JOIN):
                continue
            key = (use.name, tuple(sorted((n, comparable(v)) for n, v in use.arguments.items())))
            graphs, _ = found.setdefault(key, ([], use.arguments))
            if d.source.graph not in graphs:
                graphs.append(d.source.graph)
    return tuple(
        JoinDirective(tuple(graphs), CARRIED_BY_JOIN[name], arguments)
        for (name, _), (graphs, arguments) in found.items()
    )
