"""What `make chaos` judges by: a judge that lets a wrong answer pass would make the whole run worthless."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chaos.ledger import Ledger, check_events, check_orders
from tests.chaos.schedule import KINDS, schedule
from tests.chaos.truth import dishonesty, is_right

TRUTH = {"a": {"b": 1, "list": [{"c": 1}, {"c": 2}]}, "d": None}


def error(*path: Any, code: str = "SUBGRAPH_TIMEOUT") -> dict[str, Any]:
    return {"message": "m", "path": list(path), "extensions": {"code": code}}


@pytest.mark.parametrize(
    "answer",
    [
        {"data": TRUTH},
        {"errors": [{"message": "m", "extensions": {"code": "OVERLOADED"}}]},
        {"data": {"a": None, "d": None}, "errors": [error("a")]},
        {"data": {"a": None, "d": None}, "errors": [error("a", "list", 0, "c")]},
        {"data": {"a": {"b": None, "list": TRUTH["a"]["list"]}, "d": None}, "errors": [error("a", "b")]},
        {
            "data": {"a": {"b": 1, "list": [{"c": None}, {"c": None}]}, "d": None},
            "errors": [error("a", "list", 0, "c")],
        },
    ],
)
def test_what_is_right_or_says_what_is_missing_passes(answer: Any) -> None:
    assert dishonesty(answer, TRUTH) is None


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        {"data": None},
        {"errors": []},
        {"data": {"a": None, "d": None}},
        {"data": {"a": None, "d": None}, "errors": [error("d")]},
        {"data": {"a": {"b": 2, "list": TRUTH["a"]["list"]}, "d": None}, "errors": [error("a", "b")]},
        {"data": {"a": {"b": 1, "list": [{"c": 1}]}, "d": None}, "errors": [error("a")]},
        {"data": {"a": {"b": 1, "list": [{"c": 2}, {"c": 1}]}, "d": None}},
        {"data": {"a": {"b": 1}, "d": None}, "errors": [error("a")]},
        {"data": None, "errors": [{"message": "m"}]},
        {"data": None, "errors": "m"},
    ],
)
def test_what_is_wrong_or_missing_without_a_word_does_not(answer: Any) -> None:
    assert dishonesty(answer, TRUTH) is not None
    assert not is_right(answer, TRUTH)


def test_a_seed_makes_one_schedule_which_has_every_kind() -> None:
    faults = schedule(1200, 7)
    assert faults == schedule(1200, 7) != schedule(1200, 8)
    assert {fault.what for fault in faults} == {what for what, _, _ in KINDS}
    assert all(fault.at_s + fault.lasts_s <= 1200 for fault in faults)


def test_lost_and_doubled_orders_are_seen() -> None:
    ledger = Ledger()
    ledger.placed = {"n1": "A-1", "n2": "A-2"}
    check_orders(ledger, [("n1", "A-1"), ("n3", "A-3"), ("n3", "A-4")])
    assert ledger.violations == [
        "order n3 was placed 2 times",
        "order n2 was acknowledged as A-2, and is None",
    ]


def test_an_event_that_a_stream_lacks_is_seen_and_one_before_or_after_it_is_not() -> None:
    ledger = Ledger()
    ledger.placed = {f"n{number}": f"A-{number}" for number in range(1, 20)}
    ledger.stretches = [[4, 5, 6, 8, 7, 9], [4, 5, 6, 8, 9, 10], [3, 3]]
    check_events(ledger, 1)
    assert ledger.violations == [
        "orders [7] were told to nobody of a stream without a gap",
        "orders told twice to one follower: [3]",
    ]
