"""One catalogue of every code."""

from __future__ import annotations

from pathlib import Path

from router.cli.error_catalogue import code_rows, errors_page, explain
from router.federation.codes import CODES

PAGE = Path(__file__).parents[1] / "docs" / "errors.md"


def test_the_page_in_docs_is_the_one_generated() -> None:
    assert PAGE.read_text() == errors_page(), "run: python -m router.cli.error_catalogue > docs/errors.md"


def test_a_code_means_one_thing() -> None:
    rows = code_rows()
    assert not {row.code for row in rows} & set(CODES)
    assert all(row.meaning.endswith(".") and row.code.isupper() for row in rows)


def test_codes_of_both_kinds_are_explained() -> None:
    assert "What to do" in (explain("SUBGRAPH_TIMEOUT") or "")
    assert "What to do" in (explain("INVALID_FIELD_SHARING") or "")
    assert explain("NO_SUCH_CODE") is None
