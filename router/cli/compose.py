"""``olympus compose``: subgraphs in, supergraph SDL or every error out."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from router.cli.choices import ComposeFormat
from router.cli.failure import CommandError
from router.composition.compose import compose
from router.composition.contract.contract import contract
from router.composition.result import Composed, CompositionError, CompositionHint, Rejected
from router.config.problem import ConfigError
from router.config.sources import finding_line
from router.config.subgraphs_file import read_subgraphs_file


@dataclass(frozen=True, slots=True)
class ContractTags:
    """What a contract variant shows; the whole supergraph when nothing is asked."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hides_unreachable: bool = False

    @property
    def is_asked(self) -> bool:
        """True when something may be hidden."""
        return bool(self.include or self.exclude or self.hides_unreachable)


def run_compose(
    config: Path, format_: ComposeFormat, output: Path | None, tags: ContractTags = ContractTags()
) -> int:
    """Compose and write the result, or the contract variant of it that ``tags`` ask for.

    Gives the exit status, 0 only when the subgraphs compose.

    Raises: CommandError for a file that cannot be read or written.
    """
    try:
        listed = read_subgraphs_file(config, os.environ)
    except ConfigError as error:
        if format_ is ComposeFormat.JSON:
            errors = [
                {"code": "INVALID_CONFIG", "message": str(problem), "nodes": []} for problem in error.problems
            ]
            _write(_json(errors, [], None), output)
        raise CommandError(str(error), 2) from None
    result = compose(listed.inputs)
    if tags.is_asked and isinstance(result, Composed):
        variant = contract(result.supergraph_sdl, tags.include, tags.exclude, tags.hides_unreachable)
        result = replace(variant, hints=result.hints)
    if format_ is ComposeFormat.JSON:
        composed = result if isinstance(result, Composed) else None
        errors = [] if isinstance(result, Composed) else [_entry(error) for error in result.errors]
        _write(_json(errors, [_entry(hint) for hint in result.hints], composed), output)
    else:
        _write_for_people(result, format_, output, len(listed.inputs))
    return 0 if isinstance(result, Composed) else 1


def _write_for_people(
    result: Composed | Rejected, format_: ComposeFormat, output: Path | None, count: int
) -> None:
    """Write the SDL or the summary; errors, and with the SDL hints, go to standard error."""
    if isinstance(result, Rejected):
        _tell(result.errors)
        verb = "The subgraph does" if count == 1 else f"The {count} subgraphs do"
        print(f"{verb} not compose: {_count(len(result.errors), 'error')}.", file=sys.stderr)
        return
    if format_ is ComposeFormat.SDL:
        _tell(result.hints)
        _write(result.supergraph_sdl, output)
        return
    lines = [f"hint: {finding_line(hint)}" for hint in result.hints]
    verb = "The subgraph composes" if count == 1 else f"The {count} subgraphs compose"
    lines.append(f"{verb}: {_count(len(result.hints), 'hint')}.")
    _write("\n".join(lines) + "\n", output)


def _tell(findings: Sequence[CompositionError | CompositionHint]) -> None:
    for finding in findings:
        kind = "error" if isinstance(finding, CompositionError) else "hint"
        print(f"{kind}: {finding_line(finding)}", file=sys.stderr)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _json(errors: list[dict[str, Any]], hints: list[dict[str, Any]], composed: Composed | None) -> str:
    """Give the result as other tools read it.

    Shapes: ``{"ok", "errors": [{"code", "message", "nodes": [{"subgraph", "line", "column"}]}], "hints",
    "supergraph_sdl", "api_sdl"}``.
    """
    value = {
        "ok": composed is not None,
        "errors": errors,
        "hints": hints,
        "supergraph_sdl": None if composed is None else composed.supergraph_sdl,
        "api_sdl": None if composed is None else composed.api_sdl,
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _entry(finding: CompositionError | CompositionHint) -> dict[str, Any]:
    return {
        "code": finding.code,
        "message": finding.message,
        "subgraphs": list(finding.subgraphs),
        "coordinate": finding.at,
        "nodes": [
            {"subgraph": node.subgraph, "file": node.file, "line": node.line, "column": node.column}
            for node in finding.nodes
        ],
    }


def _write(text: str, output: Path | None) -> None:
    """Write to standard output, or whole or not at all to a file: a router may be watching it."""
    if output is None:
        sys.stdout.write(text)
        return
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=output.parent, prefix=f".{output.name}.", delete=False
        ) as draft:
            draft.write(text)
        draft_path = Path(draft.name)
        draft_path.chmod(0o644)
        draft_path.replace(output)
    except OSError as error:
        raise CommandError(f"{output}: cannot be written: {error.strerror}") from None
