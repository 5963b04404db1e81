"""The legacy protocol, from the client's side: frames understood and written."""

from __future__ import annotations

import pytest

from router.protocols import subscriptions_transport_ws_client as protocol
from router.protocols.graphql_transport_ws_client import (
    Ack,
    Complete,
    Error,
    MalformedMessage,
    Next,
    Pong,
    Refused,
    ServerMessage,
)
from router.protocols.subscriptions_transport_ws import LegacySession

UNDERSTOOD: list[tuple[str, ServerMessage]] = [
    ('{"type":"connection_ack"}', Ack()),
    ('{"type":"ka"}', Pong()),
    ('{"type":"connection_error","payload":{"message":"who are you?"}}', Refused("who are you?")),
    ('{"type":"connection_error"}', Refused("no reason given")),
    ('{"type":"data","id":"1","payload":{"data":{}}}', Next("1", {"data": {}})),
    ('{"type":"complete","id":"1"}', Complete("1")),
    (
        '{"type":"error","id":"1","payload":{"message":"no","path":[]}}',
        Error("1", [{"message": "no", "path": []}]),
    ),
    ('{"type":"error","id":"1","payload":[{"message":"no"}]}', Error("1", [{"message": "no"}])),
    ('{"type":"error","id":"1","payload":"no"}', Error("1", [{"message": "no"}])),
    ('{"type":"error","id":"1"}', Error("1", [{"message": "no reason given"}])),
    ('{"type":"error","id":"1","payload":[]}', Error("1", [{"message": "no reason given"}])),
]


@pytest.mark.parametrize(("frame", "message"), UNDERSTOOD)
def test_what_a_server_says_is_understood(frame: str, message: ServerMessage) -> None:
    assert protocol.read_message(frame) == message


@pytest.mark.parametrize(
    "frame",
    [
        b'{"type":"ka"}',
        "nonsense",
        "[]",
        "{}",
        '{"type":"next","id":"1","payload":{}}',
        '{"type":"ping"}',
        '{"type":"data","payload":{}}',
        '{"type":"data","id":"1"}',
        '{"type":"complete","id":1}',
    ],
)
def test_what_breaks_the_protocol_is_refused(frame: str | bytes) -> None:
    with pytest.raises(MalformedMessage):
        protocol.read_message(frame)


def test_the_routers_own_server_understands_its_client() -> None:
    server = LegacySession()
    assert server.receive(protocol.connection_init(b'{"a":1}').decode()) is not None
    ack = server.acknowledge()
    assert ack is not None and protocol.read_message(ack) == Ack()
    assert server.receive(protocol.subscribe("1", b'{"query":"subscription{a}"}').decode()) is not None
    frame = server.next("1", b'{"data":{"a":1}}')
    assert frame is not None and protocol.read_message(frame) == Next("1", {"data": {"a": 1}})
    assert server.receive(protocol.complete("1").decode()) is not None
    assert server.next("1", b"{}") is None
