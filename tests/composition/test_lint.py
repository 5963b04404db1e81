"""Lint rules: each finds what it is for, and leaves good schemas alone."""

from __future__ import annotations

import pytest

from router.composition.lint.lint import lint
from router.composition.lint.rules import RULES

LINK = """extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@shareable"])
"""
GOOD = (
    LINK
    + """
type Query { book(id: ID!, orderBy: BookOrder = BY_TITLE): Book, find(by: FindInput): [Media!] }
"A book."
type Book implements Media @key(fields: "id") { id: ID!, title: String, old: Int @deprecated(reason: "Use title.") }
"Anything to read."
interface Media { id: ID! }
"How to sort."
enum BookOrder { BY_TITLE BY_YEAR2 }
"What to look for."
input FindInput { title: String }
type Shop @key(fields: "id") { id: ID! @external, URL: Int @external }
"Not a suffix."
type Typewriter @key(fields: "id") { id: ID! }
"""
)

BAD = [
    (
        "TYPE_NAMES_SHOULD_BE_PASCAL_CASE",
        'type Query { a: my_thing } "d" type my_thing { a: Int }',
        "my_thing",
        "MyThing",
    ),
    ("FIELD_NAMES_SHOULD_BE_CAMEL_CASE", "type Query { Book_title: Int }", "Query.Book_title", "bookTitle"),
    (
        "ARGUMENT_NAMES_SHOULD_BE_CAMEL_CASE",
        "type Query { a(OrderBy: Int): Int }",
        "Query.a(OrderBy:)",
        "orderBy",
    ),
    (
        "INPUT_FIELD_NAMES_SHOULD_BE_CAMEL_CASE",
        'type Query { a(i: AInput): Int } "d" input AInput { a_b: Int }',
        "AInput.a_b",
        "aB",
    ),
    (
        "ENUM_VALUES_SHOULD_BE_SCREAMING_SNAKE_CASE",
        'type Query { a: E } "d" enum E { byTitle }',
        "E.byTitle",
        "BY_TITLE",
    ),
    (
        "INPUT_TYPES_SHOULD_END_WITH_INPUT",
        'type Query { a(i: A): Int } "d" input A { a: Int }',
        "A",
        "AInput",
    ),
    ("RESTY_FIELD_NAMES", "type Query { getBook: Int }", "Query.getBook", "book"),
    (
        "OBJECT_NAMES_SHOULD_NOT_SAY_TYPE",
        'type Query { a: TypeBook } "d" type TypeBook { a: Int }',
        "TypeBook",
        "Book",
    ),
    (
        "INTERFACE_NAMES_SHOULD_NOT_SAY_INTERFACE",
        'type Query { a: BookInterface } "d" interface BookInterface { a: Int }',
        "BookInterface",
        "Book",
    ),
    ("ENUM_NAMES_SHOULD_NOT_SAY_ENUM", 'type Query { a: AEnum } "d" enum AEnum { A }', "AEnum", "type A "),
    ("TYPES_REQUIRE_DESCRIPTION", "type Query { a: A } type A { a: Int }", "A", "Describe"),
    ("FIELDS_REQUIRE_DESCRIPTION", "type Query { a: Int }", "Query.a", "Describe"),
    ("INPUTS_REQUIRE_DESCRIPTION", "type Query { a(b: Int): Int }", "Query.a(b:)", "Describe"),
    ("DEPRECATIONS_REQUIRE_REASON", "type Query { a: Int @deprecated }", "Query.a", "instead"),
    ("UNUSED_TYPES", 'type Query { a: Int } "d" type A { a: Int }', "A", "Remove"),
]


@pytest.mark.parametrize(("code", "sdl", "coordinate", "words"), BAD, ids=[row[0] for row in BAD])
def test_a_rule_finds_what_it_is_for(code: str, sdl: str, coordinate: str, words: str) -> None:
    only = {rule.code: rule.code == code for rule in RULES}
    (found,) = lint("books", sdl, only)
    assert (found.code, found.coordinate) == (code, coordinate)
    assert words in found.message


def test_every_rule_is_tried() -> None:
    assert {row[0] for row in BAD} == {rule.code for rule in RULES}


def test_a_good_schema_is_left_alone() -> None:
    assert [f"{one.code} {one.coordinate}" for one in lint("books", GOOD)] == []


def test_a_rule_that_is_off_finds_nothing_and_places_are_told() -> None:
    sdl = "type Query {\n  getBook: Int\n  Get: Int\n}"
    found = lint("books", sdl)
    assert [(one.code, one.line, one.column) for one in found] == [
        ("RESTY_FIELD_NAMES", 2, 3),
        ("FIELD_NAMES_SHOULD_BE_CAMEL_CASE", 3, 3),
    ]
    assert [one.line for one in lint("books", sdl, {"RESTY_FIELD_NAMES": False})] == [3]


def test_what_cannot_be_read_is_composition_s_to_tell() -> None:
    assert lint("books", "type {") == ()
