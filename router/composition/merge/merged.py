"""The merged schema with its join data, before it is written as SDL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql.language import ValueNode

from router.composition.result import CompositionError
from router.composition.source import Declared, Placed, Source, names_of, nodes_of
from router.federation.subgraph import Kind, TypeRef


@dataclass(frozen=True, slots=True)
class MergedDirective:
    """A directive applied to a merged element."""

    name: str
    """Its specification's name for it where it is known; `Merged.names` has the supergraph's."""
    arguments: Mapping[str, ValueNode]
    is_known: bool = True
    """False for a composed directive, which may well be called what a specification calls another one."""


@dataclass(frozen=True, slots=True)
class ContextArgument:
    """An argument whose value comes from a context in one subgraph."""

    name: str
    type: str
    context: str
    selection: str


@dataclass(frozen=True, slots=True)
class JoinField:
    """One ``@join__field``; without a graph, the field comes through an interface object."""

    graph: str | None
    requires: str | None = None
    provides: str | None = None
    type: str | None = None
    external: bool = False
    override: str | None = None
    used_overridden: bool = False
    override_label: str | None = None
    context_arguments: tuple[ContextArgument, ...] = ()

    @property
    def is_plain(self) -> bool:
        """True when it says no more than that the subgraph has the field.

        Whom it overrides is not counted: where nobody lost the field, no router need know.
        """
        return self == JoinField(self.graph, override=self.override)


@dataclass(frozen=True, slots=True)
class JoinDirective:
    """One ``@join__directive``: a directive that some subgraphs apply, for routers alone."""

    graphs: tuple[str, ...]
    name: str
    arguments: Mapping[str, ValueNode]


@dataclass(frozen=True, slots=True)
class JoinType:
    """One ``@join__type``."""

    graph: str
    key: str | None = None
    extension: bool = False
    resolvable: bool = True
    is_interface_object: bool = False


@dataclass(frozen=True, slots=True)
class MergedInput:
    """An argument or input field."""

    name: str
    type: TypeRef
    default: ValueNode | None
    description: str | None
    directives: tuple[MergedDirective, ...]
    coordinate: str
    joins: tuple[JoinField, ...] = ()

    @property
    def is_required(self) -> bool:
        """True when it must be given."""
        return self.type.is_required and self.default is None


@dataclass(frozen=True, slots=True)
class MergedField:
    """A field of an object type or interface."""

    name: str
    type: TypeRef
    arguments: Mapping[str, MergedInput]
    description: str | None
    directives: tuple[MergedDirective, ...]
    coordinate: str
    joins: tuple[JoinField, ...]
    join_directives: tuple[JoinDirective, ...] = ()


@dataclass(frozen=True, slots=True)
class MergedValue:
    """An enum value."""

    name: str
    description: str | None
    directives: tuple[MergedDirective, ...]
    coordinate: str
    graphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MergedType:
    """A type of the supergraph."""

    name: str
    kind: Kind
    description: str | None
    directives: tuple[MergedDirective, ...]
    joins: tuple[JoinType, ...]
    interfaces: tuple[str, ...] = ()
    implements: tuple[tuple[str, str], ...] = ()
    """Graph and interface of each ``@join__implements``."""
    fields: Mapping[str, MergedField] = field(default_factory=dict)
    inputs: Mapping[str, MergedInput] = field(default_factory=dict)
    values: Mapping[str, MergedValue] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    member_joins: tuple[tuple[str, str], ...] = ()
    """Graph and member of each ``@join__unionMember``."""
    join_directives: tuple[JoinDirective, ...] = ()

    @property
    def coordinate(self) -> str:
        """The type's schema coordinate: its name."""
        return self.name


@dataclass(frozen=True, slots=True)
class MergedDirectiveDefinition:
    """A directive that the supergraph defines besides those of the specifications."""

    name: str
    arguments: Mapping[str, MergedInput]
    locations: tuple[str, ...]
    is_repeatable: bool
    description: str | None
    is_executable: bool


@dataclass(frozen=True, slots=True)
class MergedLink:
    """A ``@link`` of the supergraph besides those that its features bring."""

    url: str
    imports: tuple[tuple[str, str], ...] = ()
    """Name and local name of each import."""


@dataclass(frozen=True, slots=True)
class Merged:
    """All subgraphs in one schema."""

    sources: tuple[Source, ...]
    types: Mapping[str, MergedType]
    """Sorted by name."""
    directives: Mapping[str, MergedDirectiveDefinition]
    links: tuple[MergedLink, ...] = ()
    schema_directives: tuple[MergedDirective, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """What the supergraph calls the known directives that it calls something else than their specifications."""

    def declarations(self, coordinate: str) -> tuple[Declared[Placed], ...]:
        """The type, field, input field or enum value of a coordinate, wherever it is declared."""
        type_name, _, member = coordinate.partition("(")[0].partition(".")
        found: list[Declared[Placed]] = []
        for source in self.sources:
            type_ = source.subgraph.types.get(type_name)
            if type_ is not None:
                parts = (type_.fields, type_.inputs, type_.values)
                place = next((p[member] for p in parts if member in p), None) if member else type_
                if place is not None:
                    found.append(Declared(source, place))
        return tuple(found)

    def error(self, code: str, message: str, coordinate: str, *others: str) -> CompositionError:
        """An error about the element, with its places in all subgraphs; ``others`` add theirs."""
        declared = [d for at in (coordinate, *others) for d in self.declarations(at)]
        return CompositionError(code, message, names_of(declared), coordinate, nodes_of(declared))

    def implementations(self, interface: str) -> tuple[MergedType, ...]:
        """The types that implement the interface, sorted by name."""
        return tuple(t for t in self.types.values() if interface in t.interfaces)


def find(element: MergedType | MergedField | MergedInput | MergedValue, name: str) -> MergedDirective | None:
    """The first use of a known directive on a merged element."""
    for directive in element.directives:
        if directive.name == name and directive.is_known:
            return directive
    return None
