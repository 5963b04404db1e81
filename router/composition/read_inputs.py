"""The first gate: names that can be told apart, and SDL that can be understood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.composition.merge.say import subgraphs
from router.composition.result import CompositionError, Node, SubgraphInput
from router.composition.source import Findings
from router.federation.codes import DOWNSTREAM_SERVICE_ERROR, DUPLICATE_SUBGRAPH_URL, INVALID_SUBGRAPH_NAME
from router.federation.read import read_subgraph
from router.federation.subgraph import Problem, Subgraph


def read_inputs(inputs: Sequence[SubgraphInput], findings: Findings) -> tuple[Subgraph, ...]:
    """The subgraphs that could be read, in the order of their names.

    Codes: INVALID_SUBGRAPH_NAME, DUPLICATE_SUBGRAPH_URL, DOWNSTREAM_SERVICE_ERROR, and those of reading.
    """
    read: list[Subgraph] = []
    seen: set[str] = set()
    for given in sorted(inputs, key=lambda i: (i.name, i.url, i.sdl)):
        fault = _name_fault(given.name, seen)
        if fault is not None:
            findings.errors.append(CompositionError(INVALID_SUBGRAPH_NAME, fault, (given.name,)))
            continue
        seen.add(given.name)
        if given.unavailable is not None:
            message = (
                f"[{given.name}] {given.unavailable}; check that the subgraph runs and that its URL is right"
            )
            findings.errors.append(CompositionError(DOWNSTREAM_SERVICE_ERROR, message, (given.name,)))
            continue
        subgraph, problems = read_subgraph(given.name, given.url, given.sdl, given.file)
        findings.errors.extend(_error(given, problem) for problem in problems)
        if subgraph is not None:
            read.append(subgraph)
    findings.errors.extend(_shared_urls(inputs))
    return tuple(read)


def _shared_urls(inputs: Sequence[SubgraphInput]) -> Iterator[CompositionError]:
    """A server that answers as two subgraphs cannot know which of them is asked."""
    by_url: dict[str, dict[str, SubgraphInput]] = {}
    for given in inputs:
        if given.url:
            by_url.setdefault(given.url, {})[given.name] = given
    for url, sharing in sorted(by_url.items()):
        if len(sharing) > 1:
            names = tuple(sorted(sharing))
            message = f"S{subgraphs(names)[1:]} have one routing URL, {url}; give each its own"
            nodes = tuple(Node(name, sharing[name].file, 1, 1) for name in names)
            yield CompositionError(DUPLICATE_SUBGRAPH_URL, message, names, nodes=nodes)


def _name_fault(name: str, seen: set[str]) -> str | None:
    if not name.strip():
        return "A subgraph has an empty name; give it one"
    if name == "_":
        return 'The subgraph name "_" is reserved; choose another'
    if name in seen:
        return f'Two subgraphs are named "{name}"; give each a name of its own'
    return None


def _error(given: SubgraphInput, problem: Problem) -> CompositionError:
    return CompositionError(
        code=problem.code,
        message=f"[{given.name}] {problem.message}",
        subgraphs=(given.name,),
        at=problem.coordinate,
        nodes=(Node(given.name, given.file, problem.at.line, problem.at.column),),
    )
