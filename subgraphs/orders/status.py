"""How far an order got, and where it may go from there."""

from __future__ import annotations

from typing import Final

from subgraphs.errors import Refusal

INVALID_TRANSITION: Final = "INVALID_TRANSITION"

TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    "PENDING": ("PAID", "CANCELLED"),
    "PAID": ("SHIPPED", "CANCELLED"),
    "SHIPPED": ("DELIVERED",),
    "DELIVERED": (),
    "CANCELLED": (),
}


def check_transition(current: str, wanted: str) -> None:
    """Nothing, when an order may go from one status to the other.

    Raises: Refusal INVALID_TRANSITION otherwise.
    """
    allowed = TRANSITIONS[current]
    if wanted not in allowed:
        where = f"only to {' or '.join(allowed)}" if allowed else "nowhere any more"
        raise Refusal(INVALID_TRANSITION, f"The order is {current} and can go {where}, not to {wanted}.")
