"""The changes between two schemas; graphql-core's own comparison finds nothing that this one does not."""

from __future__ import annotations

import pytest
from graphql import build_schema
from graphql.utilities import find_breaking_changes, find_dangerous_changes

from router.composition.diff.change import CHANGES, Severity
from router.composition.diff.diff import changes_between
from tests.composition.schema_changes import CHANGED

WE_DIFFER = (
    [],  # 1 and 1.0 are one default
    ["safe DIRECTIVE_REMOVED @d"],  # no operation could use it
    ["safe ENUM_VALUE_ADDED E.C"],  # no answer can hold it
    ["safe TYPE_ADDED N", "safe INTERFACE_ADDED T"],  # nobody asks for the new interface
    ["safe INTERFACE_ADDED M"],  # the objects say so themselves
)
BASE = "type Query { a: Int }"


@pytest.mark.parametrize(("before", "after", "expected"), CHANGED, ids=lambda value: str(value)[:60])
def test_a_change_has_its_code_severity_and_place(before: str, after: str, expected: list[str]) -> None:
    found = changes_between(before, after)
    assert [f"{one.severity} {one.code} {one.coordinate}" for one in found] == expected


@pytest.mark.parametrize(("before", "after", "expected"), CHANGED, ids=lambda value: str(value)[:60])
def test_what_graphql_core_calls_breaking_or_dangerous_is_found(
    before: str, after: str, expected: list[str]
) -> None:
    old, new = (build_schema(sdl, assume_valid=True) for sdl in (before, after))
    found = changes_between(before, after)
    if find_breaking_changes(old, new) and expected not in WE_DIFFER:
        assert any(one.severity is Severity.BREAKING for one in found)
    if find_dangerous_changes(old, new) and expected not in WE_DIFFER:
        assert any(one.severity is not Severity.SAFE for one in found)


def test_every_code_is_told_by_some_change() -> None:
    told = {line.split()[1] for _, _, expected in CHANGED for line in expected}
    assert set(CHANGES) == told


def test_a_schema_changes_nothing_when_its_definitions_move_or_are_extended() -> None:
    before = "type Query { a: Int b(x: Int, y: [E!] = [A]): Int } enum E { A B } union U = Query"
    after = "extend type Query { b(y: [E!]=[A] x: Int): Int } enum E { B A } type Query { a: Int } union U = Query"
    assert changes_between(before, after) == ()


def test_from_nothing_everything_is_added() -> None:
    assert {one.severity for one in changes_between("", BASE)} == {Severity.SAFE}


def test_what_breaks_says_what_to_do_and_who_is_concerned() -> None:
    (change,) = changes_between("type Query { a: Int b: Int }", BASE)
    assert change.message == (
        "The field Query.b was removed; keep it, mark it @deprecated, and remove it when nobody asks for it"
    )
    assert change.uses == (("Query.b",),)


def test_a_new_required_argument_concerns_everyone_who_asks_for_the_field() -> None:
    (change,) = changes_between(BASE, "type Query { a(x: Int!): Int }")
    assert change.uses == (("Query.a",),)


def test_a_removed_member_concerns_those_who_use_both_the_union_and_the_member() -> None:
    before = "type Query { u: U } union U = Query | A type A { a: Int }"
    (change,) = changes_between(before, before.replace(" | A", ""))
    assert change.uses == (("U", "A"),)


def test_types_that_have_nothing_in_common_any_more_concern_those_who_ask_one_for_the_other() -> None:
    before = "type Query { u: U } union U = Query | A interface I { a: Int } type A implements I { a: Int }"
    (left,) = changes_between(before, before.replace(" | A", ""))
    assert left.uses == (("U", "A"), ("U", "I"))
    gone = changes_between(before, "type Query { u: U } union U = Query interface I { a: Int }")
    assert {one.code: one.uses for one in gone} == {
        "TYPE_REMOVED": (("A",), ("I", "U")),
        "UNION_MEMBER_REMOVED": (("U", "A"), ("U", "I")),
    }
