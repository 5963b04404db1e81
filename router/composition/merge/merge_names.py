"""What the supergraph calls the directives of the specifications: what the subgraphs that use them call them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from router.composition.merge.merge_applied import CARRIED
from router.composition.merge.say import subgraphs
from router.composition.result import CompositionError
from router.composition.source import Declared, Findings, Placed, Source, names_of, nodes_of
from router.federation.codes import LINK_IMPORT_NAME_MISMATCH
from router.federation.directives import BUILT_IN_DIRECTIVES
from router.federation.subgraph import Applied, AppliedDirective, Subgraph

_NAMED: Final = frozenset({*CARRIED, "context"} - BUILT_IN_DIRECTIVES.keys())
"""Directives that a supergraph repeats and a @link may rename."""


def merge_names(sources: tuple[Source, ...], findings: Findings) -> dict[str, str]:
    """Name in the supergraph of each directive of the specifications that it repeats.

    Who reads the supergraph must find one directive under one name, so all who use it must agree.
    Cost: one look at every applied directive.
    Code: LINK_IMPORT_NAME_MISMATCH.
    """
    users: dict[str, dict[str, list[Declared[AppliedDirective]]]] = {}
    for source in sources:
        seen: set[str] = set()
        for directives in _applied(source.subgraph):
            for use in directives:
                if use.is_known and use.name in _NAMED and use.written not in seen:
                    seen.add(use.written)
                    users.setdefault(use.name, {}).setdefault(use.written, []).append(Declared(source, use))
    for name in sorted(users):
        if len(users[name]) > 1:
            findings.errors.append(_mismatch(name, users[name]))
    return {name: next(iter(group)) for name, group in users.items()}


def _applied(subgraph: Subgraph) -> Iterator[Applied]:
    """The directives of every element that has any."""
    if subgraph.schema_directives:
        yield subgraph.schema_directives
    for type_ in subgraph.types.values():
        if type_.directives:
            yield type_.directives
        for field in type_.fields.values():
            if field.directives:
                yield field.directives
            if field.arguments:
                yield from (argument.directives for argument in field.arguments.values())
        for part in (type_.inputs, type_.values):
            yield from (element.directives for element in part.values())


def _mismatch(name: str, users: Mapping[str, list[Declared[AppliedDirective]]]) -> CompositionError:
    written = " but ".join(
        f'"@{local}" in {subgraphs(d.source.name for d in group)}' for local, group in users.items()
    )
    places: list[Declared[Placed]] = [d for group in users.values() for d in group]
    return CompositionError(
        code=LINK_IMPORT_NAME_MISMATCH,
        message=f'Directive "@{name}" is called {written}; import it under one name in every subgraph',
        subgraphs=names_of(places),
        at=f"@{name}",
        nodes=nodes_of(places),
    )
