"""One operation, answered twice: by the router's plan over the subgraphs, and by the monolith."""

from __future__ import annotations

import asyncio
import json
import re
import traceback
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from graphql import parse

from router.composition.compose import compose
from router.composition.result import Rejected, SubgraphInput
from router.execution.compile import compile_plan
from router.execution.context import Endpoint, ExecutionContext, Response
from router.execution.run import execute
from router.federation.supergraph import read_supergraph
from router.language.operation import OperationKind
from router.planning.normalize.normalize import normalize
from router.planning.plan import QueryPlan
from router.planning.planner import Planner
from router.planning.render import render_plan
from router.transport.inflight import InFlightClient, TaskStarter
from tests.lab.interpreter import Interpreter
from tests.lab.monolith import Expected, expect
from tests.lab.random_operation import WORLDS, RandomOperation
from tests.lab.sdl import SubgraphSdl
from tests.lab.subgraph import LabClient, Record
from tests.lab.world import World

SILENT = ("cannot represent value", "that does not exist inside the schema")
"""Errors of the monolith for what the API hides; the router answers a null and says nothing."""


@dataclass(frozen=True)
class Domain:
    """Subgraphs by name; ``missing`` as `World` takes it."""

    name: str
    subgraphs: dict[str, str]
    missing: tuple[tuple[str, str], ...] = ()
    operations: tuple[str, ...] = ()
    """Operations worth trying besides random ones."""
    labels: tuple[str, ...] = ()
    """Of its progressive overrides."""

    def decisions(self) -> list[frozenset[str]]:
        """Give each set of labels that may be on together: one, where there are none."""
        return [
            frozenset(on) for size in range(len(self.labels) + 1) for on in combinations(self.labels, size)
        ]


@dataclass
class Outcome:
    """What came of one operation."""

    expected: Expected = field(default_factory=Expected)
    actual: Any = None
    disagreements: list[str] = field(default_factory=list)
    record: Record = field(default_factory=Record)
    plan: QueryPlan | None = None

    def render(self) -> str:
        """Everything there is to see."""
        lines = [f"  ! {text}" for text in self.disagreements]
        if self.plan is not None:
            lines += ["--- plan", render_plan(self.plan)]
        lines.append("--- requests")
        for asked in self.record.requests:
            lines.append(f"{asked.subgraph}: {asked.operation}  {json.dumps(asked.variables)}")
            lines += [f"    error: {error}" for error in asked.errors]
        lines += ["--- expected", json.dumps(self.expected.data), *self.expected.errors]
        lines += ["--- actual", json.dumps(self.actual)]
        return "\n".join(lines)


_PROGRESSIVE = re.compile(r'@override\(from: "(\w+)", label: "(\w+)"\)')


def _decided(sdl: str, labels: frozenset[str]) -> str:
    """Give an SDL as it counts with these labels on: whose field it is not yet, may not be asked for it."""
    return _PROGRESSIVE.sub(
        lambda found: f'@override(from: "{found[1]}")' if found[2] in labels else "@external", sdl
    )


