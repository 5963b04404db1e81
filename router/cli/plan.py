"""``olympus plan``: plan a folder of operations and report what each will ask, for reviews and CI."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from router.cli.choices import ExplainFormat
from router.cli.explain import normalized_operation, operation_text
from router.cli.failure import CommandError
from router.engine.reload import SupergraphSource, UnusableSupergraphError
from router.federation.supergraph import InvalidSupergraphError, read_supergraph
from router.language.document import DocumentSyntaxError, operation_names, parse_operation
from router.planning.planner import Planner


@dataclass(frozen=True, slots=True)
class PlannedOperation:
    """One operation's plan in numbers, or why there is none."""

    file: str
    operation: str | None
    fetches: int
    steps: int
    """Requests on the longest chain of those that wait for each other."""
    milliseconds: float
    error: str | None = None
    is_cut_short: bool = False
    """Whether the search for fewer fetches ended at a bound."""


def run_plan(folder: Path, source: SupergraphSource, format_: ExplainFormat) -> int:
    """Print the report; gives the exit status: 0 when every operation can be planned, else 1.

    Raises: CommandError when the folder or the supergraph is wrong.
    """
    if not folder.exists():
        raise CommandError(f"{folder}: no such file or folder", 2)
    files = sorted(folder.rglob("*.graphql")) if folder.is_dir() else [folder]
    if not files:
        raise CommandError(f"{folder}: no .graphql files", 2)
    try:
        planner = Planner(read_supergraph(source.read()))
    except (UnusableSupergraphError, InvalidSupergraphError) as error:
        raise CommandError(str(error)) from None
    report = [planned for file in files for planned in _plan_file(file, folder, planner)]
    if format_ is ExplainFormat.JSON:
        print(json.dumps([asdict(planned) for planned in report], indent=2, ensure_ascii=False))
    else:
        print("\n".join(_lines(report)))
    return 1 if any(planned.error for planned in report) else 0


def _plan_file(file: Path, folder: Path, planner: Planner) -> Iterator[PlannedOperation]:
    shown = str(file.relative_to(folder)) if file != folder else file.name
    try:
        text = operation_text(file)
        document = parse_operation(text)
    except (CommandError, DocumentSyntaxError) as error:
        yield PlannedOperation(shown, None, 0, 0, 0.0, str(error))
        return
    for name in operation_names(document):
        try:
            operation = normalized_operation(text, shown, name, planner.supergraph)
        except CommandError as error:
            yield PlannedOperation(shown, name, 0, 0, 0.0, str(error))
            continue
        started = time.perf_counter()
        plan = planner.plan(operation)
        taken = (time.perf_counter() - started) * 1000
        missing = "no subgraph can answer " + ", ".join(plan.unplannable) if plan.unplannable else None
        yield PlannedOperation(
            shown, name, len(plan.fetches), plan.steps, round(taken, 2), missing, plan.is_cut_short
        )


def _lines(report: list[PlannedOperation]) -> Iterator[str]:
    names = [f"{planned.file}  {planned.operation or ''}".rstrip() for planned in report]
    width = max(len("operation"), *(len(name) for name in names))
    yield f"{'operation':<{width}}  fetches  steps      ms"
    for name, planned in zip(names, report, strict=True):
        if planned.error is not None:
            yield f"{name:<{width}}  {planned.error}"
        else:
            line = f"{name:<{width}}  {planned.fetches:>7}  {planned.steps:>5}  {planned.milliseconds:>6.1f}"
            yield f"{line}  search cut short" if planned.is_cut_short else line
