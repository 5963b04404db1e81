"""The API schema: the supergraph as clients see it.

Leaves out what is ``@inaccessible``, the machinery of the specifications (``join__``, ``link__`` and the like)
and every applied directive but ``@deprecated``, ``@specifiedBy`` and ``@oneOf``.  Executable directive
definitions stay.
Spec: Apollo inaccessible specification v0.2; Apollo Federation, "API schema".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, TypeVar

from graphql.language import (
    ConstDirectiveNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
)

from router.federation.join import has_directive

MACHINERY_PREFIXES: Final = (
    "join__",
    "link__",
    "core__",
    "inaccessible__",
    "tag__",
    "federation__",
    "policy__",
    "requiresScopes__",
    "cost__",
    "context__",
    "authenticated__",
    "connect__",
    "source__",
)
KEPT_DIRECTIVES: Final = frozenset({"deprecated", "specifiedBy", "oneOf"})
EXECUTABLE_LOCATIONS: Final = frozenset(
    {
        "QUERY",
        "MUTATION",
        "SUBSCRIPTION",
        "FIELD",
        "FRAGMENT_DEFINITION",
        "FRAGMENT_SPREAD",
        "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION",
    }
)

Hideable = TypeVar("Hideable", FieldDefinitionNode, InputValueDefinitionNode, EnumValueDefinitionNode)


def api_document(supergraph: DocumentNode) -> DocumentNode:
    """Give the API schema's document, in the supergraph's order.

    Invariant: every type it mentions it defines, provided the supergraph was composed by the rules.
    """
    hidden = {
        definition.name.value
        for definition in supergraph.definitions
        if isinstance(definition, TypeDefinitionNode)
        and (is_machinery(definition.name.value) or has_directive(definition.directives, "inaccessible"))
    }
    kept = (_definition(definition, hidden) for definition in supergraph.definitions)
    return DocumentNode(definitions=tuple(node for node in kept if node is not None))


def is_machinery(type_name: str) -> bool:
    """Whether a type belongs to a specification, not to the graph."""
    return type_name.startswith(MACHINERY_PREFIXES)


def _definition(node: DefinitionNode, hidden: set[str]) -> DefinitionNode | None:
    if isinstance(node, SchemaDefinitionNode):
        types = tuple(t for t in node.operation_types or () if t.type.name.value not in hidden)
        return replace(node, directives=(), operation_types=types)
    if isinstance(node, DirectiveDefinitionNode):
        return _directive(node, hidden)
    if not isinstance(node, TypeDefinitionNode) or node.name.value in hidden:
        return None
    directives = _kept(node.directives)
    if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        return replace(
            node,
            directives=directives,
            interfaces=tuple(i for i in node.interfaces or () if i.name.value not in hidden),
            fields=tuple(
                replace(field, arguments=_visible(field.arguments)) for field in _visible(node.fields)
            ),
        )
    return _simple(replace(node, directives=directives), hidden)


def _simple(node: TypeDefinitionNode, hidden: set[str]) -> TypeDefinitionNode:
    if isinstance(node, UnionTypeDefinitionNode):
        return replace(node, types=_members(node.types, hidden))
    if isinstance(node, EnumTypeDefinitionNode):
        return replace(node, values=_visible(node.values))
    if isinstance(node, InputObjectTypeDefinitionNode):
        return replace(node, fields=_visible(node.fields))
    return node


def _directive(node: DirectiveDefinitionNode, hidden: set[str]) -> DirectiveDefinitionNode | None:
    name = node.name.value
    if name in KEPT_DIRECTIVES or is_machinery(name):
        return None
    locations = tuple(location for location in node.locations if location.value in EXECUTABLE_LOCATIONS)
    if not locations:
        return None
    return replace(node, locations=locations, arguments=_visible(node.arguments))


def _members(types: Iterable[NamedTypeNode] | None, hidden: set[str]) -> tuple[NamedTypeNode, ...]:
    return tuple(node for node in types or () if node.name.value not in hidden)


def _visible(nodes: Iterable[Hideable] | None) -> tuple[Hideable, ...]:
    return tuple(
        replace(node, directives=_kept(node.directives)) if node.directives else node
        for node in nodes or ()
        if not has_directive(node.directives, "inaccessible")
    )


def _kept(directives: Iterable[ConstDirectiveNode] | None) -> tuple[ConstDirectiveNode, ...]:
    return tuple(node for node in directives or () if node.name.value in KEPT_DIRECTIVES)
