"""Limits of an operation: what each counts, and that none is fooled or made slow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from router.errors import ClientError
from router.guards.aliases import aliases
from router.guards.complexity import complexity
from router.guards.depth import depth
from router.guards.directives import directives
from router.guards.fields import root_fields, total_fields
from router.guards.height import height
from router.guards.limits import (
    LimitOptions,
    exceeded_by_document,
    exceeded_by_operation,
    exceeded_by_variables,
)
from router.guards.lists import longest_literal, longest_value
from router.guards.selections import Selections, selections_of
from router.language.document import parse_operation
from router.language.operation import Field, InlineFragment, Operation, OperationKind, SelectionSet, TypeRef

BOMB = (
    "{ ...F0 } "
    + " ".join(f"fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(1000))
    + " fragment F1000 on Query { a }"
)
CYCLE = "{ a ...A } fragment A on Query { b { ...A } ...B } fragment B on Query { c ...A }"


def selections(text: str) -> Selections:
    document = parse_operation(text)
    return selections_of(document, document.definitions[0])  # type: ignore[arg-type]


def exceeded(text: str, **limits: Any) -> list[ClientError]:
    document = parse_operation(text)
    operation: Any = document.definitions[0]
    return list(exceeded_by_document(document, operation, LimitOptions(**limits)))


@pytest.mark.parametrize(
    ("count", "text", "expected"),
    [
        (depth, "{ a }", 1),
        (depth, "{ a { b } ... { c { d { e } } } }", 3),
        (depth, "{ a { ...F } } fragment F on T { b { c } }", 3),
        (height, "{ user { id name also: name } }", 3),
        (height, "{ ...F ...F } fragment F on Query { a b }", 4),
        (total_fields, "{ user { id name also: name } }", 4),
        (total_fields, "{ a ...F ... { ...F } } fragment F on Query { b { c } }", 5),
        (root_fields, "{ a x: a ... { b ...F } } fragment F on Query { c { d e f } }", 4),
        (aliases, "{ x: a { y: b } ...F ...F } fragment F on Query { z: c }", 4),
        (directives, "query @a { b @c ...F @d ... @e { f } } fragment F on Query { g @h }", 5),
        (depth, CYCLE, 1),
        (total_fields, CYCLE, 3),
        (total_fields, BOMB, 2**1000),
        (depth, BOMB, 1),
        (total_fields, "{ ...Nope }", 0),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_each_guard_counts_one_thing(count: Callable[[Selections], int], text: str, expected: int) -> None:
    assert count(selections(text)) == expected


@pytest.mark.parametrize(
    ("limit", "code", "text"),
    [
        ("max_depth", "MAX_DEPTH_LIMIT", "{ a { b { c } } }"),
        ("max_height", "MAX_HEIGHT_LIMIT", "{ a b c }"),
        ("max_aliases", "MAX_ALIASES_LIMIT", "{ x: a y: a z: a }"),
        ("max_root_fields", "MAX_ROOT_FIELDS_LIMIT", "{ a x: a y: a }"),
        ("max_directives", "MAX_DIRECTIVES_LIMIT", "{ a @x @y @z }"),
        ("max_total_fields", "MAX_TOTAL_FIELDS_LIMIT", "{ a { b c } }"),
        ("max_list_items", "MAX_LIST_ITEMS_LIMIT", "{ a(b: {c: [1, 2, 3]}) }"),
    ],
)
def test_above_its_limit_each_has_a_code(limit: str, code: str, text: str) -> None:
    (error,) = exceeded(text, **{limit: 2})
    assert (error.code, error.status) == (code, 400)
    assert str(error) == (f"The operation has a {limit.removeprefix('max_')} of 3; limits.{limit} is 2.")
    assert exceeded(text, **{limit: 3}) == []
    assert exceeded(text, **{limit: None}) == []


def test_a_fragment_bomb_is_refused_in_few_words() -> None:
    (error,) = (e for e in exceeded(BOMB) if e.code == "MAX_TOTAL_FIELDS_LIMIT")
    assert "more than 10^15" in str(error)


def test_lists_are_measured_wherever_they_are() -> None:
    assert longest_literal(parse_operation("query ($a: [Int] = [1, 2]) { b(c: [[1, 2, 3]]) }")) == 3
    assert longest_literal(parse_operation("{ a }")) == 0
    assert longest_value({"a": 1, "b": {"c": [[1, 2, 3], [1]]}}) == 3
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert longest_value({"a": deep}) == 1
    (error,) = exceeded_by_variables({"ids": [1, 2, 3]}, LimitOptions(max_list_items=2))
    assert error.code == "MAX_LIST_ITEMS_LIMIT"
    assert list(exceeded_by_variables({"ids": [1, 2, 3]}, LimitOptions(max_list_items=3))) == []
    assert list(exceeded_by_variables({"ids": [1, 2, 3]}, LimitOptions(max_list_items=None))) == []


def field(name: str, *selected: Field, is_list: bool = False) -> Field:
    type_ = TypeRef("T", False, TypeRef("T")) if is_list else TypeRef("T")
    below = SelectionSet("T", selected) if selected else None
    return Field(name, name, name, "Query", type_, selection_set=below)


def operation(*selected: Field, kind: OperationKind = OperationKind.QUERY) -> Operation:
    fragment = InlineFragment(None, SelectionSet("Query", selected))
    return Operation(kind, None, (), SelectionSet("Query", (fragment,)))


def test_complexity_follows_its_rule() -> None:
    leaf = field("leaf")
    assert complexity(operation(leaf, leaf)) == 0
    assert complexity(operation(field("one", leaf))) == 1
    author = field("author", leaf)
    reviews = field("reviews", leaf, author, is_list=True)
    assert complexity(operation(reviews)) == 2
    assert complexity(operation(field("products", reviews, is_list=True))) == 3
    renamed = field("rename", leaf)
    assert complexity(operation(renamed, kind=OperationKind.MUTATION)) == 11
    assert complexity(operation(renamed, renamed, renamed, kind=OperationKind.MUTATION)) == 33
    assert complexity(operation(field("__schema", reviews))) == 0


def test_complexity_has_a_limit_that_can_be_lifted() -> None:
    asked = operation(field("one", field("two", field("leaf"))))
    (error,) = exceeded_by_operation(asked, LimitOptions(max_complexity=1))
    assert error.code == "MAX_COMPLEXITY_LIMIT"
    assert list(exceeded_by_operation(asked, LimitOptions(max_complexity=2))) == []
    assert list(exceeded_by_operation(asked, LimitOptions(max_complexity=None))) == []
