"""The answer to a question that cannot be answered."""

from __future__ import annotations

from typing import Final

from subgraphs.analytics.period import MAX_DAYS
from subgraphs.errors import Refusal

QUESTION_NOT_UNDERSTOOD: Final = "QUESTION_NOT_UNDERSTOOD"

CAN_BE_ASKED: Final = (
    "You can ask for revenue (by day or by category), orders (by status), top products or top customers, "
    f"over up to {MAX_DAYS} days: for example 'revenue last 7 days by category', "
    "'how many orders this month by status', 'sales by day this week', 'top 5 products last quarter' "
    "or 'best customers in the last 30 days'."
)


class NotUnderstood(Refusal):
    """A question that cannot be answered; the message says why, and what can be asked."""

    def __init__(self, why: str) -> None:
        super().__init__(QUESTION_NOT_UNDERSTOOD, f"{why} {CAN_BE_ASKED}")
