"""What must be given cannot be on its way out."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import INVALID_GRAPHQL
from router.federation.subgraph import InputValue, applied


def required_inputs_are_not_deprecated(source: Source) -> Iterator[CompositionError]:
    """GraphQL lets only optional arguments and input fields be @deprecated.

    Code: INVALID_GRAPHQL.
    """
    for value in _inputs(source):
        if value.directives and value.is_required and applied(value, "deprecated") is not None:
            message = f'"{value.coordinate}" is required and cannot be @deprecated; make it optional first'
            yield source.error(INVALID_GRAPHQL, message, value.coordinate, value)


def _inputs(source: Source) -> Iterator[InputValue]:
    for type_ in source.subgraph.types.values():
        yield from type_.inputs.values()
        for field in type_.fields.values():
            if field.arguments:
                yield from field.arguments.values()
