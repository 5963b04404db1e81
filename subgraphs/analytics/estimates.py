"""Numbers made by formula: the same input gives the same estimate everywhere."""

from __future__ import annotations

import zlib
from typing import Any, Final

from subgraphs.schema_types import money

MARGIN_PERCENT: Final = 34
"""What is left of a sale when the goods are paid."""
HANDLING_AMOUNT: Final = 450
"""What packing one order costs, in minor units."""
UNPAID_RISK_PERCENT: Final = 3
"""What of the unpaid totals is never paid."""

GOOD_FROM_PERCENT: Final = 25.0
FAIR_FROM_PERCENT: Final = 15.0


def profitability(total: object, status: object) -> dict[str, Any] | None:
    """The `Profitability` of an order, by what the router says of it; None when it says too little.

    Shapes: ``total`` is ``{"amount": int, "currency": str}``.
    """
    amount = total.get("amount") if isinstance(total, dict) else None
    if not isinstance(total, dict) or not isinstance(amount, int) or not isinstance(status, str):
        return None
    margin = _margin(amount, status)
    percent = round(100 * margin / amount, 1) if amount > 0 else 0.0
    return {"margin": money(margin, total["currency"]), "percent": percent, "rating": _rating(percent)}


def return_probability(order_id: str, line: int) -> float:
    """How likely a line comes back: from 0.02 to 0.3199, by its key."""
    return round(0.02 + zlib.crc32(f"{order_id}/{line}".encode()) % 3000 / 10_000, 4)


def _margin(amount: int, status: str) -> int:
    if status == "CANCELLED":
        return 0
    percent = MARGIN_PERCENT - (UNPAID_RISK_PERCENT if status == "PENDING" else 0)
    return amount * percent // 100 - HANDLING_AMOUNT


def _rating(percent: float) -> str:
    if percent >= GOOD_FROM_PERCENT:
        return "GOOD"
    return "FAIR" if percent >= FAIR_FROM_PERCENT else "POOR"
