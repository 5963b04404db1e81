"""The pieces, each a state machine that is told the time."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import (
    SubgraphConnectionLostError,
    SubgraphConnectionRefusedError,
    SubgraphConnectTimeoutError,
    SubgraphInvalidRequestError,
    SubgraphInvalidResponseError,
    SubgraphResponseTooLargeError,
    SubgraphTimeoutError,
)
from router.transport.base import SubgraphRequest, SubgraphResponse
from router.transport.exchange import Outcome
from router.transport.resilience.breaker import Breaker, BreakerState
from router.transport.resilience.budget import Budget
from router.transport.resilience.failures import is_failure
from router.transport.resilience.latencies import Latencies
from router.transport.resilience.options import BreakerOptions, RetryOptions
from router.transport.resilience.retry import back_off_s, is_worth_retrying, retry_after_s
from router.transport.resilience.urls import FAILURES, RESTS_S, Places

OPTIONS = BreakerOptions(error_ratio=0.5, min_requests=4, window_s=10, sleep_s=5)


def answer(
    status: int = 200, body: bytes = b'{"data":{}}', headers: Mapping[bytes, bytes] | None = None
) -> SubgraphResponse:
    return SubgraphResponse(status, tuple((headers or {}).items()), body)


def tell(breaker: Breaker, now_s: float, *failures: bool) -> None:
    for is_bad in failures:
        ticket = breaker.admit(now_s)
        assert ticket is not None
        breaker.record(ticket, now_s, is_failure=is_bad)


def test_a_circuit_opens_when_half_of_enough_requests_failed() -> None:
    breaker = Breaker(OPTIONS)
    tell(breaker, 0, True, True, False)
    assert breaker.state is BreakerState.CLOSED, "three are not enough"
    tell(breaker, 0, True)
    assert breaker.state is BreakerState.OPEN
    assert breaker.admit(4.9) is None
    assert breaker.wait_s(4) == pytest.approx(1)


def test_failures_that_left_the_window_do_not_count() -> None:
    breaker = Breaker(OPTIONS)
    tell(breaker, 0, True, True, True)
    tell(breaker, 12, True, False, False)
    assert breaker.state is BreakerState.CLOSED


def test_half_open_lets_one_request_through_at_a_time() -> None:
    breaker = Breaker(OPTIONS)
    tell(breaker, 0, True, True, True, True)
    probe = breaker.admit(5)
    assert probe is not None
    assert breaker.admit(5) is None
    breaker.record(probe, 5.5, is_failure=False)
    assert breaker.state is BreakerState.CLOSED
    assert breaker.opened == 1


def test_a_failed_probe_opens_the_circuit_again() -> None:
    breaker = Breaker(OPTIONS)
    tell(breaker, 0, True, True, True, True)
    tell(breaker, 5, True)
    assert breaker.state is BreakerState.OPEN
    assert breaker.admit(9.9) is None
    assert breaker.admit(10) is not None


def test_a_probe_whose_caller_left_makes_room_for_the_next() -> None:
    breaker = Breaker(OPTIONS)
    tell(breaker, 0, True, True, True, True)
    probe = breaker.admit(5)
    assert probe is not None
    breaker.forget(probe)
    assert breaker.admit(5) is not None


def test_a_late_answer_of_before_says_nothing_about_an_open_circuit() -> None:
    breaker = Breaker(OPTIONS)
    late = breaker.admit(0)
    assert late is not None
    tell(breaker, 0, True, True, True, True)
    breaker.record(late, 1, is_failure=False)
    assert breaker.state is BreakerState.OPEN
    probe = breaker.admit(6)
    assert probe is not None
    breaker.record(late, 6, is_failure=True)
    assert breaker.state is BreakerState.HALF_OPEN
    assert breaker.admit(6) is None, "the probe is still under way"


def test_as_many_successes_as_asked_for_close_it() -> None:
    breaker = Breaker(BreakerOptions(min_requests=1, sleep_s=1, required_successes=3))
    tell(breaker, 0, True)
    tell(breaker, 1, False, False)
    assert breaker.state is BreakerState.HALF_OPEN
    tell(breaker, 1, False)
    assert breaker.state is BreakerState.CLOSED


@given(st.lists(st.tuples(st.sampled_from(["admit", "good", "bad", "forget"]), st.floats(0, 7)), max_size=60))
def test_a_circuit_that_is_not_closed_has_one_request_under_way_at_most(
    steps: list[tuple[str, float]],
) -> None:
    breaker = Breaker(OPTIONS)
    now_s, under_way = 0.0, dict[int, int]()
    tickets: list[int] = []
    for what, passes_s in steps:
        now_s += passes_s
        if what == "admit":
            ticket = breaker.admit(now_s)
            if ticket is not None:
                tickets.append(ticket)
                state = breaker.state
                under_way[ticket] = under_way.get(ticket, 0) + 1
                assert state is BreakerState.CLOSED or under_way[ticket] == 1
        elif tickets:
            ticket = tickets.pop(0)
            under_way[ticket] -= 1
            if what == "forget":
                breaker.forget(ticket)
            else:
                breaker.record(ticket, now_s, is_failure=what == "bad")


def test_a_budget_is_a_share_of_requests_and_some_a_second() -> None:
    budget = Budget(0.25, 0.0)
    for _ in range(8):
        budget.pay_in()
    assert [budget.take(0) for _ in range(3)] == [True, True, False]
    steady = Budget(0.0, 2.0)
    assert [steady.take(0) for _ in range(3)] == [True, True, False]
    assert [steady.take(1) for _ in range(3)] == [True, True, False]
    assert sum(steady.take(1000) for _ in range(100)) == 20, "saved up for ten seconds at most"


@pytest.mark.parametrize(
    ("outcome", "query", "mutation"),
    [
        (SubgraphConnectionRefusedError("s", ""), True, True),
        (SubgraphConnectTimeoutError("s", ""), True, True),
        (SubgraphConnectionLostError("s", ""), True, False),
        (SubgraphInvalidResponseError("s", ""), True, False),
        (SubgraphTimeoutError("s", ""), False, False),
        (SubgraphResponseTooLargeError("s", ""), False, False),
        (SubgraphInvalidRequestError("s", ""), False, False),
        (answer(503), True, False),
        (answer(500), False, False),
        (answer(200), False, False),
    ],
)
def test_what_is_asked_again(outcome: Outcome, query: bool, mutation: bool) -> None:
    for is_query, wanted in ((True, query), (False, mutation)):
        request = SubgraphRequest("s", "http://s/", b"{}", (), is_query, 1.0)
        assert is_worth_retrying(request, outcome, RetryOptions()) is wanted


def test_waits_grow_and_have_an_end() -> None:
    options = RetryOptions(interval_s=0.1, max_interval_s=1.0)
    assert [back_off_s(options, n, 1.0) for n in range(6)] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1, 1])
    assert back_off_s(options, 3, 0.0) == 0.0


@pytest.mark.parametrize(
    ("value", "wait_s"),
    [
        (b"7", 7),
        (b"Thu, 01 Jan 1970 00:01:40 GMT", 90),
        (b"Thu, 01 Jan 1970 00:00:01 GMT", 0),
        (b"soon", 0),
        (b"-1", 0),
        (b"\xb2", 0),
        (b"Thu, 99 Jan 1970 00:01:40 GMT", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: bytes, wait_s: float) -> None:
    assert retry_after_s(answer(503, headers={b"retry-after": value}), 10.0) == wait_s


def test_codes_of_errors_count_where_they_are_named() -> None:
    options = BreakerOptions(error_codes=frozenset({"DOWN"}))
    assert is_failure(answer(body=b'{"errors":[{"message":"","extensions":{"code":"DOWN"}}]}'), options)
    assert not is_failure(answer(body=b'{"errors":[{"message":"","extensions":{"code":"NO"}}]}'), options)
    for strange in (b'{"errors":', b'["errors"]', b'{"errors":{}}', b'{"errors":[1,{"extensions":2}]}'):
        assert not is_failure(answer(body=strange), options)
    assert not is_failure(SubgraphTimeoutError("s", ""), BreakerOptions(counts_timeouts=False))


def test_a_threshold_needs_enough_answers() -> None:
    latencies = Latencies(0.9, 10)
    for n in range(9):
        latencies.add(n)
    assert latencies.threshold_s is None
    latencies.add(9)
    assert latencies.threshold_s == 9


def test_the_least_busy_url_is_asked_and_equals_take_turns() -> None:
    places = Places(("a", "b", "c"), lambda: 0.0)
    assert {places.choose().url for _ in range(3)} == {"a", "b", "c"}
    for place in places.all:
        place.under_way = 0 if place.url == "b" else 1
    assert {places.choose().url for _ in range(6)} == {"b"}


def test_a_url_that_gives_no_answers_rests_for_a_while() -> None:
    now = [0.0]
    places = Places(("a", "b"), lambda: now[0])
    first = places.all[0]
    for _ in range(FAILURES):
        places.record(first, is_failure=True)
    assert {places.choose().url for _ in range(4)} == {"b"}
    now[0] = RESTS_S
    assert {places.choose().url for _ in range(4)} == {"a", "b"}


def test_another_url_is_tried_next_and_there_is_always_one() -> None:
    places = Places(("a", "b"), lambda: 0.0)
    one = places.choose()
    assert places.choose([one]) is not one
    assert places.choose(places.all) in places.all
    for place in places.all:
        place.is_well = False
    assert places.choose() in places.all
