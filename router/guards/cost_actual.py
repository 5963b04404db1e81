"""What an answer did cost, by the weights of the estimate and the lists as long as they are.

The shape is made once per operation: per response key the weight of a value and what is below it, selections of the
same key put together.  Keys that cost nothing are left out, so an answer's walk looks only at what counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from router.federation.cost_rules import CostRules
from router.guards.cost_estimate import arguments_cost, fragments_of
from router.guards.cost_terms import Term, value


@dataclass(frozen=True, slots=True)
class Weighed:
    """A response key: what one of its values costs."""

    weight: float
    arguments: Term
    """Once for every object that has the key."""
    below: Shape


Shape: TypeAlias = Mapping[str, Weighed]
_Sets: TypeAlias = Sequence[tuple[SelectionSetNode, str]]


@dataclass(slots=True)
class _Found:
    """What the selections of one response key have in common."""

    weight: float = 0.0
    arguments: Term = 0.0
    sets: list[tuple[SelectionSetNode, str]] = field(default_factory=list)


def shape_of(
    document: DocumentNode, operation: OperationDefinitionNode, root: str, rules: CostRules
) -> Shape:
    """Give the shape of a valid operation's answers.  Cost: linear in the operation, fragments expanded."""
    return _shape([(operation.selection_set, root)], fragments_of(document), rules)


def _shape(sets: _Sets, fragments: Mapping[str, FragmentDefinitionNode], rules: CostRules) -> Shape:
    found: dict[str, _Found] = {}
    seen: set[str] = set()

    def collect(selection_set: SelectionSetNode, parent: str) -> None:
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                key = (selection.alias or selection.name).value
                _add(found.setdefault(key, _Found()), selection, parent, rules)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                collect(selection.selection_set, parent if condition is None else condition.name.value)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                seen.add(selection.name.value)
                fragment = fragments[selection.name.value]
                collect(fragment.selection_set, fragment.type_condition.name.value)

    for selection_set, parent in sets:
        collect(selection_set, parent)
    shape = {
        key: Weighed(one.weight, one.arguments, _shape(one.sets, fragments, rules) if one.sets else {})
        for key, one in found.items()
    }
    return {key: one for key, one in shape.items() if one.weight or one.arguments or one.below}


def _add(found: _Found, node: FieldNode, parent: str, rules: CostRules) -> None:
    rule = rules.of_field(parent, node.name.value)
    if rule is None:
        # Introspection costs nothing; entities are of the types that their fragments name.
        if node.name.value == "_entities" and node.selection_set is not None:
            found.weight = 1.0
            found.sets.append((node.selection_set, parent))
        return
    if callable(found.arguments) or not found.arguments:
        # The same key has the same arguments wherever one object can have both.
        found.arguments = arguments_cost(node, rule, rules)
    found.weight = max(found.weight, rule.weight)
    if node.selection_set is not None:
        found.sets.append((node.selection_set, rule.type.name))


def actual_cost(data: Any, shape: Shape, variables: Mapping[str, Any]) -> float:
    """Give what an object of this shape costs, itself not counted.  Cost: one step per value that counts."""
    if not isinstance(data, Mapping):
        return 0.0
    cost = 0.0
    for key, one in shape.items():
        if key in data:
            cost += value(one.arguments, variables) + _of_value(data[key], one, variables)
    return cost


def _of_value(data: Any, one: Weighed, variables: Mapping[str, Any]) -> float:
    if data is None:
        return 0.0
    if isinstance(data, list):
        return sum([_of_value(item, one, variables) for item in data])
    return one.weight + (actual_cost(data, one.below, variables) if one.below else 0.0)
