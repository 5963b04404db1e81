"""graphql-transport-ws: every message in every state, every close code."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from router.protocols.graphql_request import GraphQLRequest
from router.protocols.graphql_transport_ws import (
    CLOSE_CODES,
    MAX_REASON_BYTES,
    OPERATION_TRANSITIONS,
    TRANSITIONS,
    Close,
    CompleteReceived,
    InitReceived,
    Input,
    OperationInput,
    OperationState,
    Reply,
    ServerSession,
    State,
    SubscribeReceived,
    clip_reason,
    parse_message,
)

INIT = '{"type":"connection_init"}'
SUBSCRIBE = '{"type":"subscribe","id":"1","payload":{"query":"{a}"}}'
COMPLETE = '{"type":"complete","id":"1"}'
FRAMES = {
    Input.INIT: INIT,
    Input.SUBSCRIBE: SUBSCRIBE,
    Input.COMPLETE: COMPLETE,
    Input.PING: '{"type":"ping"}',
    Input.PONG: '{"type":"pong"}',
    Input.INVALID: "nonsense",
}


def session_in(state: State) -> ServerSession:
    session = ServerSession()
    if state in (State.WAITING, State.READY):
        session.receive(INIT)
    if state is State.READY:
        session.acknowledge()
    if state is State.CLOSED:
        session.close()
    assert session.state is state
    return session


def apply(session: ServerSession, input_: Input) -> object:
    if input_ is Input.ACK:
        return session.acknowledge()
    if input_ is Input.INIT_TIMEOUT:
        return session.init_timed_out()
    if input_ is Input.CLOSE:
        return session.close()
    return session.receive(FRAMES[input_])


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("input_", Input)
def test_every_pair_of_state_and_input_does_what_the_tables_say(state: State, input_: Input) -> None:
    session = session_in(state)
    effect = apply(session, input_)
    after = TRANSITIONS.get((state, input_))
    if input_ is Input.ACK and state is not State.WAITING:
        assert effect is None
        assert session.state is state
    elif after is not None:
        assert session.state is after
        assert not isinstance(effect, Close)
    else:
        code, _ = CLOSE_CODES.get((state, input_), (4400, ""))
        assert isinstance(effect, Close)
        assert effect.code == code
        assert session.state is State.CLOSED


@given(st.lists(st.sampled_from(list(Input)), max_size=12))
def test_any_sequence_of_inputs_stays_within_the_tables(inputs: list[Input]) -> None:
    session = ServerSession()
    closes = 0
    for input_ in inputs:
        before = session.state
        effect = apply(session, input_)
        if before is State.CLOSED:
            assert effect is None
        closes += isinstance(effect, Close)
        if isinstance(effect, SubscribeReceived):
            assert before is State.READY
    assert closes <= 1


@given(st.lists(st.tuples(st.sampled_from(list(OperationInput)), st.sampled_from("ab")), max_size=16))
def test_each_id_gets_results_then_one_end_whatever_crosses(steps: list[tuple[OperationInput, str]]) -> None:
    session = session_in(State.READY)
    states = dict.fromkeys("ab", OperationState.IDLE)
    for input_, id_ in steps:
        after = OPERATION_TRANSITIONS.get((states[id_], input_))
        if input_ is OperationInput.SUBSCRIBE:
            event = session.receive(SUBSCRIBE.replace('"1"', f'"{id_}"'))
            if after is None:
                assert isinstance(event, Close)
                assert event.code == 4409
                assert session.active_ids == ()
                return
            assert event == SubscribeReceived(id_, GraphQLRequest("{a}"))
        elif input_ is OperationInput.NEXT:
            assert (session.next(id_, b"{}") is not None) == (after is not None)
        elif input_ is OperationInput.END:
            assert (session.complete(id_) is not None) == (after is not None)
        else:
            expected = CompleteReceived(id_) if after is not None else None
            assert session.receive(COMPLETE.replace('"1"', f'"{id_}"')) == expected
        states[id_] = states[id_] if after is None else after
        assert set(session.active_ids) == {id_ for id_, s in states.items() if s is OperationState.ACTIVE}


@given(st.binary(max_size=40) | st.text(max_size=40))
def test_no_frame_whatever_it_holds_raises(frame: bytes | str) -> None:
    assume(isinstance(parse_message(frame), str))  # Hypothesis knows the words of the protocol
    event = session_in(State.READY).receive(frame)
    assert isinstance(event, Close)
    assert event.code == 4400


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_payload_whatever_its_shape_raises(payload: object) -> None:
    frame = orjson.dumps({"type": "subscribe", "id": "1", "payload": payload})
    event = session_in(State.READY).receive(frame)
    assert isinstance(event, Close | SubscribeReceived | Reply)


@pytest.mark.parametrize(
    "frame",
    [
        "[]",
        "{}",
        '{"type":1}',
        '{"type":"start","id":"1"}',
        '{"type":"next","id":"1","payload":{}}',
        '{"type":"subscribe","payload":{"query":"{a}"}}',
        '{"type":"subscribe","id":1,"payload":{"query":"{a}"}}',
        '{"type":"subscribe","id":"","payload":{"query":"{a}"}}',
        '{"type":"subscribe","id":"1"}',
        '{"type":"subscribe","id":"1","payload":{"query":1}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{a}","operationName":1}}',
        '{"type":"ping","payload":1}',
        '{"type":"complete"}',
    ],
)
def test_a_malformed_message_closes_with_4400(frame: str) -> None:
    event = session_in(State.READY).receive(frame)
    assert isinstance(event, Close)
    assert event.code == 4400
    assert len(event.reason.encode()) <= MAX_REASON_BYTES


def test_a_second_init_closes_with_4429() -> None:
    event = session_in(State.WAITING).receive(INIT)
    assert isinstance(event, Close)
    assert event.code == 4429


def test_a_subscribe_between_init_and_ack_closes_with_4401() -> None:
    event = session_in(State.WAITING).receive(SUBSCRIBE)
    assert isinstance(event, Close)
    assert event.code == 4401


def test_a_ping_is_answered_before_the_init_with_its_payload() -> None:
    assert ServerSession().receive('{"type":"ping","payload":{"a":1}}') == Reply(
        '{"type":"pong","payload":{"a":1}}', {"a": 1}
    )


def test_the_init_payload_reaches_the_caller() -> None:
    assert ServerSession().receive('{"type":"connection_init","payload":{"a":1}}') == InitReceived({"a": 1})
    assert ServerSession().receive('{"type":"connection_init","payload":null}') == InitReceived({})


def test_results_travel_under_their_id_and_stop_with_the_end() -> None:
    session = session_in(State.READY)
    session.receive('{"type":"subscribe","id":"a\\"b","payload":{"query":"{a}"}}')
    assert session.next('a"b', b'{"data":{}}') == '{"id":"a\\"b","type":"next","payload":{"data":{}}}'
    assert session.complete('a"b') == '{"id":"a\\"b","type":"complete"}'
    assert session.complete('a"b') is None


def test_no_complete_follows_an_error() -> None:
    session = session_in(State.READY)
    session.receive(SUBSCRIBE)
    assert session.error("1", b"[]") == '{"id":"1","type":"error","payload":[]}'
    assert session.complete("1") is None


def test_an_id_is_free_again_after_its_end() -> None:
    session = session_in(State.READY)
    session.receive(SUBSCRIBE)
    session.receive(COMPLETE)
    assert isinstance(session.receive(SUBSCRIBE), SubscribeReceived)


def test_a_close_reason_is_cut_at_a_whole_character() -> None:
    assert clip_reason("é" * 100) == "é" * 61
