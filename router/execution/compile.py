"""Compiles a plan once, so that a request costs little more than its bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from router.execution.coerce import Coercion, coercion
from router.execution.conditions import condition_variables
from router.execution.context import Json
from router.execution.emit.module import Module
from router.execution.program import Program, build_program
from router.federation.supergraph import Supergraph
from router.planning.plan import QueryPlan

MAX_PROGRAMS: Final = 64
"""Of one plan; clients choose the values of condition variables, so there must be an end."""


@dataclass(frozen=True, slots=True)
class CompiledPlan:
    """A plan and what was made of it.  Shared by all requests of the operation."""

    plan: QueryPlan
    supergraph: Supergraph
    condition_variables: tuple[str, ...]
    _coercion: Coercion
    _programs: dict[tuple[bool, ...], Program] = field(default_factory=dict, repr=False)
    """By the values of the condition variables: the only part that grows, up to `MAX_PROGRAMS`."""
    _under_way: dict[tuple[bool, ...], asyncio.Future[Program]] = field(default_factory=dict, repr=False)
    _module: Module | None = None

    @property
    def source(self) -> str:
        """The generated text, with every condition met; empty for what cannot be planned."""
        return "" if self._module is None else self._module.text

    @property
    def size(self) -> int:
        """How large the generated text is, which is what a plan's memory grows with, in characters."""
        return 0 if self._module is None else self._module.size

    def coerce(self, variables: Mapping[str, Any] | None) -> Json:
        """Give the variables that subgraphs get: checked, with the operation's defaults.

        Raises: router.execution.errors.InvalidVariablesError.  Spec: GraphQL, section 6.1.2.
        """
        return self._coercion.coerce(variables)

    def program(self, variables: Mapping[str, Any]) -> Program | None:
        """Give what runs for these coerced variables; None before `build` was asked for it.

        Cost: one look-up.
        """
        return self._programs.get(self._values(variables))

    async def build(self, variables: Mapping[str, Any]) -> Program:
        """Give what runs for these coerced variables, compiled off the event loop, once for all who wait."""
        values = self._values(variables)
        building = self._under_way.get(values)
        if building is None:
            building = asyncio.get_running_loop().run_in_executor(None, self._build, values)
            self._under_way[values] = building
            building.add_done_callback(lambda _: self._under_way.pop(values))
        return await asyncio.shield(building)

    def _values(self, variables: Mapping[str, Any]) -> tuple[bool, ...]:
        return tuple([variables.get(name) is True for name in self.condition_variables])

    def _build(self, values: tuple[bool, ...]) -> Program:
        named = dict(zip(self.condition_variables, values, strict=True))
        program = build_program(self.plan, self.supergraph, named)
        if len(self._programs) >= MAX_PROGRAMS:
            self._programs.pop(next(iter(self._programs)))
        self._programs[values] = program
        return program


def compile_plan(plan: QueryPlan, supergraph: Supergraph) -> CompiledPlan:
    """Compile a plan.  Same plan and supergraph, same source.

    Cost: linear in the plan, some milliseconds; off the event loop.
    """
    names = condition_variables(plan)
    check = coercion(plan.operation, supergraph.api_schema, frozenset(names))
    if plan.unplannable:
        return CompiledPlan(plan, supergraph, names, check)
    program = build_program(plan, supergraph, dict.fromkeys(names, True))
    programs = {(True,) * len(names): program}
    return CompiledPlan(plan, supergraph, names, check, programs, _module=program.module)
