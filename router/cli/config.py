"""``olympus config``: the configuration checked, shown and described, without serving anything."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from router.cli.choices import ExplainFormat, ShowFormat
from router.cli.failure import CommandError

config_app = typer.Typer(
    name="config",
    help="Check, show and describe the configuration.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[
    Path | None,
    typer.Argument(envvar="OLYMPUS_CONFIG", help="olympus.yaml; without it, the environment alone."),
]


@config_app.command()
def validate(
    file: File = None,
    output_format: Annotated[ExplainFormat, typer.Option("--format")] = ExplainFormat.TEXT,
) -> None:
    """Tell every mistake with its place; the exit status is 0 only when there is none."""
    from router.config.load import load  # noqa: PLC0415
    from router.config.options import engine_options, server_options  # noqa: PLC0415
    from router.config.problem import ConfigError, Problem  # noqa: PLC0415

    problems: tuple[Problem, ...] = ()
    try:
        loaded = load(file, os.environ)
        try:
            engine_options(loaded.config)
            server_options(loaded.config)
        except ConfigError as error:
            raise loaded.placed(error) from None
    except ConfigError as error:
        problems = error.problems
    if output_format is ExplainFormat.JSON:
        answer = {"valid": not problems, "problems": [asdict(problem) for problem in problems]}
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    elif problems:
        print("\n".join(map(str, problems)), file=sys.stderr)
    else:
        print(f"{file or 'The environment'} is valid.")
    raise typer.Exit(1 if problems else 0)


@config_app.command()
def show(
    file: File = None,
    output_format: Annotated[ShowFormat, typer.Option("--format")] = ShowFormat.YAML,
) -> None:
    """Print the effective configuration and where each value comes from; secrets are hidden."""
    from router.config.load import load  # noqa: PLC0415
    from router.config.problem import ConfigError  # noqa: PLC0415
    from router.config.show import as_json, as_yaml  # noqa: PLC0415

    try:
        loaded = load(file, os.environ)
    except ConfigError as error:
        raise CommandError(str(error)) from None
    print(as_yaml(loaded) if output_format is ShowFormat.YAML else as_json(loaded))


@config_app.command()
def schema() -> None:
    """Print the JSON Schema of olympus.yaml, for editors."""
    from router.config.schema import configuration_schema  # noqa: PLC0415

    print(json.dumps(configuration_schema(), indent=2, ensure_ascii=False))
