"""What an operation may cost at most, told before anything is fetched.

    cost of a field = size of its list × (its weight + cost of its selections) + cost of its arguments

Fields of the query and subscription types begin with nothing, a mutation with `MUTATION_COST`.  All fragments count,
whatever type an object will have; introspection costs nothing.  Whatever no variable has a part in is worked out when
the operation is prepared: for most operations a request then compares one number.
Spec: IBM, "GraphQL Cost Directives Specification"; Apollo Router, "Demand control".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql.language import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from router.federation.cost_rules import CostRules, FieldCost, InputCost, ListSize
from router.guards.cost import CostQueryParseFailureError
from router.guards.cost_terms import Term, times, total
from router.language.values import plain

MUTATION_COST: Final = 10.0
_ENTITIES: Final = "_entities"


@dataclass(frozen=True, slots=True)
class Sized:
    """What the field above says of lists below it."""

    fields: frozenset[str] = frozenset()
    size: Term = 0.0


_UNSIZED: Final = Sized()


@dataclass(slots=True)
class Estimator:
    """Estimates the operations of one document, which must be valid."""

    rules: CostRules
    document: DocumentNode
    list_size: int
    """Items of a list of which nothing is said."""
    requires_slicing: bool = True
    """Whether ``requireOneSlicingArgument`` is looked at."""
    _fragments: dict[str, FragmentDefinitionNode] = field(init=False)
    _known: dict[str, Term] = field(default_factory=dict)
    """Of fragments that no list above sizes: each is worked out once however often it is spread."""

    def __post_init__(self) -> None:
        self._fragments = fragments_of(self.document)

    def estimate(self, operation: OperationDefinitionNode, root: str) -> Term:
        """Give the cost; ``root`` is the operation's type.

        The term raises CostQueryParseFailureError for variables with which it cannot be told.
        Cost: linear in the document, more where sized fields are spread.
        """
        base = MUTATION_COST if operation.operation.value == "mutation" else 0.0
        return total((base, self._set(operation.selection_set, root, _UNSIZED)))

    def _set(self, selection_set: SelectionSetNode, parent: str, sized: Sized) -> Term:
        return total(self._selection(one, parent, sized) for one in selection_set.selections)

    def _selection(self, selection: SelectionNode, parent: str, sized: Sized) -> Term:
        if isinstance(selection, FieldNode):
            cost = self._field(selection, parent, sized)
        elif isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            type_name = parent if condition is None else condition.name.value
            cost = self._set(selection.selection_set, type_name, sized)
        elif isinstance(selection, FragmentSpreadNode):
            cost = self._spread(selection.name.value, sized)
        else:
            return 0.0
        return times(_asked(selection.directives or ()), cost)

    def _spread(self, name: str, sized: Sized) -> Term:
        fragment = self._fragments[name]
        on = fragment.type_condition.name.value
        if sized.fields:
            return self._set(fragment.selection_set, on, sized)
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._set(fragment.selection_set, on, sized)
        return known

    def _field(self, node: FieldNode, parent: str, sized: Sized) -> Term:
        name = node.name.value
        if name == _ENTITIES and node.selection_set is not None:
            return times(float(self.list_size), total((1.0, self._set(node.selection_set, parent, _UNSIZED))))
        rule = self.rules.of_field(parent, name)
        if rule is None:  # introspection
            return 0.0
        own = None if rule.list_size is None else self._list_size(node, rule, rule.list_size)
        size: Term = 1.0
        if rule.type.list_depth:
            size = self._size(name, sized, own)
        below: Term = 0.0
        if node.selection_set is not None:
            under = _UNSIZED
            if own is not None and rule.list_size is not None and rule.list_size.sized_fields:
                under = Sized(rule.list_size.sized_fields, own)
            below = self._set(node.selection_set, rule.type.name, under)
        return total((times(size, total((rule.weight, below))), arguments_cost(node, rule, self.rules)))

    def _size(self, name: str, sized: Sized, own: Term | None) -> Term:
        if name in sized.fields:
            return sized.size
        return float(self.list_size) if own is None else own

    def _list_size(self, node: FieldNode, rule: FieldCost, size: ListSize) -> Term:
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        otherwise = float(self.list_size if size.assumed is None else size.assumed)
        requires_one = size.requires_one and self.requires_slicing

        def of(variables: Mapping[str, Any]) -> float:
            numbers = [
                number
                for path in size.slicing_arguments
                if (number := _sliced(path, given, rule, variables)) is not None
            ]
            if requires_one and len(numbers) != 1:
                raise CostQueryParseFailureError(
                    f'"{node.name.value}" needs exactly one of its slicing arguments '
                    f"({', '.join(size.slicing_arguments)}); found {len(numbers)}."
                )
            return max(0.0, max(numbers, default=otherwise))

        if any(_has_variable(value) for value in given.values()):
            return of
        try:
            return of({})
        except CostQueryParseFailureError:
            return of


def _sliced(
    path: str, given: Mapping[str, ValueNode], rule: FieldCost, variables: Mapping[str, Any]
) -> float | None:
    """Give the number that a slicing argument has for these variables; None where it has none."""
    name, *below = path.split(".")
    node, value = given.get(name), None
    is_given = node is not None and not (isinstance(node, VariableNode) and node.name.value not in variables)
    if is_given and node is not None:
        value = _resolved(node, variables)
    elif name in rule.arguments:
        value = rule.arguments[name].default
    for step in below:
        value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _resolved(node: ValueNode, variables: Mapping[str, Any]) -> Any:
    if isinstance(node, VariableNode):
        return variables.get(node.name.value)
    if isinstance(node, ObjectValueNode):
        return {one.name.value: _resolved(one.value, variables) for one in node.fields}
    if isinstance(node, ListValueNode):
        return [_resolved(one, variables) for one in node.values]
    return plain(node)


def _has_variable(node: ValueNode) -> bool:
    if isinstance(node, ObjectValueNode):
        return any(_has_variable(one.value) for one in node.fields)
    if isinstance(node, ListValueNode):
        return any(map(_has_variable, node.values))
    return isinstance(node, VariableNode)


def _asked(directives: tuple[DirectiveNode, ...]) -> Term:
    """Give 1 where ``@skip`` and ``@include`` let a selection be, else 0."""
    asked: Term = 1.0
    for directive in directives:
        name = directive.name.value
        if name in {"skip", "include"}:
            asked = times(_if((directive.arguments or ())[0].value, expected=name == "include"), asked)
    return asked


def _if(node: ValueNode, *, expected: bool) -> Term:
    if isinstance(node, VariableNode):
        name = node.name.value
        return lambda variables: float((variables.get(name) is True) is expected)
    return float(plain(node) is expected)


def arguments_cost(node: FieldNode, rule: FieldCost, rules: CostRules) -> Term:
    """Give what the arguments of a field cost."""
    return total(_arguments(node, rule, rules))


def _arguments(node: FieldNode, rule: FieldCost, rules: CostRules) -> Iterator[Term]:
    for argument in node.arguments or ():
        known = rule.arguments.get(argument.name.value)
        if known is not None:
            yield _input(argument.value, known, rules)


def _input(node: ValueNode, known: InputCost, rules: CostRules) -> Term:
    if _has_variable(node):
        if known.weight is None and rules.inputs_of(known.type.name) is None:
            return 0.0
        return lambda variables: input_value_cost(_resolved(node, variables), known, rules)
    return 0.0 if isinstance(node, NullValueNode) else input_value_cost(plain(node), known, rules)


def input_value_cost(value: Any, known: InputCost, rules: CostRules) -> float:
    """Give what a value costs: an input object 1 and what its fields do, unless ``@cost`` says otherwise."""
    if value is None:
        return 0.0
    if isinstance(value, list):
        return sum(input_value_cost(item, known, rules) for item in value)
    fields = rules.inputs_of(known.type.name)
    if fields is None or not isinstance(value, Mapping):
        return known.weight or 0.0
    own = 1.0 if known.weight is None else known.weight
    below = ((item, fields[name]) for name, item in value.items() if name in fields)
    return own + sum(input_value_cost(item, one, rules) for item, one in below)


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """Give a document's fragments by name."""
    return {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
