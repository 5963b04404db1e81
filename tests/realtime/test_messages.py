"""What may be said to the hub, and how it is written down."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.realtime.messages import (
    RESERVED_TYPES,
    Broadcast,
    RealtimeMessageError,
    RoomRequest,
    read_broadcast,
    read_room_request,
)

NOW = datetime(2026, 11, 23, 9, 0, 0, 125000, UTC)


def test_a_member_asks_into_a_room_and_out_of_it() -> None:
    assert read_room_request('{"type":"join_room","room":"orders"}') == RoomRequest("join_room", "orders")
    assert read_room_request(b'{"type":"leave_room","room":"a/b:1@x"}') == RoomRequest(
        "leave_room", "a/b:1@x"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "join_room",
        "[]",
        "null",
        '{"type":"join_room"}',
        '{"type":"join_room","room":""}',
        '{"type":"join_room","room":7}',
        '{"type":"join_room","room":"a b"}',
        '{"type":"join_room","room":"a\\n"}',
        '{"type":"join_room","room":"é"}',
        '{"type":"join_room","room":"%s"}' % ("x" * 129),
        '{"type":["join_room"],"room":"orders"}',
        '{"type":{},"room":"orders"}',
        '{"type":"shout","room":"orders"}',
        b"\xff\xfe",
    ],
)
def test_any_other_frame_is_refused(text: str | bytes) -> None:
    with pytest.raises(RealtimeMessageError):
        read_room_request(text)


def test_a_broadcast_has_type_room_data_and_time() -> None:
    said = read_broadcast('{"type":"order.paid","room":"orders","data":{"id":7},"tenant":"acme"}', NOW)
    assert said == Broadcast("order.paid", "orders", {"id": 7}, "2026-11-23T09:00:00.125Z", "acme")
    assert orjson.loads(said.json()) == {
        "type": "order.paid",
        "room": "orders",
        "data": {"id": 7},
        "timestamp": "2026-11-23T09:00:00.125Z",
    }


def test_a_broadcast_without_room_is_the_tenants_and_one_with_a_time_keeps_it() -> None:
    said = read_broadcast('{"type":"news","timestamp":"2026-11-22T10:00:00+01:00"}', NOW)
    assert (said.room, said.data, said.timestamp) == (None, None, "2026-11-22T10:00:00+01:00")


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"type":""}',
        '{"type":7}',
        '{"type":"a b"}',
        '{"type":"news","room":""}',
        '{"type":"news","room":[]}',
        '{"type":"news","tenant":""}',
        '{"type":"news","tenant":1}',
        '{"type":"news","timestamp":"yesterday"}',
        '{"type":"news","timestamp":"2026-11-22T10:00:00"}',
        '{"type":"news","timestamp":1}',
        *(f'{{"type":"{reserved}"}}' for reserved in sorted(RESERVED_TYPES)),
    ],
)
def test_a_bad_broadcast_is_refused(text: str) -> None:
    with pytest.raises(RealtimeMessageError):
        read_broadcast(text, NOW)


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_input_does_more_than_be_refused(text: bytes | str) -> None:
    for read in (read_room_request, lambda one: read_broadcast(one, NOW)):
        try:
            read(text)
        except RealtimeMessageError as error:
            assert error.code == "REALTIME_BAD_MESSAGE"
