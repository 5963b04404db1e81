"""The commands of ``olympus`` and their options.

Each command imports what it runs itself: together they take seconds, and most need little of it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from router.cli.choices import (
    ComposeFormat,
    ExplainFormat,
    LogFormat,
    LogLevel,
    QueryFormat,
    SchemaFormat,
    Stage,
)
from router.cli.config import config_app
from router.cli.documents import documents_app
from router.cli.failure import CommandError
from router.cli.insight import insight_app
from router.cli.owners import owners_app
from router.cli.registry import registry_app

app = typer.Typer(
    name="olympus",
    help="A GraphQL federation router: compose subgraphs, plan and serve operations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(config_app)
app.add_typer(documents_app)
app.add_typer(registry_app)
app.add_typer(owners_app)
app.add_typer(insight_app)

Tags = Annotated[list[str] | None, typer.Option(help="May be given several times.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="0 lets the system choose.")]


@app.command()
def compose(  # an argument is an option of the command
    config: Annotated[Path, typer.Option(help="The list of subgraphs: supergraph.yaml.")],
    output_format: Annotated[
        ComposeFormat, typer.Option("--format", help="What to write.")
    ] = ComposeFormat.SDL,
    output: Annotated[Path | None, typer.Option(help="A file instead of standard output.")] = None,
    include_tag: Tags = None,
    exclude_tag: Tags = None,
    hide_unreachable: Annotated[
        bool, typer.Option("--hide-unreachable", help="Hide types that no operation can get to.")
    ] = False,
) -> None:
    """Compose subgraphs into a supergraph; the exit status is 0 only when they compose.

    With tags, the supergraph is a contract variant: clients see what has an included tag and no excluded one.
    """
    from router.cli.compose import ContractTags, run_compose  # noqa: PLC0415

    tags = ContractTags(tuple(include_tag or ()), tuple(exclude_tag or ()), hide_unreachable)
    raise typer.Exit(run_compose(config, output_format, output, tags))


@app.command()
def explain_error(code: Annotated[str, typer.Argument(help="A code.")]) -> None:
    """Say what an error code or hint means, and what to do."""
    from router.cli.error_catalogue import explain  # noqa: PLC0415

    text = explain(code.strip().upper())
    if text is None:
        raise CommandError(
            f"{code} is no code of the router or of composition; docs/errors.md lists them all", 2
        )
    print(text.rstrip("\n"))


@app.command()
def serve(  # noqa: PLR0913, PLR0917  # an argument is an option of the command
    supergraph: Annotated[
        str | None, typer.Option(help="A composed supergraph: a file, watched, or a URL, polled.")
    ] = None,
    subgraphs: Annotated[
        Path | None, typer.Option(help="A supergraph.yaml, or a folder of SDLs, to compose; watched.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="The configuration: olympus.yaml; watched.", envvar="OLYMPUS_CONFIG"),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Default: 127.0.0.1, or supergraph.listen.")] = None,
    port: Port = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that share the port.")] = 1,
    dev: Annotated[
        bool, typer.Option("--dev", help="Playground, query plans and subgraphs' messages for everyone.")
    ] = False,
    log_level: Annotated[LogLevel | None, typer.Option()] = None,
    log_format: Annotated[LogFormat | None, typer.Option()] = None,
) -> None:
    """Serve a supergraph: GraphQL at /graphql, health at /health/ready.

    Options go before the environment (OLYMPUS_LIMITS__MAX_DEPTH=20), the environment before the file.
    """
    from router.cli.serve import run_serve  # noqa: PLC0415
    from router.cli.settings import ServeSettings  # noqa: PLC0415

    settings = ServeSettings(
        supergraph=supergraph,
        subgraphs=None if subgraphs is None else str(subgraphs),
        config=None if config is None else str(config),
        host=host,
        port=port,
        is_development=dev,
        log_level=None if log_level is None else log_level.value,
        log_format=None if log_format is None else log_format.value,
    )
    run_serve(settings, workers)


@app.command()
def explain(
    operation: Annotated[Path, typer.Argument(help="A file with the operation; - for standard input.")],
    supergraph: Annotated[Path | None, typer.Option(help="A composed supergraph.")] = None,
    subgraphs: Annotated[Path | None, typer.Option(help="A supergraph.yaml to compose.")] = None,
    stage: Annotated[Stage, typer.Option(help="Which stage to print.")] = Stage.PLAN,
    output_format: Annotated[ExplainFormat, typer.Option("--format")] = ExplainFormat.TEXT,
    operation_name: Annotated[
        str | None, typer.Option(help="Which operation, where the file has several.")
    ] = None,
) -> None:
    """Show what becomes of an operation, without asking any subgraph."""
    from router.cli.explain import chosen_source, run_explain  # noqa: PLC0415

    source = chosen_source(supergraph, subgraphs)
    run_explain(operation, source, stage, output_format, operation_name)


@app.command()
def plan(
    folder: Annotated[Path, typer.Argument(help="A folder with .graphql operations, or one file.")],
    supergraph: Annotated[Path | None, typer.Option(help="A composed supergraph.")] = None,
    subgraphs: Annotated[Path | None, typer.Option(help="A supergraph.yaml to compose.")] = None,
    output_format: Annotated[ExplainFormat, typer.Option("--format")] = ExplainFormat.TEXT,
) -> None:
    """Plan a folder of operations: fetches, steps and time of each; the exit status is 1 if any has no plan."""
    from router.cli.explain import chosen_source  # noqa: PLC0415
    from router.cli.plan import run_plan  # noqa: PLC0415

    raise typer.Exit(run_plan(folder, chosen_source(supergraph, subgraphs), output_format))


Endpoint = Annotated[str, typer.Option(help="The router's GraphQL URL.", envvar="OLYMPUS_ENDPOINT")]
HeaderLines = Annotated[
    list[str] | None, typer.Option("--header", "-H", help="'Name: value'; may be given several times.")
]


@app.command()
def query(  # noqa: PLR0913, PLR0917  # an argument is an option of the command
    operation: Annotated[Path, typer.Argument(help="A file with the operation; - for standard input.")],
    variables: Annotated[
        str | None, typer.Option("--variables", "-v", help="A JSON object, or @FILE with one.")
    ] = None,
    header: HeaderLines = None,
    endpoint: Endpoint = "http://127.0.0.1:4000/graphql",
    operation_name: Annotated[
        str | None, typer.Option(help="Which operation, where the file has several.")
    ] = None,
    output_format: Annotated[QueryFormat, typer.Option("--format")] = QueryFormat.PRETTY,
    explain: Annotated[bool, typer.Option("--explain", help="Show what each fetch took.")] = False,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds to wait for the router to say anything.")
    ] = 60,
) -> None:
    """Ask a running router; results of subscriptions are printed as they come.

    The exit status is 1 when the answer has errors or the router cannot be asked, 2 when the input is wrong.
    """
    from router.cli.explain import operation_text  # noqa: PLC0415
    from router.cli.query import Question, read_headers, read_variables, run_query  # noqa: PLC0415

    body: dict[str, object] = {"query": operation_text(operation), "variables": read_variables(variables)}
    if operation_name is not None:
        body["operationName"] = operation_name
    question = Question(endpoint, body, read_headers(header or ()), timeout)
    raise typer.Exit(run_query(question, output_format, explains=explain))


@app.command()
def schema(
    header: HeaderLines = None,
    endpoint: Endpoint = "http://127.0.0.1:4000/graphql",
    supergraph: Annotated[
        Path | None, typer.Option(help="A composed supergraph, instead of a running router.")
    ] = None,
    output_format: Annotated[SchemaFormat, typer.Option("--format")] = SchemaFormat.SDL,
) -> None:
    """Print the schema that clients see."""
    from router.cli.query import Question, read_headers, run_schema, show_supergraph  # noqa: PLC0415

    if supergraph is not None:
        show_supergraph(supergraph, output_format)
        return
    run_schema(Question(endpoint, {}, read_headers(header or ())), output_format)


@app.command()
def demo(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 4000,
    port_base: Annotated[
        int,
        typer.Option(min=0, max=65532, help="The first of the subgraphs' four ports; 0: the system chooses."),
    ] = 4101,
    registry_port: Annotated[int, typer.Option(min=0, max=65535, help="0: the system chooses.")] = 4200,
) -> None:
    """Run the four demo subgraphs, the registry they are published to, and the router; ^C stops it all."""
    from router.cli.demo import run_demo  # noqa: PLC0415

    run_demo(host, port, port_base, registry_port)


@app.command()
def token(
    tenant: Annotated[str, typer.Option(help="acme, globex or initech.")] = "acme",
    user: Annotated[str, typer.Option(help="The id of a customer.")] = "acme-c-0001",
    role: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
    days: Annotated[float, typer.Option(min=0, max=365)] = 30,
) -> None:
    """Print a token for the demo, signed with the demo's secret."""
    from router.cli.token import demo_token  # noqa: PLC0415

    print(demo_token(tenant, user, tuple(role or ()), days * 86_400))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, or ``arguments`` instead; ends by raising SystemExit."""
    try:
        app(arguments)
    except CommandError as error:
        print(f"olympus: {error}", file=sys.stderr)
        sys.exit(error.status)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
