"""``olympus documents extract``: from clients' sources to a manifest."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from router.cli.choices import ManifestFormat
from router.cli.failure import CommandError
from router.guards.manifest import TrustedDocument, apollo_manifest, relay_manifest, sha256_of
from router.language.client_operations import ClientText, collect_operations
from router.language.embedded import (
    GRAPHQL_SUFFIXES,
    JAVASCRIPT_SUFFIXES,
    PYTHON_SUFFIXES,
    EmbeddedTextError,
    embedded_texts,
)

SKIPPED: Final = frozenset({"node_modules", "__pycache__", "venv"})
"""Folders that are never a client's own; neither are those whose name begins with a dot."""


def run_extract(
    sources: list[Path], output: Path | None, format_: ManifestFormat, *, adds_typename: bool
) -> None:
    """Write the manifest.  Raises: CommandError with every mistake; then nothing is written."""
    problems: list[str] = []
    collected = collect_operations(_texts(sources, problems), adds_typename=adds_typename)
    problems += collected.problems
    if not problems and not collected.operations:
        problems.append("no operation was found")
    if problems:
        raise CommandError("\n".join(problems))
    listed = [
        TrustedDocument(sha256_of(one.text), one.text, one.name, one.kind) for one in collected.operations
    ]
    write = apollo_manifest if format_ is ManifestFormat.APOLLO else relay_manifest
    if output is None:
        print(write(listed), end="")
        return
    try:
        output.write_text(write(listed), "utf-8")
    except OSError as error:
        raise CommandError(f"{output}: {error.strerror}", 2) from None
    print(f"{len(listed)} operations in {output}", file=sys.stderr)


def _texts(sources: list[Path], problems: list[str]) -> Iterator[ClientText]:
    for file in _files(sources):
        try:
            source = file.read_text("utf-8")
            for found in embedded_texts(source, file.suffix):
                yield ClientText(found.text, str(file), found.line)
        except EmbeddedTextError as error:
            problems.append(f"{file}:{error.line}: {error}")
        except SyntaxError as error:
            problems.append(f"{file}:{error.lineno or 1}: not Python: {error.msg}")
        except (OSError, ValueError):
            problems.append(f"{file}: cannot be read as UTF-8 text")


def _files(sources: list[Path]) -> Iterator[Path]:
    suffixes = (*GRAPHQL_SUFFIXES, *JAVASCRIPT_SUFFIXES, *PYTHON_SUFFIXES)
    for source in sources:
        if not source.exists():
            raise CommandError(f"{source}: no such file or folder", 2)
        if source.is_file():
            yield source
        for folder, folders, files in os.walk(source):
            folders[:] = sorted(name for name in folders if name not in SKIPPED and not name.startswith("."))
            yield from (Path(folder, name) for name in sorted(files) if name.endswith(suffixes))
