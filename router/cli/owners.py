"""The commands of subgraph owners: publish, check, subgraph, releases, rollback, diff, contract.

Exit statuses: 0 done, or passed; 1 refused, does not pass, or breaks; 2 wrong input; 3 the registry cannot be reached
or does not let this token do that; 4 nothing was changed, try again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from router.cli.choices import ReportFormat

owners_app = typer.Typer(rich_markup_mode=None)
subgraph_app = typer.Typer(
    name="subgraph", help="A variant's subgraphs.", no_args_is_help=True, rich_markup_mode=None
)
contract_app = typer.Typer(
    name="contract",
    help="Variants that show what tags allow of another.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
owners_app.add_typer(subgraph_app)
owners_app.add_typer(contract_app)

Registry = Annotated[
    str | None,
    typer.Option("--registry", envvar="OLYMPUS_REGISTRY_URL", help="The registry: https://host/registry."),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token", envvar="OLYMPUS_REGISTRY_TOKEN", help="Better in the environment: others see options."
    ),
]
Graph = Annotated[str | None, typer.Option("--graph", envvar="OLYMPUS_GRAPH", help="Default: default.")]
Variant = Annotated[
    str | None, typer.Option("--variant", envvar="OLYMPUS_VARIANT", help="Default: production.")
]
Format = Annotated[ReportFormat, typer.Option("--format", help="text, json, or github for annotations.")]
Name = Annotated[str, typer.Argument(help="The subgraph.")]
SchemaFile = Annotated[Path | None, typer.Option("--schema", help="The SDL; - for standard input.")]
Introspect = Annotated[
    str | None,
    typer.Option("--introspect", help="A running subgraph to ask for its SDL, instead of --schema."),
]
Header = Annotated[
    list[str] | None, typer.Option("--header", help="NAME: VALUE, sent with --introspect. Several times.")
]
Url = Annotated[
    str | None, typer.Option("--url", help="Where routers ask it; left out: as it is published already.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Release although checks fail; what does not compose never is.")
]


@owners_app.command()
def publish(  # noqa: PLR0913, PLR0917  # an argument is an option of the command
    name: Name,
    schema: SchemaFile = None,
    introspect: Introspect = None,
    header: Header = None,
    url: Url = None,
    force: Force = False,
    graph: Graph = None,
    variant: Variant = None,
    registry: Registry = None,
    token: Token = None,
    output_format: Format = ReportFormat.TEXT,
) -> None:
    """Publish a subgraph: composed and checked with the others, and live at once; or refused, with every reason."""
    from router.cli.publish import Schema, run_publish  # noqa: PLC0415
    from router.cli.registry_client import Asked, target  # noqa: PLC0415

    to = target(Asked(registry, token, graph, variant))
    source = Schema(schema, introspect, tuple(header or ()))
    raise typer.Exit(run_publish(to, name, source, url, output_format, force))


@owners_app.command()
def check(  # noqa: PLR0913, PLR0917  # an argument is an option of the command
    name: Name,
    schema: SchemaFile = None,
    introspect: Introspect = None,
    header: Header = None,
    url: Url = None,
    graph: Graph = None,
    variant: Variant = None,
    registry: Registry = None,
    token: Token = None,
    output_format: Format = ReportFormat.TEXT,
) -> None:
    """Tell what publishing would find, without publishing."""
    from router.cli.publish import Schema, run_check  # noqa: PLC0415
    from router.cli.registry_client import Asked, target  # noqa: PLC0415

    to = target(Asked(registry, token, graph, variant))
    source = Schema(schema, introspect, tuple(header or ()))
    raise typer.Exit(run_check(to, name, source, url, output_format))


@subgraph_app.command("list")
def list_subgraphs(
    graph: Graph = None,
    variant: Variant = None,
    registry: Registry = None,
    token: Token = None,
    output_format: Format = ReportFormat.TEXT,
) -> None:
    """List what a variant is made of."""
    from router.cli.registry_client import Asked, target  # noqa: PLC0415
    from router.cli.releases import run_subgraphs  # noqa: PLC0415

    run_subgraphs(target(Asked(registry, token, graph, variant)), output_format)


@subgraph_app.command("fetch")
def fetch_subgraph(
    name: Name,
    output: Annotated[Path | None, typer.Option(help="A file instead of standard output.")] = None,
    graph: Graph = None,
    variant: Variant = None,
    registry: Registry = None,
    token: Token = None,
) -> None:
    """Print a subgraph's SDL as it was published."""
    from router.cli.registry_client import Asked, target  # noqa: PLC0415
    from router.cli.releases import run_fetch  # noqa: PLC0415

    run_fetch(target(Asked(registry, token, graph, variant)), name, output)


