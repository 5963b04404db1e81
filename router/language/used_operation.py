"""An operation as usage knows it: what it uses, and a name that all who send it share."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import GraphQLSchema
from graphql.language import DocumentNode, OperationDefinitionNode

from router.language.coordinates import used_coordinates
from router.language.signature import signature, signature_hash


@dataclass(frozen=True, slots=True)
class UsedOperation:
    """One operation, whatever its values."""

    hash: str
    """SHA-256 of the signature, in hex."""
    kind: str
    name: str | None
    signature: str
    coordinates: tuple[str, ...]


def used_operation(
    document: DocumentNode, node: OperationDefinitionNode, api_schema: GraphQLSchema
) -> UsedOperation:
    """Describe an operation of a valid document, once for all requests that send it."""
    text = signature(document, node)
    return UsedOperation(
        signature_hash(text),
        node.operation.value,
        None if node.name is None else node.name.value,
        text,
        used_coordinates(document, node, api_schema),
    )
