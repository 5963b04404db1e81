"""What questions in plain English are read as."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subgraphs.analytics.not_understood import NotUnderstood
from subgraphs.analytics.period import Period
from subgraphs.analytics.question import understand
from subgraphs.analytics.vocabulary import FILLERS, MEANINGS, NUMBERS

SUNDAY = date(2026, 11, 22)


def days(first: str, last: str = "11-22") -> Period:
    return Period(date.fromisoformat(f"2026-{first}"), date.fromisoformat(f"2026-{last}"))


@pytest.mark.parametrize(
    ("question", "metric", "period", "grouping"),
    [
        ("revenue last 7 days by category", "revenue", days("11-16"), "category"),
        ("how many orders this month by status", "orders", days("11-01"), "status"),
        ("top 5 products last quarter", "top products", days("07-01", "09-30"), None),
        ("best customers in the last 30 days", "top customers", days("10-24"), None),
        ("revenue today", "revenue", days("11-22"), None),
        ("sales by day this week", "revenue", days("11-16"), "day"),
        ("How much money did we make yesterday?", "revenue", days("11-21", "11-21"), None),
        ("What were our daily sales over the last two weeks?", "revenue", days("11-09"), "day"),
        ("turnover per category in October", "revenue", days("10-01", "10-31"), "category"),
        ("takings for each department, past quarter", "revenue", days("08-23"), "category"),
        ("best categories last month", "revenue", days("10-01", "10-31"), "category"),
        ("revenue from orders last month", "revenue", days("10-01", "10-31"), None),
        ("revenue for a hundred days", "revenue", days("08-15"), None),
        ("revenue in the last one hundred and twenty days", "revenue", days("07-26"), None),
        ("revenue last twenty-five days", "revenue", days("10-29"), None),
        ("year to date revenue", "revenue", days("01-01"), None),
        ("May I see the revenue of May?", "revenue", days("05-01", "05-31"), None),
        ("revenue this november", "revenue", days("11-01"), None),
        ("revenue of the last month", "revenue", days("10-23"), None),
        ("number of orders per status in the last fortnight", "orders", days("11-09"), "status"),
        ("order status last week", "orders", days("11-09", "11-15"), "status"),
        ("how many sales were there in a week", "orders", days("11-16"), None),
        ("purchases this quarter", "orders", days("10-01"), None),
        ("Which products sold best in the past 2 months?", "top products", days("09-23"), None),
        ("bestsellers this year", "top products", days("01-01"), None),
        ("sales by product yesterday", "top products", days("11-21", "11-21"), None),
        ("who spent the most today", "top customers", days("11-22"), None),
        ("biggest spenders this week", "top customers", days("11-16"), None),
        ("revenue per customer this week", "top customers", days("11-16"), None),
    ],
)
def test_a_question_is_understood(question: str, metric: str, period: Period, grouping: str | None) -> None:
    understood = understand(question, SUNDAY)
    assert (understood.metric, understood.period, understood.grouping) == (metric, period, grouping)
    assert understood.understanding.endswith(".")


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("top products", 5),
        ("top 3 products", 3),
        ("top ten customers this week", 10),
        ("the 12 best customers", 12),
        ("7 most popular items last 7 days", 7),
        ("a dozen bestsellers", 12),
        ("best products of the last 9 days", 5),
    ],
)
def test_how_many_of_the_best_is_read_apart_from_the_days(question: str, first: int) -> None:
    assert understand(question, SUNDAY).first == first


def test_the_understanding_names_the_days_and_the_grouping() -> None:
    assert understand("sales last 7 days by category", SUNDAY).understanding == (
        "Revenue from 16 November 2026 to 22 November 2026 (7 days), by category."
    )
    assert understand("top three products yesterday", SUNDAY).understanding == (
        "The 3 products with the most revenue on 21 November 2026."
    )


def test_a_period_left_out_is_the_last_30_days_and_said_so() -> None:
    understood = understand("revenue", SUNDAY)
    assert understood.period.days == 30
    assert understood.understanding.endswith("No period was named, so these are the last 30 days.")


def test_typing_errors_are_mended_and_said_so() -> None:
    understood = understand("revnue last week by catagory", SUNDAY)
    assert (understood.metric, understood.grouping) == ("revenue", "category")
    assert "I read 'revnue' as 'revenue'. I read 'catagory' as 'category'." in understood.understanding
    assert understand("top custumers", SUNDAY).metric == "top customers"
    assert understand("ordres yesteday", SUNDAY).period == days("11-21", "11-21")


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("", "what to measure"),
        ("last 7 days", "what to measure"),
        ("what will the weather be", "'weather'"),
        ("revenue of red shoes", "'red'"),
        ("average order value", "'average'"),
        ("revenue without refunds", "'without'"),
        ("revenue and orders this week", "one at a time"),
        ("top products and customers", "one at a time"),
        ("revenue today and yesterday", "'yesterday'"),
        ("orders by day", "orders by day"),
        ("revenue by month", "revenue by month"),
        ("products by category", "top products by category"),
        ("sales by day and by category", "not by category and day"),
        ("how many products did we sell", "count products"),
        ("how many days", "only count orders"),
        ("top 500 products", "1 to 100"),
        ("revenue last 0 days", "1 to 366 days"),
        ("revenue last 100 weeks", "1 to 366 days, not at 700"),
        ("revenue last 9999 years", "that old"),
        ("the best week", "what should be the best"),
        ("revenue 7", "'7'"),
        ("revenue " * 100, "300 characters"),
    ],
)
def test_a_question_that_is_not_understood_says_why_and_what_can_be_asked(question: str, says: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        understand(question, SUNDAY)
    assert says in caught.value.message and "You can ask for revenue" in caught.value.message
    assert caught.value.extensions == {"code": "QUESTION_NOT_UNDERSTOOD"}


@given(st.text(max_size=80) | st.lists(st.sampled_from([*MEANINGS, *FILLERS, *NUMBERS, "7"])).map(" ".join))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        understood = understand(text, SUNDAY)
    except NotUnderstood:
        return
    assert 1 <= understood.period.days <= 366
    assert understood.period.last_day <= SUNDAY


@pytest.mark.parametrize(
    "today", [date(2024, 2, 29), date(2025, 3, 31), date(2026, 1, 1), date(2026, 12, 31)]
)
def test_periods_end_where_they_should_on_awkward_days(today: date) -> None:
    for unit in ("week", "month", "quarter", "year"):
        previous = understand(f"revenue last {unit}", today).period
        current = understand(f"revenue this {unit}", today).period
        rolling = understand(f"revenue past {unit}", today).period
        assert previous.last_day + timedelta(1) == current.first_day <= today
        assert current.last_day == rolling.last_day == today
        assert abs(rolling.days - previous.days) <= 4
