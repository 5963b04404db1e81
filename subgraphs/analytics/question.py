"""Reads a question in plain English: which metric, over which days, grouped by what.

Every word of a question must be understood or known to change nothing; otherwise the question is
refused with the word that was not.  An answer to half a question is a wrong answer.

    words      "How many ordrs in the last two weeks by status?"  →  "many order past 2 week by status"
    parts      period "past 2 week", grouping "by status", rest "many order"
    meaning    orders, 14 days, by status
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from subgraphs.analytics.not_understood import NotUnderstood
from subgraphs.analytics.period import Period, last_days
from subgraphs.analytics.phrases import take_first, take_grouping, take_period
from subgraphs.analytics.vocabulary import MONTHS
from subgraphs.analytics.words import read_words

Metric = Literal["revenue", "orders", "top products", "top customers"]

MAX_LENGTH: Final = 300
DEFAULT_DAYS: Final = 30

GROUPINGS: Final[dict[Metric, tuple[str, ...]]] = {
    "revenue": ("day", "category"),
    "orders": ("status",),
    "top products": (),
    "top customers": (),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question that was understood."""

    metric: Metric
    period: Period
    grouping: str | None
    first: int
    """How many products or customers; for other metrics it says nothing."""
    understanding: str
    """The question in one sentence of ours."""


def understand(text: str, today: date) -> Question:
    """What a question asks, on the day ``today``.

    Raises: NotUnderstood.
    """
    if len(text) > MAX_LENGTH:
        raise NotUnderstood(f"The question is longer than {MAX_LENGTH} characters.")
    words = read_words(text)
    if words.unknown:
        raise NotUnderstood(f"I do not know the word {words.unknown[0]!r}.")
    rest, grouping = take_grouping(words.text)
    rest, first = take_first(rest)
    rest, period = take_period(rest, today)
    metric, grouping = _read_metric(rest.split(), grouping, joins=bool(_JOINS.search(text.lower())))
    if grouping is not None and grouping not in GROUPINGS[metric]:
        raise NotUnderstood(f"I cannot give {metric} by {grouping}.")
    sentence = _sentence(metric, period or last_days(today, DEFAULT_DAYS), grouping, first)
    if period is None:
        sentence += f" No period was named, so these are the last {DEFAULT_DAYS} days."
    for word, likely in words.mended:
        sentence += f" I read {word!r} as {likely!r}."
    return Question(metric, period or last_days(today, DEFAULT_DAYS), grouping, first, sentence)


_JOINS: Final = re.compile(r"\band\b|[,&+/]")


def _read_metric(words: list[str], grouping: str | None, joins: bool) -> tuple[Metric, str | None]:
    """The metric, and the grouping where it is named without "by", as in "order status"."""
    for word in words:
        if word not in ("revenue", "order", "product", "customer", "category", "status", "best", "many"):
            raise NotUnderstood(f"I do not see what {word!r} is about here.")
    named = {"product", "customer"} & {*words, grouping}
    if named:
        metric = _read_top(words, named)
        return metric, None if grouping in named else _inner_grouping(words, grouping)
    grouping = _inner_grouping(words, grouping)
    if "best" in words and grouping != "category":
        raise NotUnderstood("I do not see what should be the best: products or customers?")
    return _read_sum(words, grouping, joins), grouping


def _read_top(words: list[str], named: set[str]) -> Metric:
    if len(named) > 1:
        raise NotUnderstood("I can answer about products or about customers, one at a time.")
    (one,) = named
    if "many" in words:
        raise NotUnderstood(f"I cannot count {one}s.")
    return "top products" if one == "product" else "top customers"


def _read_sum(words: list[str], grouping: str | None, joins: bool) -> Metric:
    if joins and {"revenue", "order"} <= set(words):
        raise NotUnderstood("I can give revenue or orders, one at a time.")
    if "many" in words:
        if not {"revenue", "order"} & set(words):
            raise NotUnderstood("I can only count orders.")
        return "orders"
    if "revenue" in words or grouping == "category":
        return "revenue"
    if "order" in words or grouping == "status":
        return "orders"
    raise NotUnderstood("I do not see what to measure.")


def _inner_grouping(words: list[str], grouping: str | None) -> str | None:
    found = {"category", "status"} & set(words) | ({grouping} - {None})
    if len(found) > 1:
        raise NotUnderstood(
            f"I can group by one thing at a time, not by {' and '.join(sorted(map(str, found)))}."
        )
    return next(iter(found), None)


def _sentence(metric: Metric, period: Period, grouping: str | None, first: int) -> str:
    what = {
        "revenue": "Revenue",
        "orders": "Number of orders",
        "top products": f"The {first} products with the most revenue",
        "top customers": f"The {first} customers with the most revenue",
    }[metric]
    if period.days == 1:
        when = f"on {_day(period.first_day)}"
    else:
        when = f"from {_day(period.first_day)} to {_day(period.last_day)} ({period.days} days)"
    return f"{what} {when}{f', by {grouping}' if grouping else ''}."


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1].capitalize()} {day.year}"
