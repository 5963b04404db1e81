"""An `SdlDocument` as graphql-core's AST, for what only graphql-core can do with a schema.

Nodes have no locations.  Only the applied directives asked for are carried over: of a supergraph, join directives
are most of the text, and nothing in graphql-core reads them.
"""

from __future__ import annotations

from graphql.language import (
    ConstArgumentNode,
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
    ListTypeNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    OperationType,
    OperationTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    StringValueNode,
    TypeNode,
    UnionTypeDefinitionNode,
)

from router.language.sdl_nodes import (
    SdlDefinition,
    SdlDirective,
    SdlDirectiveDefinition,
    SdlDocument,
    SdlEnumValue,
    SdlField,
    SdlInput,
    SdlName,
    SdlSchemaBlock,
    SdlType,
    SdlTypeBlock,
)


def core_document(document: SdlDocument, directives: frozenset[str]) -> DocumentNode:
    """Give the definitions in their order; extensions, which a supergraph has none of, are left out."""
    converter = _Converter(directives)
    nodes = (converter.definition(node) for node in document.definitions)
    return DocumentNode(definitions=tuple(node for node in nodes if node is not None))


class _Converter:
    """Equal names and types become one node: nobody changes a node, and none has a place."""

    def __init__(self, directives: frozenset[str]) -> None:
        self._kept = directives
        self._names: dict[str, NameNode] = {}
        self._types: dict[SdlType, TypeNode] = {}

    def definition(self, node: SdlDefinition) -> DefinitionNode | None:
        """One definition, or None for an extension."""
        if isinstance(node, SdlTypeBlock):
            return None if node.is_extension else self._type(node)
        if isinstance(node, SdlSchemaBlock):
            return None if node.is_extension else self._schema(node)
        return self._directive_definition(node) if isinstance(node, SdlDirectiveDefinition) else None

    def _schema(self, node: SdlSchemaBlock) -> SchemaDefinitionNode:
        return SchemaDefinitionNode(
            description=_description(node.description),
            directives=self._directives(node.directives),
            operation_types=tuple(
                OperationTypeDefinitionNode(operation=OperationType(operation), type=self._named(root))
                for operation, root in node.roots
            ),
        )

    def _directive_definition(self, node: SdlDirectiveDefinition) -> DirectiveDefinitionNode:
        return DirectiveDefinitionNode(
            description=_description(node.description),
            name=self._name(node.name),
            arguments=tuple(map(self._input, node.arguments)),
            repeatable=node.is_repeatable,
            locations=tuple(map(self._name, node.locations)),
        )

    def _type(self, node: SdlTypeBlock) -> DefinitionNode:
        name, told = self._name(node.name), _description(node.description)
        uses = self._directives(node.directives)
        if node.keyword in {"type", "interface"}:
            kind = ObjectTypeDefinitionNode if node.keyword == "type" else InterfaceTypeDefinitionNode
            return kind(
                name=name,
                description=told,
                directives=uses,
                interfaces=tuple(map(self._named, node.interfaces)),
                fields=tuple(map(self._field, node.fields)),
            )
        if node.keyword == "union":
            members = tuple(map(self._named, node.members))
            return UnionTypeDefinitionNode(name=name, description=told, directives=uses, types=members)
        if node.keyword == "enum":
            values = tuple(map(self._value, node.values))
            return EnumTypeDefinitionNode(name=name, description=told, directives=uses, values=values)
        if node.keyword == "input":
            inputs = tuple(map(self._input, node.inputs))
            return InputObjectTypeDefinitionNode(name=name, description=told, directives=uses, fields=inputs)
        return ScalarTypeDefinitionNode(name=name, description=told, directives=uses)

    def _field(self, node: SdlField) -> FieldDefinitionNode:
        return FieldDefinitionNode(
            name=self._name(node.name),
            description=_description(node.description),
            arguments=tuple(map(self._input, node.arguments)),
            type=self._type_node(node.type),
            directives=self._directives(node.directives),
        )

    def _input(self, node: SdlInput) -> InputValueDefinitionNode:
        return InputValueDefinitionNode(
            name=self._name(node.name),
            description=_description(node.description),
            type=self._type_node(node.type),
            default_value=node.default,  # type: ignore[arg-type]  # constant by the grammar
            directives=self._directives(node.directives),
        )

    def _value(self, node: SdlEnumValue) -> EnumValueDefinitionNode:
        return EnumValueDefinitionNode(
            name=self._name(node.name),
            description=_description(node.description),
            directives=self._directives(node.directives),
        )

    def _directives(self, nodes: tuple[SdlDirective, ...]) -> tuple[ConstDirectiveNode, ...]:
        return tuple(self._directive(node) for node in nodes if node.name in self._kept)

    def _directive(self, node: SdlDirective) -> ConstDirectiveNode:
        arguments = tuple(
            ConstArgumentNode(name=self._name(name), value=value)  # type: ignore[arg-type]  # constant too
            for name, value in node.arguments
        )
        return ConstDirectiveNode(name=self._name(node.name), arguments=arguments)

    def _name(self, name: str) -> NameNode:
        node = self._names.get(name)
        if node is None:
            node = self._names[name] = NameNode(value=name)
        return node

    def _named(self, node: SdlName) -> NamedTypeNode:
        return NamedTypeNode(name=self._name(node.name))

    def _type_node(self, ref: SdlType) -> TypeNode:
        known = self._types.get(ref)
        if known is not None:
            return known
        name, required = ref
        node: TypeNode = NamedTypeNode(name=self._name(name))
        for level, is_required in enumerate(reversed(required)):
            node = ListTypeNode(type=node) if level else node
            if is_required:
                node = NonNullTypeNode(type=node)  # type: ignore[arg-type]  # never a non-null one twice
        self._types[ref] = node
        return node


def _description(text: str | None) -> StringValueNode | None:
    return None if text is None else StringValueNode(value=text, block=True)
