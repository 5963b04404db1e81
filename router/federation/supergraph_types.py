"""The parts of a supergraph as typed data: types, fields and what the join directives say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from router.language.operation import TypeRef


class TypeKind(Enum):
    """The six kinds of named types."""

    SCALAR = "SCALAR"
    OBJECT = "OBJECT"
    INTERFACE = "INTERFACE"
    UNION = "UNION"
    ENUM = "ENUM"
    INPUT_OBJECT = "INPUT_OBJECT"


@dataclass(frozen=True, slots=True)
class JoinGraph:
    """One subgraph: its value of the ``join__Graph`` enum, its name and its routing URL."""

    graph: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class JoinType:
    """``@join__type``: the type exists in ``graph``, perhaps as an entity with ``key``."""

    graph: str
    key: str | None = None
    is_extension: bool = False
    is_resolvable: bool = True
    is_interface_object: bool = False


@dataclass(frozen=True, slots=True)
class ContextArgument:
    """``contextArguments`` of ``@join__field``: an argument filled from a context further up."""

    context: str
    name: str
    type: str
    selection: str


@dataclass(frozen=True, slots=True)
class JoinField:
    """``@join__field``: what ``graph`` has to do with the field."""

    graph: str | None = None
    requires: str | None = None
    provides: str | None = None
    type: str | None = None
    is_external: bool = False
    override: str | None = None
    override_label: str | None = None
    is_used_overridden: bool = False
    context_arguments: tuple[ContextArgument, ...] = ()


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a field, or a field of an input object; ``default`` is GraphQL text."""

    name: str
    type: TypeRef
    default: str | None
    is_inaccessible: bool


@dataclass(frozen=True, slots=True)
class SupergraphField:
    """A field of an object or interface."""

    name: str
    type: TypeRef
    arguments: tuple[Argument, ...]
    joins: tuple[JoinField, ...]
    is_inaccessible: bool


@dataclass(frozen=True, slots=True)
class SupergraphType:
    """A named type with everything the join directives say of it."""

    name: str
    kind: TypeKind
    joins: tuple[JoinType, ...]
    is_inaccessible: bool
    fields: Mapping[str, SupergraphField]
    """Of objects and interfaces; input objects and others have none here."""
    interfaces: tuple[str, ...] = ()
    implements: tuple[tuple[str, str], ...] = ()
    """``(graph, interface)`` pairs."""
    members: tuple[str, ...] = ()
    """Of a union."""
    member_joins: tuple[tuple[str, str], ...] = ()
    """``(graph, member)`` pairs of a union."""
    contexts: tuple[str, ...] = ()
    """Names of the contexts that its objects set, each with its subgraph's name before it."""

    @property
    def is_abstract(self) -> bool:
        """Whether it is an interface or a union."""
        return self.kind in (TypeKind.INTERFACE, TypeKind.UNION)

    @property
    def is_composite(self) -> bool:
        """Whether a selection set can stand on it."""
        return self.kind in (TypeKind.OBJECT, TypeKind.INTERFACE, TypeKind.UNION)

    def graphs(self) -> tuple[str, ...]:
        """Give the subgraphs that have the type, in join order, each once."""
        return tuple(dict.fromkeys(join.graph for join in self.joins))
