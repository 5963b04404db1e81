"""One subgraph's SDL, understood: types, fields and directives as typed data.

`read_subgraph` in ``read.py`` makes it.  Extensions are folded into their type, federation
directives carry their canonical names whatever the SDL calls them, federation's own
machinery (``_entities``, ``federation__*``, ``link__*``) is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from graphql.language import ValueNode

from router.federation.directives import FEDERATION_1, Version
from router.federation.links import Links
from router.language.sdl_nodes import Position, position

START = Position(1, 1)
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
"""What an element does not have, one for all: most elements have most parts empty."""


class Kind(Enum):
    """The six kinds of types; the value is how SDL introduces one."""

    SCALAR = "scalar"
    OBJECT = "type"
    INTERFACE = "interface"
    UNION = "union"
    ENUM = "enum"
    INPUT = "input"


@dataclass(frozen=True, slots=True)
class TypeRef:
    """A field's, argument's or input field's type.

    Shapes: ``[Int!]`` is ``TypeRef("Int", (False, True))``.
    Invariant: ``required`` has one entry per list level, outermost first, and one for the name.
    """

    name: str
    required: tuple[bool, ...]
    text: str = field(init=False, repr=False, compare=False)
    """As SDL, made once: there are a few references, each printed wherever it stands."""

    def __post_init__(self) -> None:
        text = self.name
        for level, is_required in enumerate(reversed(self.required)):
            if level:
                text = f"[{text}]"
            if is_required:
                text += "!"
        object.__setattr__(self, "text", text)

    @property
    def is_required(self) -> bool:
        """True when null is not a value of the type."""
        return self.required[0]

    @property
    def is_list(self) -> bool:
        """True when the value is a list."""
        return len(self.required) > 1

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class AppliedDirective:
    """One use of a directive."""

    name: str
    """Canonical for a known directive (``key`` for ``@federation__key``), else as written."""
    arguments: Mapping[str, ValueNode]
    at: int
    is_known: bool
    """True for directives of GraphQL, federation and the specs it includes."""
    in_extension: bool = False
    """True when it stands on an ``extend …`` block."""
    written: str = ""
    """The name in the SDL, without ``@``."""


Applied: TypeAlias = tuple[AppliedDirective, ...]


@dataclass(frozen=True, slots=True)
class InputValue:
    """An argument or an input field."""

    name: str
    type: TypeRef
    default: ValueNode | None
    description: str | None
    directives: Applied
    at: int
    coordinate: str

    @property
    def is_required(self) -> bool:
        """True when it must be given: non-null and without a default."""
        return self.type.is_required and self.default is None


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A field of an object type or interface."""

    name: str
    type: TypeRef
    arguments: Mapping[str, InputValue]
    description: str | None
    directives: Applied
    at: int
    coordinate: str
    is_external: bool = False
    """Marked @external itself or by its block."""
    is_shareable: bool = False
    """Marked @shareable itself or by its block."""


@dataclass(frozen=True, slots=True)
class EnumValue:
    """A value of an enum."""

    name: str
    description: str | None
    directives: Applied
    at: int
    coordinate: str


@dataclass(frozen=True, slots=True)
class Named:
    """A member of a union or an implemented interface, where it is named."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class TypeDefinition:
    """A type with all its extensions folded in; what its kind does not have is empty."""

    name: str
    kind: Kind
    description: str | None
    directives: Applied
    at: int
    interfaces: Mapping[str, Named] = field(default_factory=lambda: NOTHING)
    fields: Mapping[str, FieldDefinition] = field(default_factory=lambda: NOTHING)
    members: Mapping[str, Named] = field(default_factory=lambda: NOTHING)
    values: Mapping[str, EnumValue] = field(default_factory=lambda: NOTHING)
    inputs: Mapping[str, InputValue] = field(default_factory=lambda: NOTHING)
    has_definition: bool = True
    """False when the SDL has only ``extend`` blocks of it, or it carries @extends."""

    @property
    def coordinate(self) -> str:
        """The type's schema coordinate: its name."""
        return self.name

    @property
    def is_composite(self) -> bool:
        """True when a selection can be made on it."""
        return self.kind in (Kind.OBJECT, Kind.INTERFACE, Kind.UNION)


@dataclass(frozen=True, slots=True)
class DirectiveDefinition:
    """A directive the subgraph defines itself."""

    name: str
    arguments: Mapping[str, InputValue]
    locations: tuple[str, ...]
    is_repeatable: bool
    description: str | None
    at: int


Element: TypeAlias = TypeDefinition | FieldDefinition | InputValue | EnumValue


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One subgraph, understood.

    Invariant: roots are named Query, Mutation and Subscription, whatever the SDL names them.
    """

    name: str
    url: str
    file: str | None
    version: Version
    """Federation version; (1, 0) when the SDL links none."""
    links: Links
    types: Mapping[str, TypeDefinition]
    """By name, in the order of first appearance."""
    directives: Mapping[str, DirectiveDefinition]
    """The SDL's own directives; those of known specifications are left out."""
    schema_directives: Applied = ()
    line_starts: tuple[int, ...] = (0,)
    """Offset of each line of the SDL, with which `position` counts lines."""

    def position(self, at: int) -> Position:
        """Line and column of an element's ``at``, which is its offset in the SDL."""
        return position(self.line_starts, at)

    @property
    def is_federation_1(self) -> bool:
        """True when the SDL links no federation 2 specification."""
        return self.version == FEDERATION_1

    def elements(self) -> Iterator[Element]:
        """Every type, field, argument, input field and enum value, in the order of the SDL."""
        for type_ in self.types.values():
            yield type_
            for field_ in type_.fields.values():
                yield field_
                yield from field_.arguments.values()
            yield from type_.inputs.values()
            yield from type_.values.values()

    def possible_types(self, name: str) -> tuple[str, ...]:
        """Names of the object types that a value of this composite type may have here."""
        type_ = self.types.get(name)
        if type_ is None:
            return ()
        if type_.kind is Kind.UNION:
            return tuple(type_.members)
        if type_.kind is Kind.INTERFACE:
            return tuple(t.name for t in self.implementations(name) if t.kind is Kind.OBJECT)
        return (name,)

    def implementations(self, interface: str) -> Iterator[TypeDefinition]:
        """The object types and interfaces that implement this interface here."""
        return (t for t in self.types.values() if interface in t.interfaces)


@dataclass(frozen=True, slots=True)
class Problem:
    """What reading one SDL found wrong."""

    code: str
    message: str
    at: Position = START
    coordinate: str | None = None


def applied(element: Element | Subgraph, name: str) -> AppliedDirective | None:
    """The first use of a known directive on the element."""
    directives = element.schema_directives if isinstance(element, Subgraph) else element.directives
    for directive in directives:
        if directive.name == name and directive.is_known:
            return directive
    return None


def all_applied(element: Element | Subgraph, name: str) -> Applied:
    """Every use of a known directive on the element, in the order written."""
    directives = element.schema_directives if isinstance(element, Subgraph) else element.directives
    return tuple(d for d in directives if d.name == name and d.is_known)
