"""``olympus explain``: what becomes of an operation, stage by stage."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from router.cli.choices import ExplainFormat, Stage
from router.cli.failure import CommandError
from router.config.sources import subgraphs_source
from router.engine.reload import SupergraphSource, UnusableSupergraphError, file_source
from router.errors import ClientError
from router.execution.compile import compile_plan
from router.federation.supergraph import InvalidSupergraphError, Supergraph, read_supergraph
from router.language.document import DocumentSyntaxError, parse_operation
from router.language.operation import Operation
from router.language.validate import validate_operation
from router.planning.explain import explain
from router.planning.normalize.normalize import normalize, select_operation
from router.planning.planner import Planner
from router.planning.render import plan_to_json


def chosen_source(supergraph: Path | None, subgraphs: Path | None) -> SupergraphSource:
    """Give the source of exactly one of the two.  Raises: CommandError."""
    if supergraph is not None and subgraphs is None:
        return file_source(supergraph)
    if subgraphs is not None and supergraph is None:
        return subgraphs_source(subgraphs, os.environ)
    raise CommandError("Give --supergraph or --subgraphs, one of them.", 2)


def run_explain(
    operation: Path, source: SupergraphSource, stage: Stage, format_: ExplainFormat, name: str | None
) -> None:
    """Print one stage.  Raises: CommandError when the operation or the supergraph is wrong."""
    try:
        supergraph = read_supergraph(source.read())
    except (UnusableSupergraphError, InvalidSupergraphError) as error:
        raise CommandError(str(error)) from None
    normalized = normalized_operation(operation_text(operation), str(operation), name, supergraph)
    planner = Planner(supergraph)
    if format_ is ExplainFormat.TEXT:
        print(_stage_text(stage, planner, normalized).rstrip("\n"))
        return
    shown: dict[str, object] = {"stage": stage.value, "text": _stage_text(stage, planner, normalized)}
    if stage is Stage.PLAN:
        shown = plan_to_json(planner.plan(normalized))
    print(json.dumps(shown, indent=2, ensure_ascii=False))


def _stage_text(stage: Stage, planner: Planner, operation: Operation) -> str:
    if stage is Stage.SOURCE:
        return compile_plan(planner.plan(operation), planner.supergraph).source
    return explain(planner, operation)[stage.value]


def operation_text(path: Path) -> str:
    """Give a file's text; ``-`` is standard input.  Raises: CommandError."""
    if str(path) == "-":
        return sys.stdin.read()
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise CommandError(f"{path}: no such file", 2) from None
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: cannot be read: {error}", 2) from None


def normalized_operation(text: str, file: str, name: str | None, supergraph: Supergraph) -> Operation:
    """Give a valid operation in normal form.  Raises: CommandError, with every error and its place."""
    try:
        document = parse_operation(text)
        kind = select_operation(document, name).operation.value
    except DocumentSyntaxError as error:
        line, column = error.locations[0] if error.locations else (1, 1)
        raise CommandError(f"{file}:{line}:{column}: {error}") from None
    except ClientError as error:
        raise CommandError(f"{file}: {error}") from None
    if kind not in {root.value for root in supergraph.roots}:
        raise CommandError(f"{file}: the schema has no {kind} type")
    errors = validate_operation(document, supergraph.api_schema, hides_suggestions=False)
    if errors:
        lines = []
        for found in errors:
            place = f":{found.locations[0].line}:{found.locations[0].column}" if found.locations else ""
            lines.append(f"{file}{place}: {found.message}")
        raise CommandError("\n".join(lines))
    return normalize(document, name, supergraph)
