"""Unions: the members of all subgraphs together."""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.merge.merging import Merging
from router.composition.merge.say import subgraphs
from router.composition.source import Declared
from router.federation.hints import INCONSISTENT_UNION_MEMBER
from router.federation.subgraph import TypeDefinition


def merge_members(
    owners: Sequence[Declared[TypeDefinition]], merging: Merging
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The members in first-seen order, and graph and member of each declaration."""
    members = tuple(dict.fromkeys(m for owner in owners for m in owner.element.members))
    name = owners[0].element.name
    for member in members:
        lacking = [o for o in owners if member not in o.element.members]
        if lacking:
            missing = subgraphs(o.source.name for o in lacking)
            message = f'Union "{name}" has member "{member}" in some subgraphs, but not in {missing}'
            merging.findings.hint(INCONSISTENT_UNION_MEMBER, message, name, owners)
    return members, tuple((o.source.graph, m) for o in owners for m in o.element.members)
