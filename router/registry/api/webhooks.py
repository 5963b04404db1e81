"""Webhooks, as the API shows and changes them."""

from __future__ import annotations

from collections.abc import Sequence

from router.registry.api.asking import Asking
from router.registry.tokens import Scope
from router.registry.webhooks.store import Delivery, Webhook


class WebhookMutations:
    """What of ``Mutation`` is about webhooks."""

    async def create_webhook(
        self, asking: Asking, graph: str, url: str, events: Sequence[str], variant: str | None = None
    ) -> NewWebhookView:
        """Raises: RouterError."""
        asking.caller.need(graph, Scope.ADMIN)
        names = [one.lower() for one in events]
        return NewWebhookView(
            await asking.registry.insight.add_webhook(graph, variant, url, names, asking.signed())
        )

    async def delete_webhook(self, asking: Asking, graph: str, id: int) -> bool:  # noqa: A002  # the schema's name
        """Raises: RouterError."""
        asking.caller.need(graph, Scope.ADMIN)
        await asking.registry.insight.delete_webhook(graph, id, asking.signed())
        return True


class WebhookView:
    """``Webhook``, without its secret."""

    def __init__(self, webhook: Webhook) -> None:
        self.id = webhook.id
        self.variant = webhook.variant
        self.url = webhook.url
        self.events = [one.upper() for one in webhook.events]
        self.created_at = webhook.created_at
        self.created_by = webhook.created_by

    async def deliveries(self, asking: Asking, first: int) -> list[DeliveryView]:
        """Give the newest first."""
        found = await asking.registry.insight.deliveries(self.id, max(1, min(first, 200)))
        return [DeliveryView(one) for one in found]


class DeliveryView:
    """``Delivery``."""

    def __init__(self, delivery: Delivery) -> None:
        self.id = delivery.id
        self.event = delivery.event.upper()
        self.created_at = delivery.created_at
        self.attempts = delivery.attempts
        self.next_attempt_at = delivery.next_at
        self.delivered_at = delivery.delivered_at
        self.status = delivery.status
        self.error = delivery.error
        self.body = delivery.body


class NewWebhookView:
    """``NewWebhook``."""

    def __init__(self, webhook: Webhook) -> None:
        self.webhook = WebhookView(webhook)
        self.secret = webhook.secret
