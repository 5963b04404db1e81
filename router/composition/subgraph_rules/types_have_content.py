"""A type defines at least one field, member, value or input field."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import INVALID_GRAPHQL
from router.federation.subgraph import Kind


def types_have_content(source: Source) -> Iterator[CompositionError]:
    """GraphQL knows no empty types; an extension may bring directives only.

    A subgraph's query root always has what every router asks (``_service``), even where the SDL leaves it out.

    Code: INVALID_GRAPHQL.
    """
    for type_ in source.subgraph.types.values():
        if type_.kind is Kind.SCALAR or not type_.has_definition or type_.name == "Query":
            continue
        if not (type_.fields or type_.members or type_.values or type_.inputs):
            message = f'Type "{type_.name}" must define one or more parts; it is empty.'
            yield source.error(INVALID_GRAPHQL, message, type_.name, type_)
