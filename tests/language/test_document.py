"""Operation text to AST, and which operation runs."""

from __future__ import annotations

import pytest

from router.language.document import (
    DocumentSyntaxError,
    OperationResolutionError,
    parse_operation,
    select_operation,
)


def test_a_syntax_error_keeps_its_place() -> None:
    with pytest.raises(DocumentSyntaxError, match="Syntax Error") as caught:
        parse_operation("query {\n  a(\n")
    assert caught.value.locations == ((3, 1),)


def test_too_many_tokens_are_refused() -> None:
    with pytest.raises(DocumentSyntaxError, match="token"):
        parse_operation("{ a b c d }", max_tokens=4)


def test_deep_nesting_is_a_syntax_error() -> None:
    with pytest.raises(DocumentSyntaxError):
        parse_operation("{a" * 5000 + "}" * 5000)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("query A { a } query B { b }", None),
        ("fragment F on T { a }", None),
        ("query A { a }", "B"),
        ("{ a }", "A"),
    ],
)
def test_an_operation_that_is_not_named_or_not_there_is_refused(text: str, name: str | None) -> None:
    with pytest.raises(OperationResolutionError):
        select_operation(parse_operation(text), name)


def test_the_only_or_the_named_operation_is_selected() -> None:
    document = parse_operation("query A { a } mutation B { b }")
    assert select_operation(document, "B").operation.value == "mutation"
    assert select_operation(parse_operation("{ a }"), None).name is None
