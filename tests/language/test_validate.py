"""Validation against the API schema."""

from __future__ import annotations

from graphql import build_schema

from router.language.document import parse_operation
from router.language.validate import validate_operation

SCHEMA = build_schema("type Query { name: String }")


def test_a_valid_operation_has_no_errors() -> None:
    assert validate_operation(parse_operation("{ name }"), SCHEMA) == []


def test_suggestions_are_hidden_unless_wanted() -> None:
    document = parse_operation("{ nam }")
    [hidden] = validate_operation(document, SCHEMA)
    [shown] = validate_operation(document, SCHEMA, hides_suggestions=False)
    assert "name" not in hidden.message
    assert "Did you mean 'name'?" in shown.message
    assert hidden.formatted["locations"] == [{"line": 1, "column": 3}]


def test_introspection_can_be_forbidden() -> None:
    document = parse_operation("{ __typename __schema { queryType { name } } }")
    assert validate_operation(document, SCHEMA) == []
    assert len(validate_operation(document, SCHEMA, allows_introspection=False)) == 2
