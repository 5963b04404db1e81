"""Variables coercion: GraphQL, section 6.1.2."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse

from router.execution.coerce import coercion
from router.execution.errors import InvalidVariablesError
from router.planning.normalize.normalize import normalize
from tests.execution.plans import supergraph_of

SCHEMA = supergraph_of("""
type Query { field(int: Int, float: Float, id: ID, text: String, flag: Boolean, ints: [Int!], kind: Kind,
  filter: Filter, pick: Pick, any: Any, must: Int): Int }
enum Kind { A B HIDDEN @inaccessible }
input Filter { text: String! count: Int = 3 inner: [Filter!] kind: Kind secret: Int @inaccessible must: Int! = 4 }
input Pick @oneOf { a: Int b: String }
scalar Any
""")


def coerce(definitions: str, variables: Any) -> dict[str, Any]:
    document = parse(f"query ({definitions}) {{ field }}")
    operation = normalize(document, None, SCHEMA)
    return coercion(operation, SCHEMA.api_schema, frozenset()).coerce(variables)


@pytest.mark.parametrize(
    ("type_", "given", "coerced"),
    [
        ("Int", 5, 5),
        ("Int", 5.0, 5),
        ("Int", None, None),
        ("Float", 5, 5),
        ("ID", 5, "5"),
        ("ID", "x", "x"),
        ("[Int!]", 5, [5]),
        ("[Int!]", [5, 6], [5, 6]),
        ("[[Int]]", 5, [[5]]),
        ("Kind", "A", "A"),
        ("Any", {"deep": [1]}, {"deep": [1]}),
        ("Filter", {"text": "t"}, {"text": "t"}),
        ("Filter", {"text": "t", "inner": {"text": "u"}}, {"text": "t", "inner": [{"text": "u"}]}),
        ("Pick", {"a": 1}, {"a": 1}),
    ],
)
def test_a_fitting_value_is_coerced(type_: str, given: Any, coerced: Any) -> None:
    assert coerce(f"$v: {type_}", {"v": given}) == {"v": coerced}


@pytest.mark.parametrize(
    ("type_", "given", "at"),
    [
        ("Int", "5", ""),
        ("Int", True, ""),
        ("Int", 2**31, ""),
        ("Int", 5.5, ""),
        ("Int!", None, ""),
        ("Float", "1", ""),
        ("String", 1, ""),
        ("Boolean", 1, ""),
        ("ID", 1.5, ""),
        ("ID", True, ""),
        ("[Int!]", [1, None], "v[1]"),
        ("[Int!]", ["x"], "v[0]"),
        ("Kind", "HIDDEN", ""),
        ("Kind", "C", ""),
        ("Kind", ["A"], ""),
        ("Filter", "x", ""),
        ("Filter", {}, ""),
        ("Filter", {"text": "t", "secret": 1}, ""),
        ("Filter", {"text": "t", "inner": [{"text": 1}]}, "v.inner[0].text"),
        ("Filter", {"text": "t", "must": None}, "v.must"),
        ("Pick", {"a": 1, "b": "x"}, ""),
        ("Pick", {"a": None}, ""),
        ("Pick", {}, ""),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_place(type_: str, given: Any, at: str) -> None:
    with pytest.raises(InvalidVariablesError) as caught:
        coerce(f"$v: {type_}", {"v": given})
    [error] = caught.value.errors
    assert 'Variable "$v"' in error.message
    assert error.code == "INVALID_VARIABLES"
    if at:
        assert f'at "{at}"' in error.message


def test_defaults_apply_to_what_is_not_given_but_not_to_null() -> None:
    definitions = '$a: Int = 4, $b: Filter = {text: "t", inner: {text: "u"}, kind: A}, $c: ID = 5, $d: Int'
    assert coerce(definitions, {"a": None}) == {
        "a": None,
        "b": {"text": "t", "inner": [{"text": "u"}], "kind": "A"},
        "c": "5",
    }


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidVariablesError) as caught:
        coerce("$a: Int!, $b: Int, $c: [Int]", {"b": "x", "c": ["y", "z"]})
    assert len(caught.value.errors) == 4


def test_what_the_operation_does_not_declare_is_not_sent() -> None:
    assert coerce("$a: Int", {"a": 1, "z": 2}) == {"a": 1}
    assert coerce("$a: Int", None) == {}
