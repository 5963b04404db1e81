"""Signatures: the same for the same operation, and without a client's values."""

from __future__ import annotations

from router.language.document import parse_operation
from router.language.signature import signature, signature_hash
from router.planning.normalize.normalize import select_operation


def signed(text: str, name: str | None = None) -> str:
    document = parse_operation(text)
    return signature(document, select_operation(document, name))


def test_values_are_left_out_and_words_of_the_schema_kept() -> None:
    text = (
        'query ($v: Int = 7) { a(s: "secret", b: """x""", i: 42, f: 4.2e1, e: RED, t: true, n: null, v: $v) }'
    )
    assert signed(text) == (
        'query ($v: Int = 0) {\n  a(s: "", b: "", i: 0, f: 0, e: RED, t: true, n: null, v: $v)\n}'
    )


def test_lists_of_any_length_are_one_operation() -> None:
    assert signed('{ a(ids: ["1", "2", "3"]) }') == signed('{ a(ids: ["9"]) }')
    assert signed("{ a(es: [RED, BLUE, RED]) }") == signed("{ a(es: [RED, BLUE]) }")


def test_white_space_comments_and_what_is_not_run_change_nothing() -> None:
    one = signed("query A { ...F }  query B { b } fragment F on T { x } fragment G on T { y }", "A")
    other = signed("# mine\nquery A{...F}fragment F on T{x}")
    assert signature_hash(one) == signature_hash(other)


def test_fragments_follow_by_name_whatever_their_order() -> None:
    a, b = "fragment F on T { ...G x }", "fragment G on T { ...F y }"
    assert signed("{ ...F }" + a + b) == signed("{ ...F }" + b + a)
