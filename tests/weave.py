"""Weaves into an operation what clients write and generators do not: the answer must hardly change by it.

Aliases (also ones that the router might use itself), fields selected twice with different sub-selections,
inline and named fragments, ``@skip`` and ``@include``, variables with and without defaults, ``__typename``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_non_null_type,
    parse_type,
    value_from_ast_untyped,
)
from graphql.language import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
)

TRICKY_ALIASES: Final = (
    "id",
    "sku",
    "price",
    "total",
    "status",
    "email",
    "_r_typename",
    "_r_id",
    "_entities",
)
"""Keys that the router needs for itself, or adds."""


class Weaver:
    """Weaves one operation; ``rate`` is how often each thing is done where it can be."""

    def __init__(self, schema: GraphQLSchema, random: Random, rate: float) -> None:
        self.variables: dict[str, Any] = {}
        """The request's variables, once the operation is woven."""
        self._schema = schema
        self._random = random
        self._rate = rate
        self._definitions: list[VariableDefinitionNode] = []
        self._fragments: list[FragmentDefinitionNode] = []
        self._aliases = 0

    def weave(self, document: DocumentNode) -> DocumentNode:
        """The document with its one operation woven."""
        (operation,) = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        root = self._schema.get_root_type(operation.operation)
        assert root is not None
        woven = replace(
            operation,
            name=NameNode(value="Random") if self._chance() else None,
            selection_set=self._selection_set(root, operation.selection_set),
            variable_definitions=tuple(self._definitions),
        )
        return DocumentNode(definitions=(woven, *self._fragments))

    def _chance(self, share: float = 1.0) -> bool:
        return self._random.random() < self._rate * share

    def _selection_set(self, type_: GraphQLNamedType, node: SelectionSetNode) -> SelectionSetNode:
        woven: list[SelectionNode] = []
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                woven += self._field(type_, selection)
            elif isinstance(selection, InlineFragmentNode):
                assert selection.type_condition is not None
                narrowed = self._schema.type_map[selection.type_condition.name.value]
                below = self._selection_set(narrowed, selection.selection_set)
                woven.append(replace(selection, selection_set=below, directives=self._conditions()))
        if self._chance():
            alias = NameNode(value=self._alias()) if self._chance() else None
            typename = FieldNode(name=NameNode(value="__typename"), alias=alias)
            woven.insert(self._random.randint(0, len(woven)), typename)
        if self._chance(0.5):
            self._random.shuffle(woven)
        return SelectionSetNode(selections=tuple(self._gathered(type_, woven)))

    def _gathered(self, type_: GraphQLNamedType, woven: list[SelectionNode]) -> list[SelectionNode]:
        """The selections, some neighbours of them moved into a fragment."""
        if not self._chance():
            return woven
        start = self._random.randrange(len(woven))
        end = self._random.randint(start + 1, len(woven))
        inside = SelectionSetNode(selections=tuple(woven[start:end]))
        condition = NamedTypeNode(name=NameNode(value=self._condition_type(type_, woven[start:end])))
        fragment: SelectionNode
        if self._random.random() < 0.5:
            fragment = InlineFragmentNode(
                type_condition=condition if self._random.random() < 0.7 else None,
                selection_set=inside,
                directives=self._conditions(),
            )
            if fragment.type_condition is None and condition.name.value != type_.name:
                fragment = replace(fragment, type_condition=condition)
        else:
            name = NameNode(value=f"F{len(self._fragments)}")
            self._fragments.append(
                FragmentDefinitionNode(name=name, type_condition=condition, selection_set=inside)
            )
            fragment = FragmentSpreadNode(name=name, directives=self._conditions())
        return [*woven[:start], fragment, *woven[end:]]

    def _condition_type(self, type_: GraphQLNamedType, selections: Sequence[SelectionNode]) -> str:
        """The type itself, or an interface of it that has all the fields."""
        for interface in getattr(type_, "interfaces", ()):
            names = [node.name.value if isinstance(node, FieldNode) else "" for node in selections]
            if all(name in interface.fields or name == "__typename" for name in names):
                return str(interface.name)
        return type_.name

    def _field(self, type_: GraphQLNamedType, node: FieldNode) -> list[FieldNode]:
        if node.name.value.startswith("__"):
            return [node]
        field_ = type_.fields[node.name.value]  # type: ignore[attr-defined]  # fields stand on objects and interfaces
        arguments = tuple(self._arguments(field_.args, node.arguments or ()))
        alias = NameNode(value=self._alias()) if self._chance() else node.alias
        woven = replace(node, alias=alias, arguments=arguments, directives=self._conditions())
        if node.selection_set is None:
            return [woven]
        below = self._selection_set(get_named_type(field_.type), node.selection_set)
        if len(below.selections) < 2 or not self._chance():
            return [replace(woven, selection_set=below)]
        cut = self._random.randrange(1, len(below.selections))
        first = SelectionSetNode(selections=below.selections[:cut])
        second = SelectionSetNode(selections=below.selections[cut - self._random.randint(0, 1) :])
        return [
            replace(woven, selection_set=first),
            replace(woven, selection_set=second, directives=self._conditions()),
        ]

    def _alias(self) -> str:
        if self._random.random() < 0.4:
            return self._random.choice(TRICKY_ALIASES)
        self._aliases += 1
        return f"alias{self._aliases}"

    def _conditions(self) -> tuple[DirectiveNode, ...]:
        names = [name for name in ("skip", "include") if self._chance(0.4)]
        return tuple(
            DirectiveNode(
                name=NameNode(value=name),
                arguments=(ArgumentNode(name=NameNode(value="if"), value=self._boolean(name == "include")),),
            )
            for name in names
        )

    def _boolean(self, usual: bool) -> ValueNode:
        value = BooleanValueNode(value=usual if self._random.random() < 0.7 else not usual)
        if self._random.random() < 0.3:
            return value
        known = [name for name in self.variables if name.startswith("if")]
        if known and self._random.random() < 0.5:
            return VariableNode(name=NameNode(value=self._random.choice(known)))
        return self._variable("if", "Boolean!", value)

    def _variable(self, prefix: str, type_: str, value: Any) -> VariableNode:
        name = NameNode(value=f"{prefix}{len(self._definitions)}")
        variable = VariableNode(name=name)
        has_default = not isinstance(value, NullValueNode) and self._random.random() < 0.3
        definition = VariableDefinitionNode(
            variable=variable, type=parse_type(type_), default_value=value if has_default else None
        )
        self._definitions.append(definition)
        # A null may as well be left out, and a default may stand in for the value.
        if not has_default and not (isinstance(value, NullValueNode) and self._random.random() < 0.5):
            self.variables[name.value] = value_from_ast_untyped(value)
        return variable

    def _arguments(
        self, defined: dict[str, GraphQLArgument], nodes: Sequence[ArgumentNode]
    ) -> list[ArgumentNode]:
        woven: list[ArgumentNode] = []
        for node in nodes:
            if isinstance(node.value, NullValueNode) and self._random.random() < 0.5:
                continue
            woven.append(replace(node, value=self._value(defined[node.name.value], node.value)))
        return woven

    def _value(self, place: GraphQLArgument | GraphQLInputField, value: ValueNode) -> ValueNode:
        """The value, or a variable for it, or a variable for something in it."""
        if self._chance(1.5) and not (is_non_null_type(place.type) and isinstance(value, NullValueNode)):
            return self._variable("v", str(place.type), value)
        nullable = get_nullable_type(place.type)
        if not isinstance(value, ObjectValueNode) or not isinstance(nullable, GraphQLInputObjectType):
            return value
        fields = tuple(
            replace(node, value=self._value(nullable.fields[node.name.value], node.value))
            for node in value.fields
        )
        return replace(value, fields=fields)
