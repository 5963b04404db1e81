"""The commands that ask or set what a registry knows besides releases: usage, policy, webhook."""

from __future__ import annotations

from typing import Annotated

import typer

from router.cli.choices import ExplainFormat, WebhookEvent
from router.cli.owners import Graph, Registry, Token, Variant

insight_app = typer.Typer(rich_markup_mode=None)
policy_app = typer.Typer(
    name="policy", help="What a variant's checks let pass.", no_args_is_help=True, rich_markup_mode=None
)
webhook_app = typer.Typer(
    name="webhook",
    help="Who is told of releases and checks; needs a token with admin.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
insight_app.add_typer(policy_app)
insight_app.add_typer(webhook_app)

Format = Annotated[ExplainFormat, typer.Option("--format")]


@insight_app.command()
def usage(  # noqa: PLR0913, PLR0917  # an argument is an option of the command
    coordinate: Annotated[
        str | None,
        typer.Argument(help="Product.name, Query.product(id:), Color.RED, …; left out: every operation."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=400, help="How far back.")] = 30,
    graph: Graph = None,
    variant: Variant = None,
    registry: Registry = None,
    token: Token = None,
    output_format: Format = ExplainFormat.TEXT,
) -> None:
    """Tell which operations of which clients use a field, argument, type, input field or enum value."""
    from router.cli.registry_client import Asked, target  # noqa: PLC0415
    from router.cli.usage import run_usage  # noqa: PLC0415

    run_usage(target(Asked(registry, token, graph, variant)), coordinate, days, output_format)


@policy_app.command("show")
def show_policy(
    graph: Graph = None,
    variant: Variant = None,
    registry: Registry = None,
    token: Token = None,
) -> None:
    """Print the policy as JSON."""
    from router.cli.policy import run_show  # noqa: PLC0415
    from router.cli.registry_client import Asked, target  # noqa: PLC0415

    run_show(target(Asked(registry, token, graph, variant)))


@policy_app.command("set")
def set_policy(
    settings: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY=VALUE…", help='days=7, excluded_clients=["bot"], lint.UNUSED_TYPES=false, …'
        ),
    ],
    graph: Graph = None,
    variant: Variant = None,
    registry: Registry = None,
    token: Token = None,
) -> None:
    """Change parts of the policy, and print it; values are JSON.  Needs a token with admin."""
    from router.cli.policy import run_set  # noqa: PLC0415
    from router.cli.registry_client import Asked, target  # noqa: PLC0415

    run_set(target(Asked(registry, token, graph, variant)), settings)


@webhook_app.command("add")
def add_webhook(  # noqa: PLR0913, PLR0917  # an argument is an option of the command
    url: Annotated[str, typer.Argument(help="Asked by the registry, from where it runs.")],
    event: Annotated[
        list[WebhookEvent] | None, typer.Option(help="Several times; left out: all of them.")
    ] = None,
    variant: Annotated[str | None, typer.Option(help="Left out: every variant of the graph.")] = None,
    graph: Graph = None,
    registry: Registry = None,
    token: Token = None,
    output_format: Format = ExplainFormat.TEXT,
) -> None:
    """Let a URL be told, and print the secret that signs what it is told, once."""
    from router.cli.registry_client import Asked, target  # noqa: PLC0415
    from router.cli.webhooks import run_add  # noqa: PLC0415

    events = [one.name for one in event or tuple(WebhookEvent)]
    run_add(target(Asked(registry, token, graph)), url, events, variant, output_format)


@webhook_app.command("list")
def list_webhooks(
    graph: Graph = None,
    registry: Registry = None,
    token: Token = None,
    output_format: Format = ExplainFormat.TEXT,
) -> None:
    """List a graph's webhooks, each with what it was told last."""
    from router.cli.registry_client import Asked, target  # noqa: PLC0415
    from router.cli.webhooks import run_list  # noqa: PLC0415

    run_list(target(Asked(registry, token, graph)), output_format)


@webhook_app.command("delete")
def delete_webhook(
    webhook_id: Annotated[int, typer.Argument(metavar="ID", help="As `webhook list` prints it.")],
    graph: Graph = None,
    registry: Registry = None,
    token: Token = None,
) -> None:
    """Tell a URL nothing more."""
    from router.cli.registry_client import Asked, target  # noqa: PLC0415
    from router.cli.webhooks import run_delete  # noqa: PLC0415

    run_delete(target(Asked(registry, token, graph)), webhook_id)
