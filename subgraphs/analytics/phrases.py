"""Takes the phrases out of a question that can stand anywhere in it: grouping, number, period.

Each function gives the text that is left, and what the phrase means.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Final, cast

from subgraphs.analytics.not_understood import NotUnderstood
from subgraphs.analytics.period import (
    MAX_DAYS,
    Period,
    Unit,
    last_units,
    latest_month,
    previous_unit,
    this_unit,
)
from subgraphs.analytics.vocabulary import MONTHS

DEFAULT_FIRST: Final = 5
MAX_FIRST: Final = 100

_BY: Final = re.compile(
    r"\bby (?:revenue|(?:product )?(category)|(?:order )?(status)"
    r"|(day|week|month|quarter|year|product|customer))\b"
)

_FIRST: Final = re.compile(
    r"\bbest (\d+)\b(?! (?:day|week|month|quarter|year))|\b(\d+) (?=best\b|product\b|customer\b)"
)


def take_grouping(text: str) -> tuple[str, str | None]:
    """What follows "by". Raises: NotUnderstood when there are several."""
    found = sorted({"".join(filter(None, match)) for match in _BY.findall(text)} - {""})
    if len(found) > 1:
        raise NotUnderstood(f"I can group by one thing at a time, not by {' and '.join(found)}.")
    return _BY.sub(" ", text), next(iter(found), None)


def take_first(text: str) -> tuple[str, int]:
    """How many of the best. Raises: NotUnderstood when that is too many."""
    match = _FIRST.search(text)
    if match is None:
        return text, DEFAULT_FIRST
    first = int(match[1] or match[2])
    if not 1 <= first <= MAX_FIRST:
        raise NotUnderstood(f"I can give 1 to {MAX_FIRST} of the best, not {first}.")
    return f"{text[: match.start()]} best {text[match.end() :]}", first


_UNIT: Final = "(day|week|month|quarter|year)"

_PERIODS: Final[tuple[tuple[re.Pattern[str], Callable[[date, re.Match[str]], Period]], ...]] = (
    # In this order: "last 2 week" is not "2 week" after a "last", nor is "last week" a mere "week".
    (
        re.compile(rf"\b(?:(?:last|past) )?(\d{{1,4}}) {_UNIT}\b"),
        lambda today, match: last_units(today, int(match[1]), cast(Unit, match[2])),
    ),
    (re.compile(r"\btoday\b"), lambda today, _: this_unit(today, "day")),
    (re.compile(r"\byesterday\b"), lambda today, _: previous_unit(today, "day")),
    (
        re.compile(rf"\bthis {_UNIT}\b(?: todate\b)?"),
        lambda today, match: this_unit(today, cast(Unit, match[1])),
    ),
    (re.compile(rf"\b{_UNIT} todate\b"), lambda today, match: this_unit(today, cast(Unit, match[1]))),
    (re.compile(rf"\blast {_UNIT}\b"), lambda today, match: previous_unit(today, cast(Unit, match[1]))),
    (
        re.compile(rf"\b(?:(?:this|last|past) )?({'|'.join(MONTHS)})\b"),
        lambda today, match: latest_month(today, MONTHS.index(match[1]) + 1),
    ),
    (re.compile(rf"\b(?:past )?{_UNIT}\b"), lambda today, match: last_units(today, 1, cast(Unit, match[1]))),
)


def take_period(text: str, today: date) -> tuple[str, Period | None]:
    """The days asked about, None when none are named. Raises: NotUnderstood when they are too many."""
    for pattern, read in _PERIODS:
        match = pattern.search(text)
        if match is None:
            continue
        try:
            period = read(today, match)
        except OverflowError as error:
            raise NotUnderstood("No shop is that old.") from error
        if not 1 <= period.days <= MAX_DAYS:
            raise NotUnderstood(f"I can look at 1 to {MAX_DAYS} days, not at {period.days}.")
        return f"{text[: match.start()]} {text[match.end() :]}", period
    return text, None
