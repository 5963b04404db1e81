"""Composition: subgraphs in, supergraph SDL or every error of the gate that stopped them.

    read        SDL → Subgraph, links resolved
    subgraph    each subgraph alone, against `subgraph_rules`
    merge       one schema out of all
    supergraph  that schema and its sources, against `supergraph_rules`
    paths       every path clients can take through it, over the query graph

A gate opens only when the one before found nothing: what is built on a faulty subgraph
would only say the same fault again in other words.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType

from router.composition.merge.check_bases import check_bases
from router.composition.merge.merge_subgraphs import merge_subgraphs
from router.composition.merge.merged import Merged
from router.composition.merge.merging import declarations
from router.composition.read_inputs import read_inputs
from router.composition.result import Composed, Rejected, SubgraphInput
from router.composition.satisfiability import satisfiability
from router.composition.source import Findings, Source, sources_of
from router.composition.subgraph_rules.rules import subgraph_errors
from router.composition.supergraph_rules.rules import MERGE_RULES, SUPERGRAPH_RULES
from router.composition.upgrade import upgrade
from router.composition.write_api import write_api
from router.composition.write_supergraph import write_supergraph
from router.language.quiet_collector import quiet_collector
from router.querygraph.satisfiability import MAX_VISITS


def compose(subgraphs: Sequence[SubgraphInput], *, max_steps: int = MAX_VISITS) -> Composed | Rejected:
    """Compose the subgraphs.

    ``max_steps`` bounds the last gate: how many types it visits on its ways through the subgraphs.

    Invariant: the order of ``subgraphs`` changes no byte of the result.
    Cost: near linear in the size of the schemas.
    Raises: nothing for a user's mistake.
    """
    with quiet_collector():
        return _compose(subgraphs, max_steps)


def _compose(subgraphs: Sequence[SubgraphInput], max_steps: int) -> Composed | Rejected:
    found = Findings()
    read = read_inputs(subgraphs, found)
    if found.errors:
        return _rejected(found)
    sources = sources_of(upgrade(read, found))
    if found.errors:
        return _rejected(found)
    for source in sources:
        found.errors.extend(subgraph_errors(source))
    if found.errors:
        return _rejected(found)
    merged = _merge(sources, found)
    if merged is None:
        return _rejected(found)
    for check in SUPERGRAPH_RULES:
        found.take(check(merged))
    if found.errors:
        return _rejected(found)
    found.take(satisfiability(merged, max_steps))
    if found.errors:
        return _rejected(found)
    return Composed(write_supergraph(merged), write_api(merged), tuple(found.hints))


def _merge(sources: tuple[Source, ...], found: Findings) -> Merged | None:
    """All in one schema, or None when the sources do not agree."""
    declared = declarations(sources)
    check_bases(declared, found, federation_1=True)
    if found.errors:
        return None
    merged = merge_subgraphs(sources, found)
    check_bases(declared, found, federation_1=False)
    for check in MERGE_RULES:
        found.take(check(merged))
    return None if found.errors else merged


def _rejected(found: Findings) -> Rejected:
    return Rejected(tuple(found.errors), tuple(found.hints))


class _Callable(ModuleType):
    """The module is called as its function is: ``router.composition.compose(subgraphs)`` (ADR 4)."""

    def __call__(
        self, subgraphs: Sequence[SubgraphInput], *, max_steps: int = MAX_VISITS
    ) -> Composed | Rejected:
        return compose(subgraphs, max_steps=max_steps)


sys.modules[__name__].__class__ = _Callable
