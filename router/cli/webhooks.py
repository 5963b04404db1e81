"""``olympus webhook``: who is told of releases and checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from router.cli.choices import ExplainFormat
from router.cli.failure import CommandError
from router.cli.registry_client import Target, ask
from router.cli.registry_report import print_json
from router.cli.table import print_table

ADD: Final = """mutation ($graph: String!, $variant: String, $url: String!, $events: [WebhookEvent!]!) {
  created: createWebhook(graph: $graph, variant: $variant, url: $url, events: $events) {
    webhook { id variant url events } secret
  }
}"""
LIST: Final = """query ($graph: String!) { graph(name: $graph) { webhooks {
  id variant url events createdAt createdBy
  deliveries(first: 1) { id event createdAt attempts nextAttemptAt deliveredAt status error }
} } }"""
DELETE: Final = "mutation ($graph: String!, $id: Int!) { deleteWebhook(graph: $graph, id: $id) }"


def run_add(
    target: Target, url: str, events: Sequence[str], variant: str | None, format_: ExplainFormat
) -> None:
    """Add a webhook, and print its secret.  Raises: CommandError."""
    data = ask(target, ADD, graph=target.graph, variant=variant, url=url, events=list(events))
    created = data["created"]
    if format_ is ExplainFormat.JSON:
        print_json(created)
        return
    print(
        f"Webhook {created['webhook']['id']} is told of {', '.join(events).lower()}. Its secret, shown once:"
    )
    print(created["secret"])


def run_list(target: Target, format_: ExplainFormat) -> None:
    """List webhooks.  Raises: CommandError."""
    graph = ask(target, LIST, graph=target.graph)["graph"]
    if graph is None:
        raise CommandError(f"there is no graph {target.graph}", 2)
    if format_ is ExplainFormat.JSON:
        print_json(graph["webhooks"])
        return
    rows = [
        (
            str(one["id"]),
            one["variant"] or "(all)",
            ", ".join(one["events"]).lower(),
            _last(one["deliveries"]),
            one["url"],
        )
        for one in graph["webhooks"]
    ]
    print_table(("id", "variant", "events", "last delivery", "url"), rows)


def run_delete(target: Target, webhook_id: int) -> None:
    """Delete a webhook.  Raises: CommandError."""
    ask(target, DELETE, graph=target.graph, id=webhook_id)
    print(f"Webhook {webhook_id} is deleted.")


def _last(deliveries: Sequence[Mapping[str, Any]]) -> str:
    if not deliveries:
        return "none yet"
    one = deliveries[0]
    if one["deliveredAt"]:
        return f"{one['status']} at {one['deliveredAt']}"
    if one["nextAttemptAt"]:
        return f"waits, {one['attempts']} attempts: {one['error'] or 'not tried yet'}"
    return f"given up: {one['error']}"
