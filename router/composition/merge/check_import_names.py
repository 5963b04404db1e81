"""A merged directive is imported under one name."""

from __future__ import annotations

from router.composition.merge.merge_applied import CARRIED
from router.composition.merge.say import subgraphs
from router.composition.result import CompositionError, Node
from router.composition.source import Findings, Source
from router.federation.codes import LINK_IMPORT_NAME_MISMATCH
from router.federation.links import APOLLO, Link


def check_import_names(sources: tuple[Source, ...], findings: Findings) -> None:
    """Who reads the supergraph must find one directive under one name.

    Code: LINK_IMPORT_NAME_MISMATCH.
    """
    found: dict[str, dict[str, list[tuple[Source, Link]]]] = {}
    for source in sources:
        for link in source.subgraph.links.links:
            if not link.identity.startswith(APOLLO):
                continue
            for item in link.imports:
                if item.name[1:] in CARRIED:
                    found.setdefault(item.name, {}).setdefault(item.local, []).append((source, link))
    for name in sorted(found):
        by_local = found[name]
        if len(by_local) < 2:
            continue
        users = [user for group in by_local.values() for user in group]
        written = " but ".join(
            f'"{local}" in {subgraphs(s.name for s, _ in group)}' for local, group in by_local.items()
        )
        findings.errors.append(
            CompositionError(
                code=LINK_IMPORT_NAME_MISMATCH,
                message=f'Directive "{name}" is imported as {written}; use one name in every subgraph',
                subgraphs=tuple(sorted({s.name for s, _ in users})),
                at=name,
                nodes=tuple(Node(s.name, s.subgraph.file, link.line, link.column) for s, link in users),
            )
        )
