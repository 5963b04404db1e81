"""Reads what an order event says into rows of facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from subgraphs.errors import Refusal
from subgraphs.values import parse_datetime
from subgraphs.world import TENANTS

EVENT_TYPES: Final = ("order.created", "order.status_changed")

STATUSES: Final = ("PENDING", "PAID", "SHIPPED", "DELIVERED", "CANCELLED")
"""In the order of an order's life."""


class UnreadableEvent(Exception):
    """An event that says nothing usable about an order; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What one event says: the order as it was then, and its lines, as rows of their tables."""

    order: dict[str, Any]
    lines: list[dict[str, Any]]


def currency_of(tenant: str) -> str:
    """The currency a tenant sells in."""
    return TENANTS.get(tenant, "EUR")


def read_order_event(tenant: str, event: dict[str, Any]) -> OrderFacts:
    """The facts of an event that came through the channel ``orders:{tenant}``.

    Raises: UnreadableEvent.
    """
    if event.get("type") not in EVENT_TYPES:
        raise UnreadableEvent(f"type is {event.get('type')!r}, not one of {', '.join(EVENT_TYPES)}")
    if event.get("tenantId") != tenant:
        raise UnreadableEvent(f"tenantId is {event.get('tenantId')!r}, not {tenant!r}")
    try:
        return _facts(tenant, event["order"])
    except (KeyError, TypeError, AttributeError, Refusal) as error:
        raise UnreadableEvent(f"{type(error).__name__}: {error}") from error


def _facts(tenant: str, order: dict[str, Any]) -> OrderFacts:
    if order["status"] not in STATUSES:
        raise UnreadableEvent(f"status is {order['status']!r}, not one of {', '.join(STATUSES)}")
    placed_at = parse_datetime(order["placedAt"])
    order_row = {
        "tenant_id": tenant,
        "id": _text(order["id"]),
        "customer_id": _text(order["customerId"]),
        "status": order["status"],
        "total_amount": _amount(tenant, order["total"]),
        "placed_at": placed_at,
        "placed_day": placed_at.astimezone(UTC).date(),
        "updated_at": parse_datetime(order["updatedAt"]),
    }
    lines = [
        {
            "tenant_id": tenant,
            "order_id": order_row["id"],
            "line": _whole(item["line"]),
            "product_id": _text(item["productId"]),
            "quantity": _whole(item["quantity"]),
            "amount": _whole(item["quantity"]) * _amount(tenant, item["unitPrice"]),
        }
        for item in order["items"]
    ]
    return OrderFacts(order_row, lines)


def _amount(tenant: str, money: dict[str, Any]) -> int:
    if money["currency"] != currency_of(tenant):
        # Amounts of two currencies have no sum.
        raise UnreadableEvent(f"currency is {money['currency']!r}; {tenant} sells in {currency_of(tenant)}")
    return _whole(money["amount"])


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnreadableEvent(f"{value!r} is not a whole number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise UnreadableEvent(f"{value!r} is not a text")
    return value
