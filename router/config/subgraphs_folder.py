"""A folder of subgraph SDLs: ``orders.graphql`` is the subgraph ``orders``.

Where it answers stands at the top of the file, as a comment: ``# routing_url: http://orders:4001/graphql``; or in
``override_subgraph_url`` of the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from router.composition.result import SubgraphInput
from router.config.problem import ConfigError, Problem
from router.config.subgraphs_file import SubgraphList
from router.config.text import read_text

LIST: Final = "supergraph.yaml"
"""In a folder that has one, it says which subgraphs there are."""

SUFFIXES: Final = (".graphql", ".graphqls", ".gql")

_ROUTING_URL: Final = re.compile(r"#\s*routing_url:\s*(\S+)\s*")


def read_subgraphs_folder(folder: Path, urls: Mapping[str, str]) -> SubgraphList:
    """Read every SDL of a folder, in the order of their names; hidden files are left out.

    Raises: ConfigError with every problem found.
    """
    try:
        files = sorted(
            path for path in folder.iterdir() if path.suffix in SUFFIXES and not path.name.startswith(".")
        )
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}") from None
    if not files:
        raise ConfigError(f"{folder}: neither {LIST} nor any {', '.join(SUFFIXES)} file is here")
    inputs: dict[str, SubgraphInput] = {}
    problems: list[str | Problem] = []
    for path in files:
        if path.stem in inputs:
            problems.append(f"{path}: the subgraph {path.stem} has another file: {inputs[path.stem].file}")
            continue
        try:
            sdl = read_text(path)
            inputs[path.stem] = SubgraphInput(path.stem, _url(path, sdl, urls), sdl, str(path))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return SubgraphList(tuple(inputs.values()), (folder, *files))


def _url(path: Path, sdl: str, urls: Mapping[str, str]) -> str:
    """Give where a subgraph answers: the comment in its file; without one, the configuration's."""
    for line in sdl.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            break
        found = _ROUTING_URL.fullmatch(line.strip())
        if found:
            return found[1]
    if path.stem not in urls:
        raise ConfigError(
            f"{path}: where does {path.stem} answer? Write “# routing_url: http://…” at the top of the file, or "
            f"set override_subgraph_url.{path.stem}"
        )
    return urls[path.stem]
