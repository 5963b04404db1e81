"""Leaf values: what GraphQL lets out under each scalar and enum.

Spec: GraphQL, section 3.5 "Scalars", "Result Coercion", and 3.9 "Enums".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLNamedType, GraphQLScalarType, is_leaf_type
from graphql.language import EnumTypeDefinitionNode

from router.federation.supergraph import Supergraph
from router.language.operation import TypeRef

MIN_INT: Final = -(2**31)
MAX_INT: Final = 2**31 - 1


class UnfitError(Exception):
    """The value cannot stand under its type; the message says why."""


class LeafKind(Enum):
    """How a leaf is checked."""

    STRING = "String"
    INT = "Int"
    FLOAT = "Float"
    BOOLEAN = "Boolean"
    ID = "ID"
    ENUM = "enum"
    ANY = "any"
    """A custom scalar: goes out as it came."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf type."""

    name: str
    kind: LeafKind
    values: frozenset[str] = frozenset()
    """Of an enum: what the API schema shows."""
    hidden: frozenset[str] = frozenset()
    """Of an enum: what only subgraphs know."""

    def complete(self, value: Any) -> Any:
        """Give the value that goes out for a value that is not None; None for a hidden enum value.

        Raises: UnfitError.
        """
        function = _COMPLETE.get(self.kind)
        if function is not None:
            return function(value)
        return value if self.kind is LeafKind.ANY else self._complete_enum(value)

    def _complete_enum(self, value: Any) -> str | None:
        if not isinstance(value, str) or (value not in self.values and value not in self.hidden):
            raise UnfitError(f"Enum {self.name} has no value {_show(value)}")
        return value if value in self.values else None


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def as_string(value: Any) -> str:
    """Only text.  Raises: UnfitError."""
    if type(value) is not str:
        raise UnfitError(f"String cannot represent {_show(value)}")
    return value


def as_id(value: Any) -> str:
    """Text, or a whole number as text.  Raises: UnfitError."""
    if type(value) is str:
        return value
    if type(value) is int:
        return str(value)
    raise UnfitError(f"ID cannot represent {_show(value)}")


def as_int(value: Any) -> int:
    """A whole number of 32 bits, also when written as ``5.0``.  Raises: UnfitError."""
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int or not MIN_INT <= value <= MAX_INT:
        raise UnfitError(f"Int cannot represent {_show(value)}")
    return value


def as_float(value: Any) -> float:
    """A number.  Raises: UnfitError."""
    if type(value) is not float and type(value) is not int:
        raise UnfitError(f"Float cannot represent {_show(value)}")
    return value


def as_boolean(value: Any) -> bool:
    """True or false.  Raises: UnfitError."""
    if type(value) is not bool:
        raise UnfitError(f"Boolean cannot represent {_show(value)}")
    return value


_COMPLETE: Final[dict[LeafKind, Callable[[Any], Any]]] = {
    LeafKind.STRING: as_string,
    LeafKind.ID: as_id,
    LeafKind.INT: as_int,
    LeafKind.FLOAT: as_float,
    LeafKind.BOOLEAN: as_boolean,
}
_BUILT_IN: Final = {kind.value: kind for kind in _COMPLETE}


def leaf_of(supergraph: Supergraph, name: str) -> Leaf | None:
    """Give the leaf of this name in the API schema; None when it is a composite type."""
    type_: GraphQLNamedType | None = supergraph.api_schema.type_map.get(name)
    if name in _BUILT_IN:
        return Leaf(name, _BUILT_IN[name])
    if type_ is None or not is_leaf_type(type_):
        return None
    if isinstance(type_, GraphQLEnumType):
        shown = frozenset(type_.values)
        return Leaf(name, LeafKind.ENUM, shown, supergraph_enum_values(supergraph, name) - shown)
    assert isinstance(type_, GraphQLScalarType)  # noqa: S101 - the other kind of leaf
    return Leaf(name, LeafKind.ANY)


def supergraph_enum_values(supergraph: Supergraph, name: str) -> frozenset[str]:
    """Give every value the enum has in the supergraph, hidden ones too."""
    for definition in supergraph.document.definitions:
        if isinstance(definition, EnumTypeDefinitionNode) and definition.name.value == name:
            return frozenset(value.name.value for value in definition.values or ())
    return frozenset()


def list_completer(type_: TypeRef, leaf: Leaf) -> Callable[[Any], Any]:
    """Give the function that completes a list of leaves, at any depth.

    Raises (the function): UnfitError for anything that would need an error; a hidden value of an enum
    becomes null where null may stand.  Cost: one new list per list.
    """
    item = type_.of
    complete: Callable[[Any], Any] = leaf.complete if item is None else _items(list_completer(item, leaf))
    if type_.is_non_null:
        return _required(complete)

    def nullable(value: Any) -> Any:
        return None if value is None else complete(value)

    return nullable


def _items(complete: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def items(values: Any) -> Any:
        if type(values) is not list:
            raise UnfitError("not a list")
        return [complete(value) for value in values]

    return items


def _required(complete: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def required(value: Any) -> Any:
        if value is None:
            raise UnfitError("null")
        completed = complete(value)
        if completed is None:
            raise UnfitError("hidden")
        return completed

    return required
