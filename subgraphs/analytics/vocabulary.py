"""The words a question may be made of: a table from what people say to what `question` reads."""

from __future__ import annotations

from typing import Final


def _table(lines: str) -> dict[str, str]:
    """From ``read: word word word`` lines; what is read may be several words."""
    table = {}
    for line in lines.strip().splitlines():
        read, words = line.split(":")
        table.update(dict.fromkeys(words.split(), read.strip()))
    return table


MEANINGS: Final = _table(
    """
    revenue: revenue revenues sales sale sell sells selling sold turnover income earnings earned earn earns
    revenue: takings proceeds money made make making gross
    order: order orders ordered ordering purchase purchases
    product: product products item items article articles goods
    best product: bestseller bestsellers seller sellers bestselling
    customer: customer customers client clients buyer buyers shopper shoppers who
    best customer: spender spenders
    best: best top biggest largest greatest leading highest strongest popular most favourite favorite
    status: status statuses state states stage
    category: category categories department departments
    by: by per each every
    by day: daily
    by week: weekly
    by month: monthly
    by quarter: quarterly
    by year: yearly annually annual
    day: day days
    week: week weeks
    month: month months
    quarter: quarter quarters
    year: year years
    14 day: fortnight
    today: today todays
    yesterday: yesterday yesterdays
    this: this current
    this year: ytd
    this month: mtd
    last: last previous prior
    past: past recent trailing
    many: many number count
    todate: todate
    january: january jan
    february: february feb
    march: march mar
    april: april apr
    may: may
    june: june jun
    july: july jul
    august: august aug
    september: september sep sept
    october: october oct
    november: november nov
    december: december dec
    """
)
"""Words with a meaning; also those that a misspelt word may be taken for."""

FILLERS: Final = frozenset(
    _table(
        """
        nothing: a about all am amount an and any are as at be been bought broken breakdown brought
        nothing: business buy buys came can come comes could did display do does doing down during far
        nothing: find for from generate generated get give given go got group grouped had has have hello
        nothing: hey hi how i in into is it its just kindly know let like list look looking me much my
        nothing: need now of on our ours out over overall placed please report see shop show showing so
        nothing: some spend spends spent split statistics stats store sum tell thank thanks that the
        nothing: their them there these they through to total totals up us value want was we were what
        nothing: whats when where which will with within worth would you your
        """
    )
)
"""Words that change nothing about what is asked."""

NUMBERS: Final = _table(
    """
    1: one
    2: two couple
    3: three
    4: four
    5: five
    6: six
    7: seven
    8: eight
    9: nine
    10: ten
    11: eleven
    12: twelve dozen
    13: thirteen
    14: fourteen
    15: fifteen
    16: sixteen
    17: seventeen
    18: eighteen
    19: nineteen
    20: twenty
    30: thirty
    40: forty fourty
    50: fifty
    60: sixty
    70: seventy
    80: eighty
    90: ninety
    100: hundred
    """
)

MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
