"""Make an operation smaller while it still disagrees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from graphql import (
    REMOVE,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)

from tests.lab.random_operation import RandomOperation

Disagrees: TypeAlias = Callable[[RandomOperation], bool]
MAX_TRIES = 1500


def minimise(operation: RandomOperation, schema: GraphQLSchema, disagrees: Disagrees) -> RandomOperation:
    """Drop whatever can be dropped, one piece after another, until nothing more can."""
    current, tries = operation, 0
    is_smaller = True
    while is_smaller and tries < MAX_TRIES:
        is_smaller = False
        for candidate in _smaller(current):
            tries += 1
            if tries > MAX_TRIES:
                break
            if (
                len(candidate.text) < len(current.text)
                and _is_valid(candidate, schema)
                and disagrees(candidate)
            ):
                current, is_smaller = candidate, True
                break
    return current


def _is_valid(candidate: RandomOperation, schema: GraphQLSchema) -> bool:
    try:
        return not validate(schema, parse(candidate.text), max_errors=1)
    except Exception:  # an empty selection set cannot be parsed
        return False


def _smaller(operation: RandomOperation) -> Iterator[RandomOperation]:
    document = parse(operation.text, no_location=True)
    nodes: list[Node] = []

    class Collect(Visitor):
        def enter(self, node: Node, *_: Any) -> None:
            if isinstance(node, FieldNode | InlineFragmentNode | FragmentSpreadNode | DirectiveNode):
                nodes.append(node)

    visit(document, Collect())
    for target in nodes:
        yield _tidy(_replaced(document, target, REMOVE), operation)
        if isinstance(target, InlineFragmentNode):
            yield _tidy(_spliced(document, target, target.selection_set), operation)
        if isinstance(target, FragmentSpreadNode):
            yield _tidy(_spliced(document, target, _inline(document, target)), operation)
            yield _tidy(_replaced(document, target, _inline_fragment(document, target)), operation)
        if isinstance(target, FieldNode) and target.alias is not None:
            yield _tidy(_replaced(document, target, _copy(target, alias=None)), operation)
        if isinstance(target, FieldNode) and target.arguments:
            for dropped in target.arguments:
                kept = tuple(a for a in target.arguments if a is not dropped)
                yield _tidy(_replaced(document, target, _copy(target, arguments=kept)), operation)


def _copy(node: FieldNode, **changes: Any) -> FieldNode:
    given = {key: getattr(node, key) for key in node.keys if key != "loc"}
    return FieldNode(**(given | changes))


def _inline(document: DocumentNode, spread: FragmentSpreadNode) -> SelectionSetNode:
    return next(
        d.selection_set
        for d in document.definitions
        if isinstance(d, FragmentDefinitionNode) and d.name.value == spread.name.value
    )


def _inline_fragment(document: DocumentNode, spread: FragmentSpreadNode) -> InlineFragmentNode:
    definition = next(
        d
        for d in document.definitions
        if isinstance(d, FragmentDefinitionNode) and d.name.value == spread.name.value
    )
    return InlineFragmentNode(
        type_condition=definition.type_condition,
        directives=spread.directives,
        selection_set=definition.selection_set,
    )


def _replaced(document: DocumentNode, target: Node, new: Any) -> DocumentNode:
    class Replace(Visitor):
        def enter(self, node: Node, *_: Any) -> Any:
            return new if node is target else None

    return visit(document, Replace())


def _spliced(document: DocumentNode, target: Node, inner: SelectionSetNode) -> DocumentNode:
    class Splice(Visitor):
        def enter_selection_set(self, node: SelectionSetNode, *_: Any) -> Any:
            if not any(one is target for one in node.selections):
                return None
            kept = [s for one in node.selections for s in (inner.selections if one is target else (one,))]
            return SelectionSetNode(selections=tuple(kept))

    return visit(document, Splice())


def _tidy(document: DocumentNode, operation: RandomOperation) -> RandomOperation:
    """Drop empty selection sets, unused fragments and unused variables."""
    document = _without_empty(document)
    while True:
        spread: set[str] = set()

        class Spreads(Visitor):
            def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
                spread.add(node.name.value)  # noqa: B023 - used at once

        visit(document, Spreads())
        kept = tuple(
            d
            for d in document.definitions
            if not isinstance(d, FragmentDefinitionNode) or d.name.value in spread
        )
        if len(kept) == len(document.definitions):
            break
        document = DocumentNode(definitions=kept)
    used: set[str] = set()

    class Variables(Visitor):
        def enter_variable(self, node: VariableNode, _key: Any, parent: Any, *_: Any) -> None:
            if getattr(parent, "kind", "") != "variable_definition":
                used.add(node.name.value)

    visit(document, Variables())
    definitions = [
        _declaring(definition, used) if isinstance(definition, OperationDefinitionNode) else definition
        for definition in document.definitions
    ]
    text = " ".join(print_ast(DocumentNode(definitions=tuple(definitions))).split())
    return RandomOperation(text, {n: v for n, v in operation.variables.items() if n in used}, operation.world)


def _declaring(node: OperationDefinitionNode, used: set[str]) -> OperationDefinitionNode:
    return OperationDefinitionNode(
        operation=node.operation,
        name=node.name,
        variable_definitions=tuple(
            v for v in node.variable_definitions or () if v.variable.name.value in used
        ),
        selection_set=node.selection_set,
    )


def _without_empty(document: DocumentNode) -> DocumentNode:
    class Prune(Visitor):
        def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> Any:
            return None

        def leave_field(self, node: FieldNode, *_: Any) -> Any:
            return REMOVE if node.selection_set is not None and not node.selection_set.selections else None

        def leave_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> Any:
            return REMOVE if not node.selection_set.selections else None

    return visit(document, Prune())
