"""Replace fragment spreads, fold constant conditions, drop what can never match, type every field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLOutputType,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    TypeNameMetaFieldDef,
    is_abstract_type,
    is_object_type,
)
from graphql.language import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    print_ast,
)

from router.errors import ClientError
from router.federation.supergraph import Supergraph
from router.language.operation import (
    RESERVED_PREFIX,
    TYPENAME,
    Condition,
    Field,
    InlineFragment,
    Selection,
    SelectionSet,
    TypeRef,
)

_META_FIELDS: Final[Mapping[str, GraphQLField]] = {
    "__schema": SchemaMetaFieldDef,
    "__type": TypeMetaFieldDef,
    TYPENAME: TypeNameMetaFieldDef,
}


MAX_FIELDS: Final = 20_000
"""With fragments expanded.  Hostile documents of a few hundred bytes expand to billions."""


class OperationTooLargeError(ClientError):
    """The operation selects more than `MAX_FIELDS` fields once its fragments are expanded."""

    code: ClassVar[str] = "OPERATION_TOO_LARGE"


class FragmentInliner:
    """Rewrites the selection sets of one document.

    A fragment spread again in one selection set, under the same conditions, adds nothing and is dropped.
    """

    def __init__(self, supergraph: Supergraph, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = supergraph.api_schema
        self._fragments = fragments
        self._possible: dict[str, frozenset[str]] = {}
        self._types: dict[int, TypeRef] = {}
        self._data_keys: dict[str, str] = {}
        self._fields = 0

    def selection_set(self, parent_type: str, node: SelectionSetNode) -> SelectionSet:
        """Normalise a selection set on ``parent_type``."""
        return SelectionSet(parent_type, tuple(self._selections(parent_type, node, set())))

    def _selections(
        self, parent: str, node: SelectionSetNode, spread: set[tuple[str, tuple[Condition, ...]]]
    ) -> Iterator[Selection]:
        """Give the selections; ``spread`` holds the fragments this selection set has already spread."""
        for selection in node.selections:
            conditions = _conditions(selection.directives or ())
            if conditions is None:
                continue
            if isinstance(selection, FieldNode):
                yield self._field(parent, selection, conditions)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                on = parent if condition is None else condition.name.value
                yield from self._fragment(parent, on, selection.selection_set, conditions, spread)
            elif isinstance(selection, FragmentSpreadNode):
                if (selection.name.value, conditions) in spread:
                    continue
                spread.add((selection.name.value, conditions))
                fragment = self._fragments[selection.name.value]
                on = fragment.type_condition.name.value
                yield from self._fragment(parent, on, fragment.selection_set, conditions, spread)

    def _fragment(
        self,
        parent: str,
        on: str,
        node: SelectionSetNode,
        conditions: tuple[Condition, ...],
        spread: set[tuple[str, tuple[Condition, ...]]],
    ) -> Iterator[Selection]:
        inside = self.possible(parent)
        if not inside & self.possible(on):
            return
        narrows = not inside <= self.possible(on)
        target = on if narrows else parent
        if not narrows and not conditions:
            yield from self._selections_seen_as(parent, on, node, spread)
            return
        selections = tuple(self._selections_seen_as(target, on, node, set()))
        if selections:
            yield InlineFragment(on if narrows else None, SelectionSet(target, selections), conditions)

    def _selections_seen_as(
        self, parent: str, on: str, node: SelectionSetNode, spread: set[tuple[str, tuple[Condition, ...]]]
    ) -> Iterator[Selection]:
        """Give the fragment's selections, on ``parent`` where that changes nothing.

        An object has every field of the types it is, with types as narrow or narrower.  An interface or union may
        lack them, or know them by wider types, even where no other object can come; there the fragment stays.
        """
        if parent == on or parent in self.possible(parent):
            yield from self._selections(parent, node, spread)
        else:
            yield InlineFragment(on, SelectionSet(on, tuple(self._selections(on, node, set()))))

    def _field(self, parent: str, node: FieldNode, conditions: tuple[Condition, ...]) -> Field:
        self._fields += 1
        if self._fields > MAX_FIELDS:
            raise OperationTooLargeError(
                f"The operation selects more than {MAX_FIELDS} fields with its fragments expanded; ask for less at once"
            )
        name = node.name.value
        response_key = name if node.alias is None else node.alias.value
        definition = _META_FIELDS.get(name) or self._schema.type_map[parent].fields[name]  # type: ignore[attr-defined]  # composite: the document is valid
        type_ = self._type_ref(definition.type)
        arguments = node.arguments or ()
        sub = node.selection_set
        return Field(
            name,
            response_key,
            self._data_key(name, response_key),
            parent,
            type_,
            _print_arguments(arguments),
            tuple(dict.fromkeys(v for argument in arguments for v in _variables(argument.value))),
            conditions,
            None if sub is None else self.selection_set(type_.name, sub),
        )

    def _data_key(self, name: str, response_key: str) -> str:
        if name == TYPENAME and response_key == TYPENAME:
            return TYPENAME
        if response_key != TYPENAME and not response_key.startswith(RESERVED_PREFIX):
            return response_key
        key = self._data_keys.get(response_key)
        if key is None:
            key = self._data_keys[response_key] = f"{RESERVED_PREFIX}_{len(self._data_keys)}"
        return key

    def _type_ref(self, type_: GraphQLOutputType) -> TypeRef:
        known = self._types.get(id(type_))
        if known is None:
            known = self._types[id(type_)] = to_type_ref(type_)
        return known

    def possible(self, name: str) -> frozenset[str]:
        """Give the object types of the API schema that a value of this type may have."""
        known = self._possible.get(name)
        if known is None:
            type_ = self._schema.type_map[name]
            if is_object_type(type_):
                known = frozenset({name})
            elif is_abstract_type(type_):
                known = frozenset(t.name for t in self._schema.get_possible_types(type_))
            else:
                known = frozenset()
            self._possible[name] = known
        return known


def to_type_ref(type_: GraphQLOutputType) -> TypeRef:
    """Give a schema's type reference as data."""
    if isinstance(type_, GraphQLNonNull):
        inner = to_type_ref(type_.of_type)
        return TypeRef(inner.name, True, inner.of)
    if isinstance(type_, GraphQLList):
        item = to_type_ref(type_.of_type)
        return TypeRef(item.name, False, item)
    if not isinstance(type_, GraphQLNamedType):
        raise TypeError(f"not a type: {type_!r}")
    return TypeRef(type_.name)


