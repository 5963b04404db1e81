"""Normal form: what is dropped, what is kept, and what is refused."""

from __future__ import annotations

import pytest
from graphql import parse

from router.federation.supergraph import read_supergraph
from router.language.print_operation import print_operation
from router.planning.normalize.inline_fragments import OperationTooLargeError
from router.planning.normalize.normalize import OperationResolutionError, normalize
from tests.planning.plans import DEMO

SUPERGRAPH = read_supergraph(DEMO.read_text(encoding="utf-8"))


def normal(text: str, name: str | None = None) -> str:
    return " ".join(print_operation(normalize(parse(text), name, SUPERGRAPH)).split())


def test_spreads_become_selections_where_the_type_is_known() -> None:
    assert (
        normal("{ me { ...c } } fragment c on Customer { name ... on Node { id } }")
        == "query { me { name id } }"
    )


def test_a_fragment_that_cannot_match_goes_with_all_in_it() -> None:
    inside = "... on Product { ... on Node { ... on Category { name @skip(if: $v) } } id }"
    text = f'query($v: Boolean!) {{ search(text: "a") {{ {inside} }} }}'
    assert normal(text) == 'query($v: Boolean!) { search(text: "a") { ... on Product { id } } }'


def test_constant_conditions_are_folded_and_variable_ones_kept() -> None:
    fields = "name @include(if: true) id @skip(if: true) email @skip(if: $v) @include(if: true)"
    text = f"query ($v: Boolean!) {{ me {{ {fields} }} }}"
    assert normal(text) == "query($v: Boolean!) { me { name email @skip(if: $v) } }"


def test_included_and_skipped_by_one_variable_is_never_there() -> None:
    assert normal("query($v: Boolean!) { me { name id @include(if: $v) @skip(if: $v) } }") == (
        "query($v: Boolean!) { me { name } }"
    )


def test_repeated_response_keys_keep_their_order() -> None:
    assert normal("{ me { name } b: me { id } me { id } }") == "query { me { name } b: me { id } me { id } }"


def test_a_reserved_alias_gets_a_data_key_of_its_own() -> None:
    operation = normalize(parse("{ me { _r_id: name __typename: email } }"), None, SUPERGRAPH)
    (me,) = operation.selection_set.fields()
    assert me.selection_set is not None
    assert [(f.response_key, f.data_key) for f in me.selection_set.fields()] == [
        ("_r_id", "_r__0"),
        ("__typename", "_r__1"),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("query A { __typename } query B { __typename }", None),
        ("query A { __typename }", "B"),
        ("fragment f on Node { id }", None),
    ],
)
def test_an_operation_that_is_not_there_is_refused(text: str, name: str | None) -> None:
    with pytest.raises(OperationResolutionError):
        normal(text, name)


def test_a_fragment_spread_twice_in_one_selection_set_is_walked_once() -> None:
    levels = 40
    bomb = "{ me { ...f0 } }" + "".join(
        f"fragment f{i} on Customer {{ ...f{i + 1} ...f{i + 1} }}" for i in range(levels)
    )
    assert normal(bomb + f"fragment f{levels} on Customer {{ name }}") == "query { me { name } }"


def test_a_document_that_expands_without_bound_is_refused() -> None:
    levels = 40
    bomb = "{ me { ...f0 } }" + "".join(
        f"fragment f{i} on Customer {{ a: orders {{ edges {{ node {{ customer {{ ...f{i + 1} }} }} }} }}"
        f" b: orders {{ edges {{ node {{ customer {{ ...f{i + 1} }} }} }} }} }}"
        for i in range(levels)
    )
    with pytest.raises(OperationTooLargeError):
        normal(bomb + f"fragment f{levels} on Customer {{ name }}")
