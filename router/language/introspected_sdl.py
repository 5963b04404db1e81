"""SDL out of what a server says of itself by introspection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from graphql import GraphQLError, build_client_schema, get_introspection_query, print_schema

INTROSPECTION_QUERY: Final = get_introspection_query(descriptions=True)


def introspected_sdl(data: Mapping[str, Any]) -> str | None:
    """Give the SDL of an introspection's ``data``; None where it is none.

    Applied directives are not in it: introspection does not tell them.
    Spec: GraphQL, section 4.2.
    """
    try:
        return print_schema(build_client_schema(data))  # type: ignore[arg-type]  # whatever came is read here
    except (GraphQLError, TypeError, KeyError, ValueError, AttributeError):
        return None
