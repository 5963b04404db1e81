"""The tables of codes are complete and make one page."""

from __future__ import annotations

from router.federation.codes import CODES, RETIRED
from router.federation.codes_page import errors_page, explain
from router.federation.hints import HINTS


def test_no_code_is_both_in_force_and_retired() -> None:
    assert not CODES.keys() & RETIRED.keys()


def test_the_page_has_every_code() -> None:
    page = errors_page()
    for code in [*CODES, *HINTS, *RETIRED]:
        assert f"`{code}`" in page


def test_a_code_can_be_explained() -> None:
    assert "What to do" in (explain("INVALID_FIELD_SHARING") or "")
    assert "retired" in (explain("KEY_NOT_SPECIFIED") or "")
    assert "hint" in (explain("UNUSED_ENUM_TYPE") or "")
    assert explain("NO_SUCH_CODE") is None


def test_every_row_says_what_to_do() -> None:
    for row in CODES.values():
        assert row.description.endswith((".", "…"))
        assert row.what_to_do.endswith(".")
