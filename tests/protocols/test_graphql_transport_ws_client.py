"""Frames of a graphql-transport-ws server, as its client reads them."""

from __future__ import annotations

from contextlib import suppress

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.protocols import graphql_transport_ws_client as protocol

UNDERSTOOD: list[tuple[str, protocol.ServerMessage]] = [
    ('{"type":"connection_ack"}', protocol.Ack()),
    ('{"type":"connection_ack","payload":{"a":1}}', protocol.Ack()),
    ('{"type":"connection_ack","payload":null}', protocol.Ack()),
    ('{"type":"ping"}', protocol.Ping(None)),
    ('{"type":"ping","payload":{"a":1}}', protocol.Ping({"a": 1})),
    ('{"type":"pong"}', protocol.Pong()),
    ('{"type":"next","id":"1","payload":{"data":null}}', protocol.Next("1", {"data": None})),
    ('{"type":"error","id":"1","payload":[{"message":"m"}]}', protocol.Error("1", [{"message": "m"}])),
    ('{"type":"complete","id":"1"}', protocol.Complete("1")),
]

MALFORMED: list[str | bytes] = [
    "",
    "nonsense",
    "[]",
    "null",
    "{}",
    '{"type":"ka"}',
    '{"type":7}',
    '{"type":["next"]}',
    '{"type":"connection_ack","payload":[]}',
    '{"type":"ping","payload":"x"}',
    '{"type":"next","payload":{}}',
    '{"type":"next","id":1,"payload":{}}',
    '{"type":"next","id":"1"}',
    '{"type":"next","id":"1","payload":[]}',
    '{"type":"error","id":"1","payload":{}}',
    '{"type":"error","id":"1","payload":[]}',
    '{"type":"complete"}',
    b'{"type":"pong"}',
]


@pytest.mark.parametrize(("frame", "message"), UNDERSTOOD, ids=[frame for frame, _ in UNDERSTOOD])
def test_a_well_formed_frame_is_understood(frame: str, message: protocol.ServerMessage) -> None:
    assert protocol.read_message(frame) == message


@pytest.mark.parametrize("frame", MALFORMED)
def test_a_malformed_frame_is_refused_with_a_reason_that_fits_a_close_frame(frame: str | bytes) -> None:
    with pytest.raises(protocol.MalformedMessage) as caught:
        protocol.read_message(frame)
    assert 0 < len(str(caught.value).encode()) < 124


VALUES = st.recursive(
    st.none() | st.integers(-(2**63), 2**64 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.text() | VALUES.map(lambda value: orjson.dumps(value).decode()))
def test_any_text_frame_is_understood_or_refused(frame: str) -> None:
    with suppress(protocol.MalformedMessage):
        protocol.read_message(frame)


def test_what_the_client_says_is_json_of_the_right_shape() -> None:
    said = [
        protocol.connection_init(None),
        protocol.connection_init(b'{"token":"t"}'),
        protocol.subscribe("1", b'{"query":"subscription{a}"}'),
        protocol.complete("1"),
        protocol.pong(None),
        protocol.pong({"a": 1}),
        protocol.PING,
    ]
    assert [orjson.loads(one) for one in said] == [
        {"type": "connection_init"},
        {"type": "connection_init", "payload": {"token": "t"}},
        {"id": "1", "type": "subscribe", "payload": {"query": "subscription{a}"}},
        {"id": "1", "type": "complete"},
        {"type": "pong"},
        {"type": "pong", "payload": {"a": 1}},
        {"type": "ping"},
    ]
