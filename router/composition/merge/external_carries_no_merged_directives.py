"""Directives that composition merges stand where the field is resolved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from router.composition.merge.merge_applied import CARRIED
from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL
from router.federation.subgraph import Applied, FieldDefinition

_MERGED: Final = frozenset(CARRIED)


def external_carries_no_merged_directives(source: Source) -> Iterator[CompositionError]:
    """On an @external field they would be ignored in silence.

    Code: MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL.
    """
    for type_ in source.subgraph.types.values():
        for field in type_.fields.values():
            if source.use.is_external(field):
                yield from _errors(source, field, field.coordinate, field.directives)
                for argument in field.arguments.values():
                    yield from _errors(source, field, argument.coordinate, argument.directives)


def _errors(
    source: Source, field: FieldDefinition, coordinate: str, directives: Applied
) -> Iterator[CompositionError]:
    for use in directives:
        if use.is_known and use.name in _MERGED:
            message = (
                f'@{use.name} on "{coordinate}" has no effect because "{field.coordinate}" is @external; '
                "move it to the subgraph that resolves the field"
            )
            yield source.error(MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL, message, coordinate, use)
