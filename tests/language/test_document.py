"""Operation text to AST."""

from __future__ import annotations

import pytest

from router.language.document import (
    DocumentSyntaxError,
    DocumentTooLongError,
    parse_operation,
)


def test_a_syntax_error_keeps_its_place() -> None:
    with pytest.raises(DocumentSyntaxError, match="Syntax Error") as caught:
        parse_operation("query {\n  a(\n")
    assert caught.value.locations == ((3, 1),)


def test_too_many_tokens_are_refused() -> None:
    with pytest.raises(DocumentTooLongError, match="token") as caught:
        parse_operation("{ a b c d }", max_tokens=4)
    assert caught.value.code == "MAX_TOKENS_LIMIT"


def test_deep_nesting_is_a_syntax_error() -> None:
    with pytest.raises(DocumentSyntaxError):
        parse_operation("{a" * 5000 + "}" * 5000)