def _conditions(directives: tuple[DirectiveNode, ...]) -> tuple[Condition, ...] | None:
    """Give the conditions on variables in order of variable name, or None when the selection is never included."""
    found: set[Condition] = set()
    for directive in directives:
        name = directive.name.value
        if name not in ("include", "skip"):
            continue
        value = next((a.value for a in directive.arguments or () if a.name.value == "if"), None)
        if isinstance(value, BooleanValueNode):
            if value.value != (name == "include"):
                return None
        elif isinstance(value, VariableNode):
            found.add(Condition(value.name.value, name == "include"))
    if any(Condition(condition.variable, not condition.is_include) in found for condition in found):
        return None
    return tuple(sorted(found))


def _print_arguments(arguments: tuple[ArgumentNode, ...]) -> str:
    if not arguments:
        return ""
    ordered = sorted(arguments, key=lambda node: node.name.value)
    return "(" + ", ".join(f"{node.name.value}: {_print_value(node.value)}" for node in ordered) + ")"


def _print_value(value: ValueNode) -> str:
    if isinstance(value, VariableNode):
        return f"${value.name.value}"
    return print_ast(value)


def _variables(value: ValueNode) -> Iterator[str]:
    if isinstance(value, VariableNode):
        yield value.name.value
    elif isinstance(value, ListValueNode):
        for item in value.values:
            yield from _variables(item)
    elif isinstance(value, ObjectValueNode):
        for field in value.fields:
            yield from _variables(field.value)
