"""The operation in normal form: what the planner reads and the completion walks.

Normal form means: one operation, fragment spreads replaced by inline fragments, constant ``@skip`` and
``@include`` folded away, fragments that can never match dropped, client aliases that collide with the
router's own keys given another ``data_key``.  Order is the document's; nothing else is merged, because
the order of response keys and the reach of conditions depend on it (GraphQL, section 6.3.2 CollectFields).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

TYPENAME: Final = "__typename"
RESERVED_PREFIX: Final = "_r_"
"""What the planner adds under a name of its own begins with this; no client key does after normalisation."""


class OperationKind(Enum):
    """The three kinds; the value is the keyword."""

    QUERY = "query"
    MUTATION = "mutation"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class TypeRef:
    """A type reference: ``[Product!]!`` is ``TypeRef("Product", True, TypeRef("Product", True))``."""

    name: str
    """The named type at the bottom."""
    is_non_null: bool = False
    of: TypeRef | None = None
    """The item's type where this is a list, else None."""

    def __str__(self) -> str:
        inner = self.name if self.of is None else f"[{self.of}]"
        return inner + "!" if self.is_non_null else inner

    @property
    def list_depth(self) -> int:
        """How many lists stand around the named type."""
        return 0 if self.of is None else 1 + self.of.list_depth


@dataclass(frozen=True, slots=True, order=True)
class Condition:
    """One ``@include(if: $variable)`` (``is_include``) or ``@skip(if: $variable)``."""

    variable: str
    is_include: bool

    def __str__(self) -> str:
        return f"@{'include' if self.is_include else 'skip'}(if: ${self.variable})"


Conditions: TypeAlias = frozenset[Condition]
"""A conjunction: all must hold.  Empty: always."""


@dataclass(frozen=True, slots=True)
class Field:
    """One selected field."""

    name: str
    response_key: str
    """The key the client sees: alias or name."""
    data_key: str
    """The key of its value in the fetched data; equals ``response_key`` but for reserved aliases."""
    parent_type: str
    """The composite type the field is selected on (client's view)."""
    type: TypeRef
    """Its type in the API schema."""
    arguments: str = ""
    """Printed arguments with parentheses, as written by the client: ``(first: $n)``; empty for none."""
    variables: tuple[str, ...] = ()
    """Variables the arguments use, in order of appearance."""
    conditions: tuple[Condition, ...] = ()
    selection_set: SelectionSet | None = None
    is_withheld: bool = False
    """Whether the caller may not have it: no subgraph is asked, and the answer is null."""


@dataclass(frozen=True, slots=True)
class InlineFragment:
    """``... on T @include(if: $x) { … }``; every fragment of the document ends as one."""

    type_condition: str | None
    selection_set: SelectionSet
    conditions: tuple[Condition, ...] = ()


Selection: TypeAlias = Field | InlineFragment


@dataclass(frozen=True, slots=True)
class SelectionSet:
    """Selections on ``parent_type`` (for a fragment: its type condition, or the type around it)."""

    parent_type: str
    selections: tuple[Selection, ...]

    def fields(self) -> Iterator[Field]:
        """Give every field of this set, those in fragments too, not those of sub-selections."""
        for selection in self.selections:
            if isinstance(selection, Field):
                yield selection
            else:
                yield from selection.selection_set.fields()


@dataclass(frozen=True, slots=True)
class VariableDefinition:
    """A variable of the client's operation; ``type`` and ``default`` are GraphQL text."""

    name: str
    type: str
    default: str | None = None

    def __str__(self) -> str:
        return f"${self.name}: {self.type}" + ("" if self.default is None else f" = {self.default}")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, normalised."""

    kind: OperationKind
    name: str | None
    variables: tuple[VariableDefinition, ...]
    selection_set: SelectionSet


@dataclass(frozen=True, slots=True)
class Refusal:
    """A field that is withheld from the caller, and where the client sees that."""

    path: tuple[str, ...]
    """Response keys, and ``@`` for every list."""
    coordinate: str
    conditions: tuple[Condition, ...] = ()
    """When the client asks for it at all: all of these must hold."""
