"""Runs of days, the way people name them."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

Unit = Literal["day", "week", "month", "quarter", "year"]

MAX_DAYS: Final = 366

_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``first_day`` to ``last_day``, both included."""

    first_day: date
    last_day: date

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last_day - self.first_day).days + 1

    def before(self) -> Period:
        """As many days, ending just before these."""
        return Period(self.first_day - timedelta(self.days), self.first_day - timedelta(1))

    def each_day(self) -> list[date]:
        """Every day, the first one first."""
        return [self.first_day + timedelta(offset) for offset in range(self.days)]


def last_days(today: date, days: int) -> Period:
    """The days up to ``today``, itself included."""
    return Period(today - timedelta(days - 1), today)


def last_units(today: date, count: int, unit: Unit) -> Period:
    """``count`` days, weeks or months up to ``today``: 2 months to the 22nd begin on a 23rd.

    Raises: OverflowError when they begin before the calendar does.
    """
    if unit in _MONTHS:
        return Period(_months_before(today, count * _MONTHS[unit]) + timedelta(1), today)
    return last_days(today, count * (7 if unit == "week" else 1))


def this_unit(today: date, unit: Unit) -> Period:
    """The day, week (from Monday), month, quarter or year of ``today``, as far as it has come."""
    return Period(_start(today, unit), today)


def previous_unit(today: date, unit: Unit) -> Period:
    """The whole day, week, month, quarter or year before the one of ``today``."""
    last = _start(today, unit) - timedelta(1)
    return Period(_start(last, unit), last)


def latest_month(today: date, month: int) -> Period:
    """The latest month of this number (1 is January): whole, or as far as it has come."""
    year = today.year if month <= today.month else today.year - 1
    last = date(year, month, calendar.monthrange(year, month)[1])
    return Period(date(year, month, 1), min(last, today))


def _start(day: date, unit: Unit) -> date:
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(day.weekday())
    months = _MONTHS[unit]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < 1:
        raise OverflowError
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
