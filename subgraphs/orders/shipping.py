"""What it costs to send one piece of a product."""

from __future__ import annotations

from typing import Final

FREE_FROM_AMOUNT: Final = 10_000
BASE_AMOUNT: Final = 390
AMOUNT_PER_100_GRAMS: Final = 12


def shipping_estimate_amount(price_amount: int, weight_grams: int) -> int:
    """Minor units of the price's currency; free from 100.00 up."""
    if price_amount >= FREE_FROM_AMOUNT:
        return 0
    return BASE_AMOUNT + weight_grams // 100 * AMOUNT_PER_100_GRAMS
