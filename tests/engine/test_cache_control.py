"""The strictest of several ``Cache-Control`` headers."""

from __future__ import annotations

import pytest

from router.engine.cache_control import strictest


@pytest.mark.parametrize(
    ("values", "whole"),
    [
        (["max-age=60"], "max-age=60"),
        (["public, max-age=60", "max-age=30, public"], "public, max-age=30"),
        (["public, max-age=60", "max-age=90"], "max-age=60"),
        (["max-age=60", "private, max-age=90"], "private, max-age=60"),
        (["public, max-age=60", "no-store"], "no-store"),
        (["max-age=60", ""], "no-store"),
        ([], "no-store"),
        (["public"], "public, max-age=0"),
        (["max-age=60", "no-cache"], "no-cache, max-age=0"),
        (["max-age=nonsense", "max-age=60"], "max-age=0"),
        (["max-age=60, max-age=10"], "max-age=10"),
        (["MAX-AGE=60, Must-Revalidate"], "must-revalidate, max-age=60"),
        (["max-age=10, s-maxage=100", "max-age=50"], "max-age=10, s-maxage=50"),
        (["max-age=10, s-maxage=100", "private, max-age=50"], "private, max-age=10"),
        (["max-age=1, stale-while-revalidate=9", "max-age=1"], "max-age=1"),
        (["max-age=1, stale-if-error=9", "max-age=1, stale-if-error=5"], "max-age=1, stale-if-error=5"),
        (["max-age=1, immutable", "max-age=1, immutable"], "max-age=1, immutable"),
        (["max-age=99999999999999999999"], "max-age=2147483648"),
        (['private="x-user", max-age=1'], "private, max-age=1"),
    ],
)
def test_the_whole_claims_no_more_than_any_part(values: list[str], whole: str) -> None:
    assert strictest([(value.encode(), b"") for value in values]).decode() == whole


def test_time_spent_in_another_cache_is_over() -> None:
    assert strictest([(b"max-age=60", b"20"), (b"max-age=50", b"")]) == b"max-age=40"
    assert strictest([(b"max-age=60", b"90")]) == b"max-age=0"


def test_an_answer_with_cookies_is_private() -> None:
    assert strictest([(b"public, max-age=60", b"")], has_cookies=True) == b"private, max-age=60"
