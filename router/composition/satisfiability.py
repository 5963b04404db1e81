"""The last gate: every path a client can take through the API schema has an answer."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merged import Merged
from router.composition.result import CompositionError
from router.composition.supergraph_model import supergraph_model
from router.federation.codes import MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED, SATISFIABILITY_ERROR
from router.querygraph.build import build_query_graph
from router.querygraph.satisfiability import SatisfiabilityCheck, TooManyWaysError, Unsatisfiable


def satisfiability(merged: Merged, max_steps: int) -> Iterator[CompositionError]:
    """Each field that some path reaches and nobody can then answer, with a shortest such operation.

    The query graph is the one a router builds from the supergraph, so what is checked is what will run.
    Codes: SATISFIABILITY_ERROR, MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED.
    """
    graph = build_query_graph(supergraph_model(merged))
    names = {source.graph: source.name for source in merged.sources}
    try:
        for gap in SatisfiabilityCheck(graph).run(max_steps):
            at = gap.type_name if gap.field == "__typename" else gap.coordinate
            yield merged.error(SATISFIABILITY_ERROR, _message(gap, names), at)
    except TooManyWaysError as error:
        message = f"There are too many ways through the subgraphs to check: {error}; share fewer fields"
        yield CompositionError(MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED, message, tuple(sorted(names.values())))


def _message(gap: Unsatisfiable, names: dict[str, str]) -> str:
    lines = [
        f'Clients can ask for "{gap.coordinate}" in a way that no subgraph can answer; add a @key or the field '
        "where this stops:",
        gap.operation(),
    ]
    if gap.runs_in:
        name = names.get(gap.runs_in, gap.runs_in)
        lines.append(
            f'- when subgraph "{name}" runs the mutation: only one may, and none alone can go on everywhere'
        )
    if gap.labels:
        on = ", ".join(f'"{label}"' for label in sorted(gap.labels))
        lines.append(f"- when the override label {on} is on")
    for blocked in gap.blocked:
        lines.append(f'- from subgraph "{names.get(blocked.graph, blocked.graph)}":')
        lines += [f"  - {reason}" for reason in blocked.reasons]
    return "\n".join(lines)
