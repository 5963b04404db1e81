"""``olympus documents``: trusted documents from clients' sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from router.cli.choices import ManifestFormat

documents_app = typer.Typer(
    name="documents", help="Trusted documents.", no_args_is_help=True, rich_markup_mode=None
)


@documents_app.callback()
def documents() -> None:
    """Trusted documents."""


@documents_app.command()
def extract(
    sources: Annotated[list[Path], typer.Argument(help="Files, and folders of them.")],
    output: Annotated[Path | None, typer.Option(help="A file instead of standard output.")] = None,
    output_format: Annotated[ManifestFormat, typer.Option("--format")] = ManifestFormat.APOLLO,
    add_typename: Annotated[
        bool, typer.Option("--add-typename", help="Add __typename where Apollo Client's cache does.")
    ] = False,
) -> None:
    """Collect the operations of clients' sources and write their manifest; nothing where there is a mistake.

    Reads .graphql and .gql; gql and graphql templates and /* GraphQL */ strings of JavaScript, TypeScript, Vue and
    Svelte; gql("…") of Python.
    """
    from router.cli.extract import run_extract  # noqa: PLC0415

    run_extract(sources, output, output_format, adds_typename=add_typename)
