"""What composition promises whatever it is given: values, no exceptions, the same bytes."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest
from graphql import build_schema

from router.composition.compose import compose
from router.composition.result import Composed, Rejected, SubgraphInput

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key", "@shareable"])\n'
)


def one(sdl: str) -> Composed | Rejected:
    return compose([SubgraphInput("a", "http://a", sdl, "a.graphql")])


BAD = {
    "empty": "",
    "a comment": "# nothing",
    "not GraphQL": "<html>502</html>",
    "binary": "\x00\x01\x02",
    "an operation": "query { a }",
    "nested 10,000 deep": "type Query { a: " + "[" * 10_000 + "Int" + "]" * 10_000 + " }",
    "a default nested 10,000 deep": "type Query { a(x: Int = " + "[" * 10_000 + "]" * 10_000 + "): Int }",
    "reserved names": "type Query { a: __T }\ntype __T { a: Int }",
    "a reserved field": "type Query { __a: Int }",
    "only an extension of nothing": "extend type T { a: Int }",
    "an unknown root": "schema { query: Nope }",
    "two schemas": "schema { query: Query }\nschema { query: Query }\ntype Query { a: Int }",
    "a directive on itself": "directive @a(x: Int @a) on ARGUMENT_DEFINITION\ntype Query { q(x: Int @a): Int }",
    "a directive cycle": "directive @a(x: Int @b) on ARGUMENT_DEFINITION\n"
    "directive @b(x: In) on ARGUMENT_DEFINITION | INPUT_OBJECT\ninput In @a(x: 1) { x: Int }\n"
    "type Query { q(x: Int @a): Int }",
    "an input that needs itself": "input A { b: B! }\ninput B { a: A! }\ntype Query { q(a: A): Int }",
    "10 MB of types": "type T { a: Int }\n" * 600_000,
    "10 MB of nothing": " " * 10_000_000,
    "a size of 10,000 digits": LINK.replace('"@key"', '"@listSize"').replace("2.6", "2.9")
    + f"type Query {{ a: Int @listSize(assumedSize: {'9' * 10_000}) }}",
    "an interface of itself": "interface I implements I { a: Int }\ntype Query { a: I }",
    "a union of unions": "union U = V\nunion V = U\ntype Query { a: U }",
    "a link without URL": "extend schema @link\ntype Query { a: Int }",
    "a link of the wrong kind": "extend schema @link(url: 3, import: 4)\ntype Query { a: Int }",
    "a broken import": LINK.replace('"@key"', "{as: 3}") + "type Query { a: Int }",
    "a key of everything wrong": LINK
    + "type Query { a: T }\ntype T @key(fields: {a: 1}, x: 3) @key { id: ID! }",
    "a key with a stray brace": LINK
    + 'type Query { a: T }\ntype T @key(fields: "id } type X {") { id: ID! }',
}


@pytest.mark.parametrize("sdl", BAD.values(), ids=BAD.keys())
def test_bad_input_is_rejected_with_a_code_and_a_place(sdl: str) -> None:
    result = one(sdl)
    assert isinstance(result, Rejected)
    for error in result.errors:
        assert error.code
        assert error.message
        assert error.subgraphs == ("a",) or error.code == "NO_QUERIES"
        assert error.nodes or error.code == "NO_QUERIES"


def test_no_subgraphs_have_no_queries() -> None:
    result = compose([])
    assert isinstance(result, Rejected)
    assert [e.code for e in result.errors] == ["NO_QUERIES"]


def test_two_subgraphs_of_one_name_are_rejected() -> None:
    given = SubgraphInput("a", "http://a", "type Query { a: Int }")
    result = compose([given, given])
    assert isinstance(result, Rejected)
    assert [e.code for e in result.errors] == ["INVALID_SUBGRAPH_NAME"]


def test_all_errors_of_a_gate_come_at_once() -> None:
    """Of a subgraph that is no GraphQL schema, only that is told; of the others, everything."""
    wrong_schema = "type Query { a: T b: Nope }\ntype T { id(x: Int): ID! }\nscalar S @what\n"
    wrong_keys = 'type T @key(fields: "nope") @key(fields: "id") { id(x: Int): ID! }\n'
    result = compose(
        [
            SubgraphInput("a", "http://a", LINK + wrong_schema + wrong_keys.replace("T", "U"), "a.graphql"),
            SubgraphInput("b", "http://b", LINK + wrong_keys, "b.graphql"),
        ]
    )
    assert isinstance(result, Rejected)
    assert [(e.code, n.file, n.line, n.column) for e in result.errors for n in e.nodes] == [
        ("INVALID_GRAPHQL", "a.graphql", 2, 19),
        ("INVALID_GRAPHQL", "a.graphql", 4, 11),
        ("KEY_INVALID_FIELDS", "b.graphql", 2, 9),
        ("KEY_FIELDS_HAS_ARGS", "b.graphql", 2, 30),
        ("KEY_FIELDS_HAS_ARGS", "b.graphql", 2, 50),
    ]


def test_the_api_schema_is_a_schema_without_federation() -> None:
    result = one(LINK + 'type Query { a: T }\n"An entity."\ntype T @key(fields: "id") { id: ID! @shareable }')
    assert isinstance(result, Composed)
    schema = build_schema(result.api_sdl)
    assert sorted(d.name for d in schema.directives) == [
        "deprecated",
        "include",
        "oneOf",
        "skip",
        "specifiedBy",
    ]
    assert "join__" not in result.api_sdl
    assert schema.type_map["T"].description == "An entity."


@pytest.mark.parametrize(
    "way",
    [
        "import router.composition; compose = router.composition.compose",
        "from router.composition import compose",
        "from router.composition.compose import compose",
        "import router.composition.compose; compose = router.composition.compose",
        "from router.composition.result import Composed; import router; compose = router.composition.compose",
    ],
)
def test_composition_is_called_by_its_room_or_its_module(way: str) -> None:
    """In a process of its own: what was imported before must not matter."""
    program = (
        f"{way}; from router.composition.result import Composed, SubgraphInput; "
        "result = compose([SubgraphInput('a', 'http://a', 'type Query { a: Int }')]); "
        "raise SystemExit(not isinstance(result, Composed))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300)


def test_a_room_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match="no attribute 'composed'"):
        _ = import_module("router.composition").composed
