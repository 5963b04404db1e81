"""Directive definitions: executable ones common to all subgraphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from router.composition.merge.merge_descriptions import merge_descriptions
from router.composition.merge.merge_inputs import ARGUMENT, merge_inputs
from router.composition.merge.merged import MergedDirectiveDefinition
from router.composition.merge.merging import Merging
from router.composition.merge.say import subgraphs
from router.composition.source import Declared
from router.federation.hints import (
    INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS,
    INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE,
    INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE,
    INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_LOCATIONS,
    INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE,
    NO_EXECUTABLE_DIRECTIVE_INTERSECTION,
)
from router.federation.subgraph import DirectiveDefinition

EXECUTABLE: Final = frozenset(
    {
        "QUERY",
        "MUTATION",
        "SUBSCRIPTION",
        "FIELD",
        "FRAGMENT_DEFINITION",
        "FRAGMENT_SPREAD",
        "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION",
    }
)


def merge_directive_definitions(
    composed: Sequence[Sequence[Declared[DirectiveDefinition]]], merging: Merging
) -> dict[str, MergedDirectiveDefinition]:
    """Executable directives that every subgraph defines, and composed ones, sorted by name."""
    declared: dict[str, list[Declared[DirectiveDefinition]]] = {}
    for source in merging.sources:
        for definition in source.subgraph.directives.values():
            if EXECUTABLE.intersection(definition.locations):
                declared.setdefault(definition.name, []).append(Declared(source, definition))
    merged: dict[str, MergedDirectiveDefinition] = {}
    for name in sorted(declared):
        common = _merge_executable(declared[name], merging)
        if common is not None:
            merged[name] = common
    for group in composed:
        merged[group[0].element.name] = _take_over(group, merging)
    return dict(sorted(merged.items()))


def _take_over(
    declared: Sequence[Declared[DirectiveDefinition]], merging: Merging
) -> MergedDirectiveDefinition:
    """A composed directive, defined as its newest version is, the first of ``declared``.

    It may stand wherever some subgraph lets it stand, and as often: the supergraph repeats all its uses.
    """
    definition = declared[0].element
    at = f"@{definition.name}"
    locations = tuple(dict.fromkeys(place for d in declared for place in d.element.locations))
    if any(set(d.element.locations) != set(locations) for d in declared):
        message = f'Composed directive "{at}" has different locations in its subgraphs; all are kept'
        merging.findings.hint(INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_LOCATIONS, message, at, declared)
    repeatable = [d.element.is_repeatable for d in declared]
    if any(repeatable) and not all(repeatable):
        message = f'Composed directive "{at}" is repeatable in some subgraphs only, so it is'
        merging.findings.hint(INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE, message, at, declared)
    return MergedDirectiveDefinition(
        name=definition.name,
        arguments=merge_inputs([(declared[0].source, definition.arguments)], ARGUMENT, merging),
        locations=locations,
        is_repeatable=any(repeatable),
        description=definition.description,
        is_executable=bool(EXECUTABLE.intersection(locations)),
    )


def _merge_executable(
    declared: Sequence[Declared[DirectiveDefinition]], merging: Merging
) -> MergedDirectiveDefinition | None:
    first = declared[0].element
    at = f"@{first.name}"
    names = {d.source.name for d in declared}
    missing = [s.name for s in merging.sources if s.name not in names]
    if missing:
        message = f'Executable directive "{at}" is not in {subgraphs(missing)}, so clients do not see it'
        merging.findings.hint(INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE, message, at, declared)
        return None
    locations = [
        place
        for place in first.locations
        if place in EXECUTABLE and all(place in d.element.locations for d in declared)
    ]
    if not locations:
        message = f'The subgraphs have no location of executable directive "{at}" in common'
        merging.findings.hint(NO_EXECUTABLE_DIRECTIVE_INTERSECTION, message, at, declared)
        return None
    if any(EXECUTABLE.intersection(d.element.locations) != set(locations) for d in declared):
        message = f'Executable directive "{at}" has different locations; those common to all are kept'
        merging.findings.hint(INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS, message, at, declared)
    repeatable = [d.element.is_repeatable for d in declared]
    if any(repeatable) and not all(repeatable):
        message = f'Executable directive "{at}" is repeatable in some subgraphs only, so it is not'
        merging.findings.hint(INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE, message, at, declared)
    return MergedDirectiveDefinition(
        name=first.name,
        arguments=merge_inputs([(d.source, d.element.arguments) for d in declared], ARGUMENT, merging),
        locations=tuple(locations),
        is_repeatable=all(repeatable),
        description=merge_descriptions(declared, at, merging.findings),
        is_executable=True,
    )
