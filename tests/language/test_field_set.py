"""Field sets parse to data and print in one normal form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.language.field_set import (
    FieldSet,
    FieldSetField,
    FieldSetFragment,
    FieldSetSelection,
    FieldSetSyntaxError,
    parse_field_set,
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("id", "id"),
        ("  id,name\n sku ", "id name sku"),
        ("{ id }", "id"),
        ("price{amount currency}weight", "price { amount currency } weight"),
        ("... on Book { isbn }", "... on Book { isbn }"),
        ('size(unit: "cm", of: [1,2])', 'size(unit: "cm", of: [1, 2])'),
        ("other: id", "other: id"),
    ],
)
def test_a_field_set_has_one_printing(text: str, normal: str) -> None:
    parsed = parse_field_set(text)
    assert str(parsed) == normal
    assert parsed.text == text
    assert parse_field_set(normal).selections == parsed.selections


@pytest.mark.parametrize("text", ["", " ", "{", "a {", "a {}", "1", "id } query { x", "...F", "a b }"])
def test_what_is_no_selection_is_refused(text: str) -> None:
    with pytest.raises(FieldSetSyntaxError):
        parse_field_set(text)


def test_a_walk_visits_parents_before_children() -> None:
    walked = parse_field_set("a { b ... on C { d } } e").walk()
    names = [s.name if isinstance(s, FieldSetField) else f"... {s.type_condition}" for s in walked]
    assert names == ["a", "b", "... C", "d", "e"]


def test_directives_are_noticed() -> None:
    assert [s.has_directives for s in parse_field_set("a b @include(if: true)").walk()] == [False, True]


names = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
leaves = st.builds(FieldSetField, names)


def below(children: st.SearchStrategy[FieldSetSelection]) -> st.SearchStrategy[FieldSetSelection]:
    several = st.lists(children, min_size=1, max_size=3).map(tuple)
    return st.builds(FieldSetField, names, several) | st.builds(FieldSetFragment, names | st.none(), several)


@given(st.lists(st.recursive(leaves, below, max_leaves=8), min_size=1, max_size=4).map(tuple))
def test_printing_and_parsing_are_inverse(selections: tuple[FieldSetSelection, ...]) -> None:
    text = str(FieldSet("", selections))
    assert parse_field_set(text).selections == selections
