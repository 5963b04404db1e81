"""What orders tells the world: one event for each change, on the channel of its tenant.

Shapes: ``{"type", "kind", "tenantId", "at", "order": {"id", "number", "status", "customerId", "placedAt",
"updatedAt", "note", "subtotal": money, "total": money, "items": [{"line", "productId", "sku",
"quantity", "unitPrice": money}]}}`` with money as ``{"amount", "currency"}`` and moments as RFC 3339; ``kind`` is that
of an `OrderUpdate`, which makes the event one for a router's ``@eventSource``, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from subgraphs.events import Event
from subgraphs.orders.rows import ItemRow, OrderRow
from subgraphs.values import format_datetime, parse_datetime

ORDER_CREATED: Final = "order.created"
ORDER_STATUS_CHANGED: Final = "order.status_changed"


@dataclass(frozen=True, slots=True)
class OrderChange:
    """One change as an event tells it: the order as it was right after."""

    type: str
    at: datetime
    order: OrderRow
    items: tuple[ItemRow, ...]


def orders_channel(tenant: str) -> str:
    """Where the changes of one tenant's orders are told."""
    return f"orders:{tenant}"


def change_event(type_: str, tenant: str, order: OrderRow, items: Sequence[ItemRow]) -> Event:
    """The event of a change made at the order's ``updated_at``."""
    return {
        "type": type_,
        "kind": "CREATED" if type_ == ORDER_CREATED else "STATUS_CHANGED",
        "tenantId": tenant,
        "at": format_datetime(order.updated_at),
        "order": {
            "id": order.id,
            "number": order.number,
            "status": order.status,
            "customerId": order.customer_id,
            "placedAt": format_datetime(order.placed_at),
            "updatedAt": format_datetime(order.updated_at),
            "note": order.note,
            "subtotal": _money(order.subtotal_amount, order.currency),
            "total": _money(order.total_amount, order.currency),
            "items": [
                {
                    "line": item.line,
                    "productId": item.product_id,
                    "sku": item.sku,
                    "quantity": item.quantity,
                    "unitPrice": _money(item.unit_price_amount, item.currency),
                }
                for item in items
            ],
        },
    }


def read_change(event: Event) -> OrderChange:
    """The change that `change_event` wrote down."""
    order = event["order"]
    items = tuple(
        ItemRow(
            order_id=order["id"],
            line=item["line"],
            product_id=item["productId"],
            sku=item["sku"],
            quantity=item["quantity"],
            unit_price_amount=item["unitPrice"]["amount"],
            currency=item["unitPrice"]["currency"],
        )
        for item in order["items"]
    )
    row = OrderRow(
        id=order["id"],
        sequence=int(order["number"].rpartition("-")[2]),
        number=order["number"],
        customer_id=order["customerId"],
        status=order["status"],
        currency=order["total"]["currency"],
        subtotal_amount=order["subtotal"]["amount"],
        total_amount=order["total"]["amount"],
        note=order["note"],
        placed_at=parse_datetime(order["placedAt"]),
        updated_at=parse_datetime(order["updatedAt"]),
    )
    return OrderChange(event["type"], parse_datetime(event["at"]), row, items)


def _money(amount: int, currency: str) -> dict[str, Any]:
    return {"amount": amount, "currency": currency}