@subgraph_app.command("delete")
def delete_subgraph(  # noqa: PLR0913, PLR0917  # an argument is an option of the command
    name: Name,
    force: Force = False,
    graph: Graph = None,
    variant: Variant = None,
    registry: Registry = None,
    token: Token = None,
    output_format: Format = ReportFormat.TEXT,
) -> None:
    """Take a subgraph away; the others must still compose."""
    from router.cli.publish import run_delete  # noqa: PLC0415
    from router.cli.registry_client import Asked, target  # noqa: PLC0415

    raise typer.Exit(run_delete(target(Asked(registry, token, graph, variant)), name, output_format, force))


@owners_app.command()
def releases(  # an argument is an option of the command
    first: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    graph: Graph = None,
    variant: Variant = None,
    registry: Registry = None,
    token: Token = None,
    output_format: Format = ReportFormat.TEXT,
) -> None:
    """List a variant's releases, the newest first."""
    from router.cli.registry_client import Asked, target  # noqa: PLC0415
    from router.cli.releases import run_releases  # noqa: PLC0415

    run_releases(target(Asked(registry, token, graph, variant)), first, output_format)


@owners_app.command()
def variants(
    graph: Graph = None,
    registry: Registry = None,
    token: Token = None,
    output_format: Format = ReportFormat.TEXT,
) -> None:
    """List a graph's variants and contracts."""
    from router.cli.registry_client import Asked, target  # noqa: PLC0415
    from router.cli.releases import run_variants  # noqa: PLC0415

    run_variants(target(Asked(registry, token, graph)), output_format)


@owners_app.command()
def rollback(  # an argument is an option of the command
    release: Annotated[int, typer.Argument(metavar="ID", help="The release to go back to.")],
    graph: Graph = None,
    variant: Variant = None,
    registry: Registry = None,
    token: Token = None,
    output_format: Format = ReportFormat.TEXT,
) -> None:
    """Make a new release with an old one's content."""
    from router.cli.publish import run_rollback  # noqa: PLC0415
    from router.cli.registry_client import Asked, target  # noqa: PLC0415

    raise typer.Exit(run_rollback(target(Asked(registry, token, graph, variant)), release, output_format))


@owners_app.command()
def diff(  # an argument is an option of the command
    before: Annotated[str, typer.Argument(metavar="A", help="A release, or a variant: what is live there.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The same.")],
    graph: Graph = None,
    registry: Registry = None,
    token: Token = None,
    output_format: Format = ReportFormat.TEXT,
) -> None:
    """Tell what changes for clients from A to B; the exit status is 1 when something breaks."""
    from router.cli.registry_client import Asked, target  # noqa: PLC0415
    from router.cli.releases import run_diff  # noqa: PLC0415

    raise typer.Exit(run_diff(target(Asked(registry, token, graph)), before, after, output_format))


@contract_app.command("set")
def set_contract(  # noqa: PLR0913, PLR0917  # an argument is an option of the command
    variant: Annotated[str, typer.Argument(help="The contract's own name.")],
    source: Annotated[str, typer.Option(help="The variant it shows a part of, and follows.")],
    include_tag: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
    exclude_tag: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
    hide_unreachable: Annotated[
        bool, typer.Option("--hide-unreachable", help="Hide types that no operation can get to.")
    ] = False,
    force: Force = False,
    graph: Graph = None,
    registry: Registry = None,
    token: Token = None,
    output_format: Format = ReportFormat.TEXT,
) -> None:
    """Make a variant a contract, or change what it shows; it is made anew with each release of its source."""
    from router.cli.publish import run_contract  # noqa: PLC0415
    from router.cli.registry_client import Asked, target  # noqa: PLC0415

    tags = (include_tag or [], exclude_tag or [], hide_unreachable)
    to = target(Asked(registry, token, graph, variant))
    raise typer.Exit(run_contract(to, source, tags, output_format, force))
