"""``olympus registry``: the registry served alone, its tokens and its keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from router.cli.choices import ExplainFormat, LogFormat, LogLevel

registry_app = typer.Typer(
    name="registry",
    help="Serve the schema registry; its tokens and keys.",
    invoke_without_command=True,
    rich_markup_mode=None,
)
token_app = typer.Typer(name="token", help="Who may do what.", no_args_is_help=True, rich_markup_mode=None)
key_app = typer.Typer(
    name="key", help="With what releases are signed.", no_args_is_help=True, rich_markup_mode=None
)
registry_app.add_typer(token_app)
registry_app.add_typer(key_app)

Config = Annotated[
    Path | None, typer.Option(envvar="OLYMPUS_CONFIG", help="olympus.yaml, whose section registry counts.")
]
Database = Annotated[
    str | None, typer.Option(help="sqlite:///FILE or postgresql://…, instead of registry.database.")
]


@registry_app.callback()
def registry(  # noqa: PLR0913, PLR0917  # an argument is an option of the command
    context: typer.Context,
    config: Config = None,
    database: Database = None,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 lets the system choose.")] = 4200,
    log_level: Annotated[LogLevel, typer.Option()] = LogLevel.INFO,
    log_format: Annotated[LogFormat, typer.Option()] = LogFormat.JSON,
) -> None:
    """Serve the schema registry: its GraphQL API at /registry/graphql; or what the commands below do."""
    if context.invoked_subcommand is not None:
        return
    from router.cli.registry_serve import registry_settings, run_registry  # noqa: PLC0415

    run_registry(registry_settings(config, database), host, port, (log_level.value, log_format.value))


@token_app.command("create")
def create_token(  # an argument is an option of the command
    name: Annotated[str, typer.Argument(help="Who or what has it.")],
    scope: Annotated[
        list[str],
        typer.Option(
            help="GRAPH:read, GRAPH:check, GRAPH:publish or GRAPH:admin; * is every graph. Several times."
        ),
    ],
    expires_in_days: Annotated[float | None, typer.Option(help="Left out: it does not expire.")] = None,
    config: Config = None,
    database: Database = None,
    output_format: Annotated[ExplainFormat, typer.Option("--format")] = ExplainFormat.TEXT,
) -> None:
    """Make a token and print it, once: the registry keeps its hash.  Writes to the registry's database."""
    from router.cli.registry_serve import registry_settings  # noqa: PLC0415
    from router.cli.registry_tokens import run_create  # noqa: PLC0415

    run_create(registry_settings(config, database), name, scope, expires_in_days, output_format)


@token_app.command("list")
def list_tokens(
    config: Config = None,
    database: Database = None,
    output_format: Annotated[ExplainFormat, typer.Option("--format")] = ExplainFormat.TEXT,
) -> None:
    """List every token that was ever made."""
    from router.cli.registry_serve import registry_settings  # noqa: PLC0415
    from router.cli.registry_tokens import run_list  # noqa: PLC0415

    run_list(registry_settings(config, database), output_format)


@token_app.command("revoke")
def revoke_token(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `token list` prints it.")],
    config: Config = None,
    database: Database = None,
) -> None:
    """Let a token count no longer, at once."""
    from router.cli.registry_serve import registry_settings  # noqa: PLC0415
    from router.cli.registry_tokens import run_revoke  # noqa: PLC0415

    run_revoke(registry_settings(config, database), token_id)


@key_app.command("create")
def create_key(file: Annotated[Path, typer.Argument(help="Where the private key goes.")]) -> None:
    """Make an Ed25519 key for registry.signing.private_keys, and print the public key that routers are given."""
    from router.cli.registry_keys import run_create  # noqa: PLC0415

    run_create(file)


@key_app.command("show")
def show_key(config: Config = None, database: Database = None) -> None:
    """Print the public key of the registry, for supergraph.registry.public_key of routers."""
    from router.cli.registry_keys import run_show  # noqa: PLC0415
    from router.cli.registry_serve import registry_settings  # noqa: PLC0415

    run_show(registry_settings(config, database))
