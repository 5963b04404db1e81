"""Normalise one operation of a document."""

from __future__ import annotations

from typing import ClassVar

from graphql.language import (
    DocumentNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    print_ast,
)

from router.errors import ClientError
from router.federation.supergraph import Supergraph
from router.language.operation import Operation, OperationKind, VariableDefinition
from router.planning.normalize.inline_fragments import FragmentInliner


class OperationResolutionError(ClientError):
    """The document has no operation of the name asked for, or several and no name was given."""

    code: ClassVar[str] = "OPERATION_RESOLUTION_FAILURE"


def select_operation(document: DocumentNode, operation_name: str | None) -> OperationDefinitionNode:
    """Give the operation to run.

    Raises: OperationResolutionError.
    Spec: GraphQL 6.1, GetOperation.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if operation_name is None:
        if len(operations) == 1:
            return operations[0]
        if not operations:
            raise OperationResolutionError("The document has no operation")
        raise OperationResolutionError(
            "The document has several operations; say which to run with operationName"
        )
    for node in operations:
        if node.name is not None and node.name.value == operation_name:
            return node
    raise OperationResolutionError(f'The document has no operation named "{operation_name}"')


def normalize(document: DocumentNode, operation_name: str | None, supergraph: Supergraph) -> Operation:
    """Normalise a valid document's operation (see `router.language.operation`).

    The document must have been validated against ``supergraph.api_schema``.
    Raises: OperationResolutionError.  Cost: linear in the operation with its fragments expanded.
    """
    node = select_operation(document, operation_name)
    kind = OperationKind(node.operation.value)
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    root = supergraph.roots[kind]
    selection_set = FragmentInliner(supergraph, fragments).selection_set(root, node.selection_set)
    variables = tuple(
        VariableDefinition(
            definition.variable.name.value,
            print_ast(definition.type),
            None if definition.default_value is None else print_ast(definition.default_value),
        )
        for definition in node.variable_definitions or ()
    )
    return Operation(kind, None if node.name is None else node.name.value, variables, selection_set)
