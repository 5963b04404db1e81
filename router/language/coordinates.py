"""The schema coordinates that an operation uses.

What is recorded: ``Type.field`` of every selection, by the type it is selected on; ``Type.field(argument:)``;
``@directive`` and ``@directive(argument:)`` but for GraphQL's own; every type that an answer may hold, a fragment
names or an input has, GraphQL's own scalars left out; ``Input.field`` and ``Enum.VALUE`` where a literal names them.
Of a variable's type everything counts, down to the last input field and enum value: what clients will send is not
known.  Introspection uses nothing.
Spec: GraphQL "Schema Coordinates".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    get_named_type,
    is_specified_directive,
    is_specified_scalar_type,
)
from graphql.language import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
)

SILENT: Final = "__"
"""Names that begin with it belong to introspection."""


class _HasArguments(Protocol):
    @property
    def args(self) -> Mapping[str, GraphQLArgument]:
        """By name."""


def used_coordinates(
    document: DocumentNode, operation: OperationDefinitionNode, schema: GraphQLSchema
) -> tuple[str, ...]:
    """Give the coordinates that one operation of a valid document uses, sorted.

    Cost: linear in the document, each fragment once, and in the types of its variables.
    """
    use = _Use(document, schema)
    use.operation(operation)
    return tuple(sorted(use.found))


class _Use:
    def __init__(self, document: DocumentNode, schema: GraphQLSchema) -> None:
        self.found: set[str] = set()
        self._schema = schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._spread: set[str] = set()
        self._inputs: set[str] = set()
        self._waiting: list[tuple[GraphQLNamedType, SelectionSetNode]] = []

    def operation(self, node: OperationDefinitionNode) -> None:
        for variable in node.variable_definitions or ():
            type_ = self._schema.type_map.get(_name_of(variable.type))
            if type_ is not None:
                self._whole_input(type_)
                if variable.default_value is not None:
                    self._value(type_, variable.default_value)
            self._directives(variable.directives)
        self._directives(node.directives)
        root = self._schema.get_root_type(node.operation)
        if root is not None:
            self._below(root, node.selection_set)
        while self._waiting:
            self._selections(*self._waiting.pop())

    def _below(self, type_: GraphQLNamedType, node: SelectionSetNode) -> None:
        self._type(type_)
        self._waiting.append((type_, node))

    def _type(self, type_: GraphQLNamedType) -> None:
        if not is_specified_scalar_type(type_) and not type_.name.startswith(SILENT):
            self.found.add(type_.name)

    def _selections(self, parent: GraphQLNamedType, node: SelectionSetNode) -> None:
        for selection in node.selections:
            self._directives(selection.directives)
            if isinstance(selection, FieldNode):
                self._field(parent, selection)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                on = parent if condition is None else self._schema.type_map[condition.name.value]
                self._below(on, selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                self._fragment(selection.name.value)

    def _fragment(self, name: str) -> None:
        if name not in self._spread:
            self._spread.add(name)
            fragment = self._fragments[name]
            self._directives(fragment.directives)
            self._below(self._schema.type_map[fragment.type_condition.name.value], fragment.selection_set)

    def _field(self, parent: GraphQLNamedType, node: FieldNode) -> None:
        name = node.name.value
        if name.startswith(SILENT) or not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return
        field = parent.fields[name]
        coordinate = f"{parent.name}.{name}"
        self.found.add(coordinate)
        self._arguments(coordinate, field, node.arguments)
        type_ = get_named_type(field.type)
        self._type(type_)
        if node.selection_set is not None:
            self._waiting.append((type_, node.selection_set))

    def _arguments(self, owner: str, definition: _HasArguments, nodes: Iterable[ArgumentNode] | None) -> None:
        for node in nodes or ():
            argument = definition.args.get(node.name.value)
            if argument is not None:
                self.found.add(f"{owner}({node.name.value}:)")
                self._value(argument.type, node.value)

    def _directives(self, nodes: Iterable[DirectiveNode] | None) -> None:
        for node in nodes or ():
            directive = self._schema.get_directive(node.name.value)
            if directive is not None and not is_specified_directive(directive):
                self.found.add(f"@{directive.name}")
                self._arguments(f"@{directive.name}", directive, node.arguments)

    def _value(self, type_: GraphQLType, node: ValueNode) -> None:
        if isinstance(type_, GraphQLNonNull | GraphQLList) and not isinstance(node, ListValueNode):
            self._value(type_.of_type, node)
        elif isinstance(node, ListValueNode):
            inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
            inner = inner.of_type if isinstance(inner, GraphQLList) else inner
            for item in node.values:
                self._value(inner, item)
        elif isinstance(type_, GraphQLNamedType):
            self._type(type_)
            self._literal(type_, node)

    def _literal(self, type_: GraphQLNamedType, node: ValueNode) -> None:
        if isinstance(type_, GraphQLEnumType) and isinstance(node, EnumValueNode):
            self.found.add(f"{type_.name}.{node.value}")
        elif isinstance(type_, GraphQLInputObjectType) and isinstance(node, ObjectValueNode):
            for given in node.fields:
                field = type_.fields.get(given.name.value)
                if field is not None:
                    self.found.add(f"{type_.name}.{given.name.value}")
                    self._value(field.type, given.value)

    def _whole_input(self, type_: GraphQLNamedType) -> None:
        """Record everything that a variable of this type may hold."""
        waiting = [type_]
        while waiting:
            one = waiting.pop()
            if one.name in self._inputs:
                continue
            self._inputs.add(one.name)
            self._type(one)
            if isinstance(one, GraphQLEnumType):
                self.found.update(f"{one.name}.{value}" for value in one.values)
            elif isinstance(one, GraphQLInputObjectType):
                self.found.update(f"{one.name}.{name}" for name in one.fields)
                waiting += [_named(field) for field in one.fields.values()]


def _named(field: GraphQLInputField) -> GraphQLNamedType:
    return get_named_type(field.type)


def _name_of(node: object) -> str:
    while (inner := getattr(node, "type", None)) is not None:
        node = inner
    name: str = node.name.value  # type: ignore[attr-defined]  # what is inside is a named type
    return name
