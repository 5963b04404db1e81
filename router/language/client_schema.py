"""The schema that clients see, as they get it: by introspection, and as SDL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from graphql import (
    GraphQLSchema,
    IntrospectionQuery,
    build_client_schema,
    get_introspection_query,
    introspection_from_schema,
    print_schema,
)


def introspection_query() -> str:
    """Give the text that asks for everything that SDL can say."""
    return get_introspection_query(input_value_deprecation=True, schema_description=True)


def sdl_of_introspection(data: Mapping[str, Any]) -> str:
    """Give SDL for the data of an answer.  Raises: TypeError or ValueError for what is no introspection."""
    return print_schema(build_client_schema(cast(IntrospectionQuery, data)))


def sdl_of_schema(schema: GraphQLSchema) -> str:
    """Give SDL, without applied directives that introspection does not tell."""
    return print_schema(schema)


def introspection_of_schema(schema: GraphQLSchema) -> dict[str, Any]:
    """Give what introspection would answer."""
    return dict(introspection_from_schema(schema))
