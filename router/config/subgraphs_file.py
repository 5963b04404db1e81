"""``supergraph.yaml``: which subgraphs there are, where each answers, and where its SDL is.

federation_version: =2.9.0          # optional; read by other tools
subgraphs:
  orders:
    routing_url: http://127.0.0.1:4101/graphql
    schema:
      file: ./orders.graphql        # or sdl: the text itself, or subgraph_url: asked for its SDL
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from router.composition.result import SubgraphInput
from router.config.document import Document, read_document
from router.config.load import check_model
from router.config.problem import ConfigError, Problem
from router.config.subgraph_sdl import ask_for_sdl
from router.config.text import read_text
from router.config.values import HttpUrl, Section, SubgraphUrl


class SchemaSource(Section):
    """Where one subgraph's SDL is; one of the three."""

    file: Path | None = None
    sdl: str | None = None
    subgraph_url: HttpUrl | None = None

    @model_validator(mode="after")
    def _has_one_source(self) -> SchemaSource:
        if sum(source is not None for source in (self.file, self.sdl, self.subgraph_url)) != 1:
            raise ValueError("give file, sdl or subgraph_url, one of them")
        return self


class SubgraphSection(Section):
    """One subgraph; ``routing_url`` may be left out when ``subgraph_url`` is the same."""

    routing_url: SubgraphUrl | None = None
    schema_: SchemaSource = Field(alias="schema")

    @model_validator(mode="after")
    def _has_a_url(self) -> SubgraphSection:
        if self.routing_url is None and self.schema_.subgraph_url is None:
            raise ValueError("routing_url is missing")
        return self


class SubgraphsFile(Section):
    """The whole file."""

    federation_version: Annotated[str | None, BeforeValidator(lambda v: None if v is None else str(v))] = None
    subgraphs: Annotated[dict[str, SubgraphSection], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class SubgraphList:
    """The subgraphs to compose, in the file's order, and the files they came from."""

    inputs: tuple[SubgraphInput, ...]
    files: tuple[Path, ...]
    """The list itself and every SDL file: what to watch."""


def read_subgraphs_file(path: Path, environment: Mapping[str, str]) -> SubgraphList:
    """Read the list and every SDL it names; asks subgraphs over HTTP where it says ``subgraph_url``.

    Raises: ConfigError with every problem found; a subgraph that does not answer is in its `SubgraphInput`.
    """
    document = read_document(path, environment)
    listed = check_model(SubgraphsFile, document)
    inputs: list[SubgraphInput] = []
    files = [path]
    problems: list[Problem] = []
    for name, subgraph in listed.subgraphs.items():
        source = subgraph.schema_
        url = subgraph.routing_url or source.subgraph_url or ""
        if source.file is not None:
            files.append(path.parent / source.file)
        try:
            if source.subgraph_url is not None:
                inputs.append(_asked(name, url, source.subgraph_url))
            else:
                inputs.append(SubgraphInput(name, url, _sdl(document, name, source), _file(path, source)))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return SubgraphList(tuple(inputs), tuple(files))


def _file(path: Path, source: SchemaSource) -> str | None:
    return None if source.file is None else str(path.parent / source.file)


def _sdl(document: Document, name: str, source: SchemaSource) -> str:
    if source.sdl is not None:
        return source.sdl
    try:
        return read_text(document.folder / (source.file or ""))
    except ConfigError as error:
        message = f"subgraph {name}: {error}"
        raise ConfigError(document.problem(("subgraphs", name, "schema", "file"), message)) from None


def _asked(name: str, url: str, subgraph_url: str) -> SubgraphInput:
    """The subgraph with its SDL, or with why it could not be had: composition gives that a code."""
    try:
        return SubgraphInput(name, url, ask_for_sdl(subgraph_url))
    except ConfigError as error:
        return SubgraphInput(name, url, "", unavailable=str(error))
