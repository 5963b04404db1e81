"""Demand control of one prepared operation: what it and its fetches cost, made once and asked per request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from graphql.language import DocumentNode, OperationDefinitionNode

from router.federation.cost_rules import CostRules
from router.federation.supergraph import Supergraph
from router.guards.cost import (
    ActualCostMode,
    CostMode,
    CostQueryParseFailureError,
    CostReport,
    Costs,
    DemandOptions,
    SubgraphCostEstimatedTooExpensiveError,
    check,
)
from router.guards.cost_actual import Shape, actual_cost, shape_of
from router.guards.cost_estimate import MUTATION_COST, Estimator
from router.guards.cost_terms import Term, total, value
from router.language.document import parse_operation
from router.language.operation import OperationKind

Sent: TypeAlias = tuple[str, OperationKind, str]
"""A fetch: its subgraph, kind and text."""


@dataclass(frozen=True, slots=True)
class OperationDemand:
    """What one operation costs, by its variables."""

    options: DemandOptions
    estimated: Term
    by_subgraph: Mapping[str, Term]
    base: float
    """What the operation costs whatever comes back."""
    shape: Shape
    fetches: Sequence[tuple[str, Shape]]
    """By fetch id: its subgraph, and what its answers look like."""
    fixed: CostReport | None = None
    """The estimate, where no variable has a part in it."""

    def estimate(self, variables: Mapping[str, Any]) -> CostReport:
        """Give what it is estimated to cost with these coerced variables.

        Cost: a look-up where no variable has a part in it.
        """
        if self.fixed is not None:
            return self.fixed
        try:
            estimated: float | None = value(self.estimated, variables)
        except CostQueryParseFailureError:
            estimated = None
        subgraphs = {
            name: Costs(
                value(term, variables),
                self.options.budget_of(name).max,
                refusal=SubgraphCostEstimatedTooExpensiveError.code,
            )
            for name, term in self.by_subgraph.items()
        }
        return CostReport(Costs(estimated, self.options.max), subgraphs)

    def check(self, variables: Mapping[str, Any]) -> None:
        """Raises: the error of the first limit that an estimate is above, if limits are enforced."""
        if self.options.mode is CostMode.ENFORCE:
            check(self.estimate(variables))

    def report(
        self, variables: Mapping[str, Any], answers: Sequence[Any], data: Mapping[str, Any] | None
    ) -> CostReport:
        """Give estimate and actual cost of an operation that ran.

        ``answers``: by fetch id, ``data`` as subgraphs sent it.  ``data``: what the client gets; asked for only by
        response shape.  Cost: one step per object.
        """
        before = self.estimate(variables)
        subgraphs = dict.fromkeys(before.subgraphs, 0.0)
        for (name, shape), answer in zip(self.fetches, answers, strict=False):
            subgraphs[name] += actual_cost(answer, shape, variables)
        if self.options.actual_mode is ActualCostMode.BY_SUBGRAPH:
            actual = self.base + sum(subgraphs.values())
        else:
            actual = self.base + actual_cost(data, self.shape, variables)
        return CostReport(
            replace(before.operation, actual=actual),
            {name: replace(costs, actual=subgraphs[name]) for name, costs in before.subgraphs.items()},
        )


class DemandPreparation:
    """Makes the demand of one supergraph's operations."""

    def __init__(self, supergraph: Supergraph, options: DemandOptions | None) -> None:
        """``options``: None weighs nothing."""
        self._supergraph = supergraph
        self._options = options
        self._rules = None if options is None else CostRules(supergraph)

    def demand(
        self, document: DocumentNode, operation: OperationDefinitionNode, fetches: Iterable[Sent]
    ) -> OperationDemand | None:
        """Give what a valid operation costs, which is run by these fetches.

        What is withheld from the caller counts in the estimate: it was asked for.
        Cost: linear in the operation and its fetches' texts.
        """
        options, rules = self._options, self._rules
        if options is None or rules is None:
            return None
        kind = OperationKind(operation.operation.value)
        root = self._supergraph.roots[kind]
        by_subgraph: dict[str, list[Term]] = {}
        shapes: list[tuple[str, Shape]] = []
        for subgraph, fetch_kind, text in fetches:
            size = options.budget_of(subgraph).list_size or 0
            cost, shape = _fetch(text, self._supergraph.roots[fetch_kind], rules, size)
            by_subgraph.setdefault(subgraph, []).append(cost)
            shapes.append((subgraph, shape))
        demand = OperationDemand(
            options,
            Estimator(rules, document, options.list_size).estimate(operation, root),
            {name: total(costs) for name, costs in by_subgraph.items()},
            MUTATION_COST if kind is OperationKind.MUTATION else 0.0,
            shape_of(document, operation, root, rules),
            shapes,
        )
        if any(map(callable, (demand.estimated, *demand.by_subgraph.values()))):
            return demand
        return replace(demand, fixed=demand.estimate({}))


def _fetch(text: str, root: str, rules: CostRules, list_size: int) -> tuple[Term, Shape]:
    document = parse_operation(text, max_tokens=None)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    estimator = Estimator(rules, document, list_size, requires_slicing=False)
    return estimator.estimate(operation, root), shape_of(document, operation, root, rules)
