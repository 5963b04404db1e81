"""Plans that the planner makes of random operations, answered by corrupted subgraphs: compiled and reference agree.

More of the same: ``python -m tests.execution.test_random_plans --domain NAME --seed S --count N``.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from graphql import parse

from router.execution.compile import CompiledPlan, compile_plan
from router.execution.conditions import condition_variables
from router.execution.context import ExecutionContext, Response
from router.execution.relocation import Relocation
from router.execution.run import execute
from router.federation.supergraph import Supergraph
from router.language.operation import OperationKind
from router.planning.normalize.normalize import normalize
from router.planning.plan import QueryPlan
from router.transport.base import SubgraphRequest, SubgraphResponse
from tests.execution.random_answers import RandomAnswers
from tests.execution.reference import Ask, Reference
from tests.execution.scripted import endpoints
from tests.lab.domains.all import DOMAINS
from tests.lab.random_operation import RandomOperation, random_operation
from tests.lab.trial import Trials

WRONGNESS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.5)


class Answering:
    """Random answers behind the client interface."""

    def __init__(self, plan: QueryPlan, answers: Ask) -> None:
        self._fetches = {(fetch.subgraph, fetch.operation): fetch for fetch in plan.fetches}
        self._answers = answers

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        body = orjson.loads(request.body)
        fetch = self._fetches[request.subgraph, body["query"]]
        batches = [
            [{"__typename": "Query"}] if entity.is_root else body["variables"][entity.variable]
            for entity in fetch.entities
        ]
        return SubgraphResponse(200, (), orjson.dumps(self._answers(fetch, batches)))

    async def close(self) -> None:
        """Nothing is open."""


def is_for_reference(plan: QueryPlan) -> bool:
    """Queries without conditions; introspection and contexts are for other tests."""
    fetches = [(fetch.subgraph, fetch.operation) for fetch in plan.fetches]
    return (
        plan.operation.kind is OperationKind.QUERY
        and not plan.unplannable
        and not condition_variables(plan)
        and not any(entity.contexts or entity.is_root for fetch in plan.fetches for entity in fetch.entities)
        and len(set(fetches)) == len(fetches)
        and not any(field.name.startswith("__s") for field in plan.operation.selection_set.fields())
    )


def compared(compiled: CompiledPlan, supergraph: Supergraph, variables: Any, answers: Ask) -> list[str]:
    """Answer once each way; every disagreement."""
    ctx = ExecutionContext(Answering(compiled.plan, answers), endpoints(supergraph), variables)
    response: Response = asyncio.run(execute(compiled, ctx))
    reference = Reference(
        compiled.plan, supergraph, lambda f, batches: orjson.loads(orjson.dumps(answers(f, batches)))
    )
    data = reference.execute()
    program = compiled.program(ctx.variables)
    assert program is not None
    upstream = [error for _, error in Relocation(program.root, ctx).errors()]
    found = sorted(((e.path, e.code) for e in response.errors if e not in upstream), key=repr)
    due = sorted(reference.errors, key=repr)
    reported = {(e.path, e.code) for e in upstream if e.code == "NO"}
    expected = {(path or None, code) for _, path, code in reference.upstream if code == "NO"}
    faults = []
    if orjson.dumps(response.data) != orjson.dumps(data):
        faults.append(f"data\n  {orjson.dumps(response.data).decode()}\n  {orjson.dumps(data).decode()}")
    if found != due:
        faults.append(f"errors\n  {found}\n  {due}")
    if reported != expected:
        faults.append(f"relocated\n  {sorted(reported, key=repr)}\n  {sorted(expected, key=repr)}")
    if len(ctx.failures) != len(reference.failures):
        faults.append(f"failures\n  {ctx.failures}\n  {reference.failures}")
    return faults


def disagreements(
    name: str, seed: str, count: int, worlds: int
) -> Iterator[tuple[str, RandomOperation, Any]]:
    """Random operations of a domain, each asked of some random worlds."""
    trials = Trials(DOMAINS[name])
    for number in range(count):
        operation = random_operation(trials.supergraph.api_schema, f"{seed}:{number}")
        plan = trials.planner.plan(normalize(parse(operation.text), None, trials.supergraph))
        if not is_for_reference(plan):
            continue
        compiled = compile_plan(plan, trials.supergraph)
        variables = compiled.coerce(operation.variables)
        for world in range(worlds):
            wrongness = WRONGNESS[world % len(WRONGNESS)]
            answers = RandomAnswers(trials.supergraph, hash((number, world)), wrongness)
            try:
                faults = compared(compiled, trials.supergraph, variables, answers)
            except Exception:
                faults = [traceback.format_exc(limit=-6)]
            if faults:
                yield f"{number}/{world} wrongness {wrongness}", operation, (faults, compiled)


@pytest.mark.parametrize("name", DOMAINS)
def test_compiled_plans_and_the_reference_agree_on_corrupted_answers(name: str) -> None:
    found = next(disagreements(name, "ci", 15, 12), None)
    if found is not None:
        where, operation, (faults, _) = found
        pytest.fail(
            f"{name} {where}\n{operation.text}\n{operation.variables}\n" + "\n".join(faults), pytrace=False
        )


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--domain", default="all", choices=["all", *DOMAINS])
    parser.add_argument("--seed", default="0")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--worlds", type=int, default=24)
    parser.add_argument("--show", type=int, default=1)
    given = parser.parse_args()
    total = 0
    for name in DOMAINS if given.domain == "all" else [given.domain]:
        found = 0
        for where, operation, (faults, compiled) in disagreements(
            name, given.seed, given.count, given.worlds
        ):
            found += 1
            if found <= given.show:
                print(f"=== {name} {where}\n{operation.text}\n{operation.variables}")
                for fetch in compiled.plan.fetches:
                    print(
                        fetch.id,
                        fetch.subgraph,
                        fetch.operation,
                        fetch.depends_on,
                        [e.paths for e in fetch.entities],
                    )
                print("\n".join(faults))
        print(f"{name}: {found} disagreements", flush=True)
        total += found
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
