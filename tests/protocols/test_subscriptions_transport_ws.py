"""The legacy protocol: every message in every state."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.protocols.graphql_transport_ws import (
    Close,
    CompleteReceived,
    InitReceived,
    Input,
    Reply,
    State,
    SubscribeReceived,
)
from router.protocols.subscriptions_transport_ws import CLOSE_CODES, TRANSITIONS, LegacySession

START = '{"type":"start","id":"1","payload":{"query":"{a}"}}'
FRAMES = {
    Input.INIT: '{"type":"connection_init"}',
    Input.SUBSCRIBE: START,
    Input.COMPLETE: '{"type":"stop","id":"1"}',
    Input.INVALID: "nonsense",
}


def session_in(state: State) -> LegacySession:
    session = LegacySession()
    if state in (State.WAITING, State.READY):
        session.receive(FRAMES[Input.INIT])
    if state is State.READY:
        session.acknowledge()
    if state is State.CLOSED:
        session.close()
    assert session.state is state
    return session


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("input_", FRAMES)
def test_every_message_in_every_state_goes_on_or_closes_by_the_table(state: State, input_: Input) -> None:
    session = session_in(state)
    event = session.receive(FRAMES[input_])
    after = TRANSITIONS.get((state, input_))
    if after is None:
        code, _ = CLOSE_CODES.get((state, input_), (4400, ""))
        assert isinstance(event, Close)
        assert (event.code, session.state) == (code, State.CLOSED)
    else:
        assert not isinstance(event, Close)
        assert session.state is after


def test_an_operation_starts_sends_data_and_completes() -> None:
    session = session_in(State.READY)
    event = session.receive(START)
    assert isinstance(event, SubscribeReceived)
    assert (event.id, event.request.query) == ("1", "{a}")
    assert session.next("1", b'{"data":{}}') == '{"id":"1","type":"data","payload":{"data":{}}}'
    assert session.complete("1") == '{"id":"1","type":"complete"}'
    assert session.next("1", b"{}") is None
    assert session.complete("1") is None


def test_a_stop_ends_an_operation_and_nothing_more_is_sent() -> None:
    session = session_in(State.READY)
    session.receive(START)
    assert session.receive(FRAMES[Input.COMPLETE]) == CompleteReceived("1")
    assert session.receive(FRAMES[Input.COMPLETE]) is None
    assert session.next("1", b"{}") is None


def test_an_id_may_be_started_anew() -> None:
    session = session_in(State.READY)
    assert isinstance(session.receive(START), SubscribeReceived)
    assert isinstance(session.receive(START), SubscribeReceived)


def test_an_error_has_one_error_as_its_payload_and_ends_the_operation() -> None:
    session = session_in(State.READY)
    session.receive(START)
    frame = session.error("1", b'[{"message":"no"},{"message":"nor this"}]')
    assert orjson.loads(frame or "") == {"id": "1", "type": "error", "payload": {"message": "no"}}
    assert session.complete("1") is None
    bad = session.receive('{"type":"start","id":"2","payload":{"query":7}}')
    assert isinstance(bad, Reply)
    assert orjson.loads(bad.frame)["payload"]["extensions"]["code"]


def test_the_client_may_terminate_and_may_be_kept_out() -> None:
    assert session_in(State.READY).receive('{"type":"connection_terminate"}') == Close(
        1000, "Terminated by the client"
    )
    frame, closing = session_in(State.WAITING).refuse("no")
    assert (frame, closing.code) == ('{"type":"connection_error","payload":{"message":"no"}}', 4403)


def test_a_second_init_is_a_repetition() -> None:
    session = LegacySession()
    assert session.receive('{"type":"connection_init","payload":{"a":1}}') == InitReceived({"a": 1})
    assert session.receive('{"type":"connection_init","payload":{"a":2}}') is None


def test_a_connection_is_kept_alive_once_it_is_ready() -> None:
    assert session_in(State.WAITING).keep_alive() is None
    assert session_in(State.READY).keep_alive() == '{"type":"ka"}'


MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["connection_init", "start", "stop", "connection_terminate", "data"])
        | st.integers(0, 9),
        "id": st.text(max_size=3) | st.integers(0, 9),
        "payload": st.none() | st.dictionaries(st.sampled_from(["query", "x"]), st.text(max_size=3)),
    },
)


@given(st.lists(MESSAGES.map(orjson.dumps) | st.binary(max_size=20), max_size=12), st.booleans())
def test_no_sequence_of_frames_breaks_a_session(frames: list[bytes], is_let_in: bool) -> None:
    session = LegacySession()
    for frame in frames:
        event = session.receive(frame)
        if isinstance(event, InitReceived) and is_let_in:
            session.acknowledge()
        if isinstance(event, Close):
            assert session.state is State.CLOSED
        if isinstance(event, SubscribeReceived):
            assert session.state is State.READY