class Trials:
    """A composed domain, ready to try operations on."""

    def __init__(
        self, domain: Domain, *, executes: bool = True, labels: frozenset[str] = frozenset()
    ) -> None:
        """``executes``: by compiled plans too, not by the slow interpreter alone.  ``labels``: those that are on."""
        composed = compose([SubgraphInput(n, f"http://{n}/", sdl) for n, sdl in domain.subgraphs.items()])
        if isinstance(composed, Rejected):
            raise ValueError(f"{domain.name} does not compose: {[e.message for e in composed.errors]}")
        self.domain = domain
        self.executes = executes
        self.supergraph = read_supergraph(composed.supergraph_sdl)
        self.planner = Planner(self.supergraph)
        self.labels = labels
        self.sdls = [SubgraphSdl(name, _decided(sdl, labels)) for name, sdl in domain.subgraphs.items()]
        self.worlds = [World(self.sdls, domain.missing, str(number)) for number in range(WORLDS)]
        self.endpoints = {graph.name: Endpoint(graph.url) for graph in self.supergraph.subgraphs.values()}

    def attempt(self, operation: RandomOperation) -> Outcome:
        """Answer one operation both ways."""
        outcome = Outcome()
        document = parse(operation.text)
        world = self.worlds[operation.world]
        outcome.expected = expect(self.supergraph.api_schema, world, document, operation.variables)
        try:
            outcome.plan = self.planner.plan(normalize(document, None, self.supergraph), self.labels)
        except Exception:
            outcome.disagreements.append("the planner crashed: " + traceback.format_exc(limit=-3))
            return outcome
        runs = (
            (self._interpret, self._execute, self._execute_together) if self.executes else (self._interpret,)
        )
        for run in runs:
            try:
                run(outcome.plan, operation, outcome)
            except Exception:
                outcome.disagreements.append(f"{run.__name__} crashed: " + traceback.format_exc(limit=-5))
            if outcome.disagreements:
                break  # what the plan does wrong, its execution does wrong too
        return outcome

    def _interpret(self, plan: QueryPlan, operation: RandomOperation, outcome: Outcome) -> None:
        client = LabClient(self.sdls, self.worlds[operation.world])
        outcome.record = client.record
        interpreter = Interpreter(self.supergraph, client.ask)
        outcome.actual = interpreter.run(plan, operation.variables)
        outcome.disagreements += interpreter.faults
        self._compare(outcome, interpreter.errors)

    def _execute(self, plan: QueryPlan, operation: RandomOperation, outcome: Outcome) -> None:
        client = LabClient(self.sdls, self.worlds[operation.world])
        compiled = compile_plan(plan, self.supergraph)
        ctx = ExecutionContext(client, self.endpoints, compiled.coerce(operation.variables))
        response = asyncio.run(execute(compiled, ctx))
        interpreted, outcome.record, outcome.actual = outcome.record, client.record, response.data
        if interpreted.sent() != client.record.sent():
            outcome.disagreements.append("requests are not those of the plan")
        self._compare(outcome, [str(error.as_dict()) for error in response.errors])
        outcome.disagreements = [f"compiled: {text}" for text in outcome.disagreements]

    def _execute_together(self, plan: QueryPlan, operation: RandomOperation, outcome: Outcome) -> None:
        """Answer three requests at once that share what subgraphs answer, and what follows from it."""
        if plan.operation.kind is not OperationKind.QUERY:
            return
        client = LabClient(self.sdls, self.worlds[operation.world])
        compiled = compile_plan(plan, self.supergraph)
        variables = compiled.coerce(operation.variables)

        async def all_of_them() -> list[Response]:
            sharing = InFlightClient(TaskStarter(client))
            contexts = [ExecutionContext(sharing, self.endpoints, variables) for _ in range(3)]
            return await asyncio.gather(*(execute(compiled, ctx) for ctx in contexts))

        for response in asyncio.run(all_of_them()):
            shown = response.data if response.data_json is None else json.loads(response.data_json)
            outcome.record, outcome.actual = client.record, shown
            self._compare(outcome, [str(error.as_dict()) for error in response.errors])
        outcome.disagreements = [f"together: {text}" for text in outcome.disagreements]

    def _compare(self, outcome: Outcome, errors: list[str]) -> None:
        outcome.disagreements += outcome.record.violations
        if json.dumps(outcome.actual) != json.dumps(outcome.expected.data):
            outcome.disagreements.append("the data differ")
        due = [text for text in outcome.expected.errors if not any(hidden in text for hidden in SILENT)]
        if (errors and not outcome.expected.errors) or (due and not errors):
            outcome.disagreements.append(f"errors are {errors}, expected {outcome.expected.errors}")
        expected, actual = outcome.expected.mutations, outcome.record.mutations
        if outcome.expected.data is None:
            actual = actual[: len(expected)]  # a server stops at the null that a router sees later
        if actual != expected:
            outcome.disagreements.append(f"mutations ran as {actual}, not {expected}")
