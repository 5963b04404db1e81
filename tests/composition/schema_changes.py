"""Pairs of schemas and what changes between them: severity, code, coordinate."""

from __future__ import annotations

from typing import Final

Q: Final = "type Query { a: Int } "


def _of(before: str, after: str, *expected: str) -> tuple[str, str, list[str]]:
    return Q + before, Q + after, list(expected)


def _args(before: str, after: str, *expected: str) -> tuple[str, str, list[str]]:
    return f"type Query {{ a{before}: Int }}", f"type Query {{ a{after}: Int }}", list(expected)


def _output(before: str, after: str, *expected: str) -> tuple[str, str, list[str]]:
    return f"type Query {{ a: {before} }}", f"type Query {{ a: {after} }}", list(expected)


_E: Final = "type Query { a(e: E): Int } enum E { A B }"
_EO: Final = "type Query { a: E } enum E { A B }"
_AUTH: Final = "directive @authenticated on FIELD_DEFINITION "

CHANGED: Final[list[tuple[str, str, list[str]]]] = [
    # Types and roots
    _of("", "type T { a: Int }", "safe TYPE_ADDED T"),
    _of("type T { a: Int }", "", "breaking TYPE_REMOVED T"),
    _of("type T { a: Int }", "interface T { a: Int }", "breaking TYPE_KIND_CHANGED T"),
    _of("", "type Mutation { a: Int }", "safe ROOT_TYPE_ADDED Mutation", "safe TYPE_ADDED Mutation"),
    _of(
        "type Mutation { a: Int }",
        "",
        "breaking ROOT_TYPE_REMOVED Mutation",
        "breaking TYPE_REMOVED Mutation",
    ),
    (
        "schema { query: A } type A { a: Int } type B { a: Int }",
        "schema { query: B } type A { a: Int } type B { a: Int }",
        ["breaking ROOT_TYPE_CHANGED A"],
    ),
    # Fields
    _of("type T { a: Int }", "type T { a: Int b: Int }", "safe FIELD_ADDED T.b"),
    _of("type T { a: Int b: Int }", "type T { a: Int }", "breaking FIELD_REMOVED T.b"),
    _output("Int", "Int!", "safe FIELD_TYPE_CHANGED Query.a"),
    _output("Int!", "Int", "breaking FIELD_TYPE_CHANGED Query.a"),
    _output("Int", "String", "breaking FIELD_TYPE_CHANGED Query.a"),
    _output("Int", "[Int]", "breaking FIELD_TYPE_CHANGED Query.a"),
    _output("[Int]", "[Int!]!", "safe FIELD_TYPE_CHANGED Query.a"),
    _output("[Int!]", "[Int]!", "breaking FIELD_TYPE_CHANGED Query.a"),
    _output("[[Int]]", "[[Int!]]", "safe FIELD_TYPE_CHANGED Query.a"),
    # Arguments
    _args("", "(x: Int)", "dangerous ARGUMENT_ADDED Query.a(x:)"),
    _args("", "(x: Int! = 1)", "dangerous ARGUMENT_ADDED Query.a(x:)"),
    _args("", "(x: Int!)", "breaking REQUIRED_ARGUMENT_ADDED Query.a(x:)"),
    _args("(x: Int)", "", "breaking ARGUMENT_REMOVED Query.a(x:)"),
    _args("(x: Int!)", "(x: Int)", "safe ARGUMENT_TYPE_CHANGED Query.a(x:)"),
    _args("(x: [Int!]!)", "(x: [Int])", "safe ARGUMENT_TYPE_CHANGED Query.a(x:)"),
    _args("(x: [Int])", "(x: [Int!])", "breaking ARGUMENT_TYPE_CHANGED Query.a(x:)"),
    _args("(x: Int)", "(x: [Int])", "breaking ARGUMENT_TYPE_CHANGED Query.a(x:)"),
    _args("(x: Int)", "(x: ID)", "breaking ARGUMENT_TYPE_CHANGED Query.a(x:)"),
    _args(
        "(x: Int)",
        "(x: Int! = 1)",
        "breaking ARGUMENT_TYPE_CHANGED Query.a(x:)",
        "dangerous ARGUMENT_DEFAULT_CHANGED Query.a(x:)",
    ),
    _args("(x: Int)", "(x: Int!)", "breaking ARGUMENT_BECAME_REQUIRED Query.a(x:)"),
    _args(
        "(x: Int)",
        "(x: ID!)",
        "breaking ARGUMENT_BECAME_REQUIRED Query.a(x:)",
        "breaking ARGUMENT_TYPE_CHANGED Query.a(x:)",
    ),
    # graphql-core calls this dangerous only: operations without the argument are no longer valid.
    _args("(x: Int! = 1)", "(x: Int!)", "breaking ARGUMENT_BECAME_REQUIRED Query.a(x:)"),
    _args("(x: Int = 1)", "(x: Int = 2)", "dangerous ARGUMENT_DEFAULT_CHANGED Query.a(x:)"),
    _args("(x: Int = 1)", "(x: Int)", "dangerous ARGUMENT_DEFAULT_CHANGED Query.a(x:)"),
    _args("(x: Float = 1)", "(x: Float = 1.0)"),
    _args("(x: Int!)", "(x: Int! = 1)", "safe ARGUMENT_DEFAULT_CHANGED Query.a(x:)"),
    # Input fields
    _of("input I { a: Int }", "input I { a: Int b: Int }", "dangerous INPUT_FIELD_ADDED I.b"),
    _of("input I { a: Int }", "input I { a: Int b: Int! }", "breaking REQUIRED_INPUT_FIELD_ADDED I.b"),
    _of("input I { a: Int b: Int }", "input I { a: Int }", "breaking INPUT_FIELD_REMOVED I.b"),
    _of("input I { a: Int! }", "input I { a: Int }", "safe INPUT_FIELD_TYPE_CHANGED I.a"),
    _of("input I { a: [Int] }", "input I { a: [Int!] }", "breaking INPUT_FIELD_TYPE_CHANGED I.a"),
    _of("input I { a: Int }", "input I { a: Int! }", "breaking INPUT_FIELD_BECAME_REQUIRED I.a"),
    _of("input I { a: Int = 1 }", "input I { a: Int = 2 }", "dangerous INPUT_FIELD_DEFAULT_CHANGED I.a"),
    _of("input I { a: Int }", "input I @oneOf { a: Int }", "breaking ONE_OF_ADDED I"),
    _of("input I @oneOf { a: Int }", "input I { a: Int }", "safe ONE_OF_REMOVED I"),
    # Enums: what is only sent, and what is answered
    (_E, _E.replace("A B", "A B C"), ["safe ENUM_VALUE_ADDED E.C"]),
    (_EO, _EO.replace("A B", "A B C"), ["dangerous ENUM_VALUE_ADDED E.C"]),
    (_E, _E.replace("A B", "A"), ["breaking ENUM_VALUE_REMOVED E.B"]),
    # Unions and interfaces
    _of(
        "type T { a: Int } union U = Query",
        "type T { a: Int } union U = Query | T",
        "dangerous UNION_MEMBER_ADDED U",
    ),
    _of(
        "type T { a: Int } union U = Query | T",
        "type T { a: Int } union U = Query",
        "breaking UNION_MEMBER_REMOVED U",
    ),
    _of(
        "interface N { a: Int } type T { a: Int }",
        "interface N { a: Int } type T implements N { a: Int }",
        "dangerous INTERFACE_ADDED T",
    ),
    _of(
        "type T { a: Int }",
        "interface N { a: Int } type T implements N { a: Int }",
        "safe TYPE_ADDED N",
        "safe INTERFACE_ADDED T",
    ),
    _of(
        "interface N { a: Int }",
        "interface N { a: Int } type T implements N { a: Int }",
        "dangerous INTERFACE_ADDED T",
        "safe TYPE_ADDED T",
    ),
    _of(
        "interface N { a: Int } interface M { a: Int }",
        "interface N { a: Int } interface M implements N { a: Int }",
        "safe INTERFACE_ADDED M",
    ),
    _of(
        "interface N { a: Int } type T implements N { a: Int }",
        "interface N { a: Int } type T { a: Int }",
        "breaking INTERFACE_REMOVED T",
    ),
    # Directives
    _of("", "directive @d on FIELD", "safe DIRECTIVE_ADDED @d"),
    _of("directive @d on FIELD", "", "breaking DIRECTIVE_REMOVED @d"),
    _of("directive @d on OBJECT", "", "safe DIRECTIVE_REMOVED @d"),
    _of("directive @d on FIELD", "directive @d on FIELD | QUERY", "safe DIRECTIVE_LOCATION_ADDED @d"),
    _of("directive @d on FIELD | QUERY", "directive @d on FIELD", "breaking DIRECTIVE_LOCATION_REMOVED @d"),
    _of("directive @d on FIELD", "directive @d repeatable on FIELD", "safe DIRECTIVE_REPEATABLE_ADDED @d"),
    _of(
        "directive @d repeatable on FIELD",
        "directive @d on FIELD",
        "breaking DIRECTIVE_REPEATABLE_REMOVED @d",
    ),
    _of("directive @d on FIELD", "directive @d(x: Int!) on FIELD", "breaking REQUIRED_ARGUMENT_ADDED @d(x:)"),
    # Notes
    _of("scalar S", 'scalar S @specifiedBy(url: "u")', "dangerous SPECIFIED_BY_CHANGED S"),
    _output("Int", "Int @deprecated", "safe DEPRECATION_ADDED Query.a"),
    _output("Int @deprecated", "Int", "safe DEPRECATION_REMOVED Query.a"),
    _output("Int @deprecated", 'Int @deprecated(reason: "x")', "safe DEPRECATION_REASON_CHANGED Query.a"),
    _of("scalar S", '"d" scalar S', "safe DESCRIPTION_ADDED S"),
    _of('"d" scalar S', "scalar S", "safe DESCRIPTION_REMOVED S"),
    _of('"d" scalar S', '"e" scalar S', "safe DESCRIPTION_CHANGED S"),
    _of(_AUTH + "scalar S", _AUTH + "scalar S @tag", "safe APPLIED_DIRECTIVE_ADDED S"),
    _of("scalar S @tag", "scalar S", "safe APPLIED_DIRECTIVE_REMOVED S"),
]
