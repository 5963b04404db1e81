"""What is only extended has nothing to be merged with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from router.composition.merge.say import subgraphs
from router.composition.source import Declared, Findings
from router.federation.codes import EXTENSION_WITH_NO_BASE
from router.federation.subgraph import TypeDefinition

ROOT_NAMES = ("Query", "Mutation", "Subscription")


def check_bases(
    declared: Mapping[str, Sequence[Declared[TypeDefinition]]], findings: Findings, *, federation_1: bool
) -> None:
    """Some subgraph must define each type; roots need no definition.

    For federation 1 extensions this is asked before all else: there an extension is nothing without its base.
    Code: EXTENSION_WITH_NO_BASE.
    """
    for name in sorted(declared):
        owners = declared[name]
        is_first = any(o.source.subgraph.is_federation_1 for o in owners)
        if is_first is not federation_1 or name in ROOT_NAMES:
            continue
        if not any(o.element.has_definition for o in owners):
            message = (
                f'"{name}" is only extended, in {subgraphs(o.source.name for o in owners)}; '
                "no subgraph defines it. Drop the `extend` in one of them"
            )
            findings.error(EXTENSION_WITH_NO_BASE, message, name, owners)
