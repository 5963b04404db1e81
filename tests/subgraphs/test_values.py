"""Small shared things: texts of values, cursors, the caller."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from subgraphs.errors import Refusal
from subgraphs.identity import Caller, caller_from_headers, caller_from_websocket
from subgraphs.paging import decode_cursor, decode_sequence_cursor, encode_cursor, page_size
from subgraphs.values import format_datetime, format_money, parse_datetime


@pytest.mark.parametrize(
    ("amount", "text"), [(1250, "EUR 12.50"), (0, "EUR 0.00"), (5, "EUR 0.05"), (-1999, "EUR -19.99")]
)
def test_money_is_written_with_its_currency_and_two_digits(amount: int, text: str) -> None:
    assert format_money(amount, "EUR") == text


def test_moments_are_written_in_utc_and_read_in_any_zone() -> None:
    moment = datetime(2026, 11, 22, 12, 15, tzinfo=timezone(timedelta(hours=2)))
    assert format_datetime(moment) == "2026-11-22T10:15:00Z"
    assert parse_datetime("2026-11-22T12:15:00+02:00") == moment
    assert parse_datetime("2026-11-22T10:15:00Z").tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["", "today", "2026-11-22", "2026-11-22T10:15:00", "0001-01-01T00:00:00+23:59", 7]
)
def test_what_is_not_a_moment_is_refused(text: object) -> None:
    with pytest.raises(Refusal, match="is not a DateTime"):
        parse_datetime(text)


@pytest.mark.parametrize("position", ["acme-p-0001", "", "ünï", "9"])
def test_a_cursor_gives_its_position_back(position: str) -> None:
    assert decode_cursor(encode_cursor(position)) == position


@pytest.mark.parametrize("cursor", ["", "x", "YXQ", "====", "ÿ", "bm8=", encode_cursor("x")])
def test_what_is_not_a_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Refusal, match="is not a cursor"):
        decode_sequence_cursor(cursor)


def test_a_page_has_at_most_a_hundred() -> None:
    assert [page_size(first) for first in (None, 0, 7, 100, 101, 2**31)] == [20, 0, 7, 100, 100, 100]
    with pytest.raises(Refusal, match="first is -1"):
        page_size(-1)


def test_the_caller_is_read_from_the_headers() -> None:
    headers = {"x-tenant-id": "acme", "x-user-id": "acme-c-0001", "x-user-roles": "admin, clerk,"}
    assert caller_from_headers(headers) == Caller("acme", "acme-c-0001", ("admin", "clerk"))
    assert caller_from_headers({"x-tenant-id": ""}) == Caller()


def test_an_id_belongs_to_the_tenant_it_begins_with() -> None:
    assert Caller("acme").owns("acme-p-0001")
    assert not Caller("acme").owns("acmeous-p-0001")
    assert not Caller().owns("-p-0001")


def test_the_headers_of_a_websocket_come_before_its_payload() -> None:
    payload = {"headers": {"X-Tenant-Id": "acme", "X-User-Roles": "admin"}}
    assert caller_from_websocket({}, payload) == Caller("acme", None, ("admin",))
    assert caller_from_websocket({"x-tenant-id": "globex"}, payload) == Caller("globex")
