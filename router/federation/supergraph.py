"""The supergraph: types with their join data, subgraphs with their URLs, and the API schema.

Reads supergraph SDL of any join specification version (v0.1 to v0.5).  Only reads: who can reach what is the
business of `router.querygraph`.
Spec: Apollo join specification; Apollo Federation, "Supergraph schemas".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final

from graphql import GraphQLError, GraphQLSchema
from graphql.language import (
    ConstDirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)
from graphql.utilities import build_ast_schema

from router.federation.api_schema import api_document
from router.federation.join import directive_arguments, has_directive, join_arguments
from router.language.operation import OperationKind, TypeRef

MAX_SUPERGRAPH_TOKENS: Final = 20_000_000


class InvalidSupergraphError(Exception):
    """The text is not a supergraph; the message says what is missing or wrong, with line and column if known."""

    code = "INVALID_FEDERATION_SUPERGRAPH"


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


@dataclass(frozen=True)
class Supergraph:
    """A supergraph, understood.  Immutable; derived views are computed once, on first use."""

    sdl: str
    document: DocumentNode
    subgraphs: Mapping[str, JoinGraph]
    """By ``join__Graph`` value, in the SDL's order."""
    types: Mapping[str, SupergraphType]
    roots: Mapping[OperationKind, str]

    @cached_property
    def api_schema(self) -> GraphQLSchema:
        """The schema that clients see and operations are validated against."""
        return build_ast_schema(api_document(self.document), assume_valid=True, assume_valid_sdl=True)

    @cached_property
    def _possible_types(self) -> dict[str, tuple[str, ...]]:
        implementations: dict[str, list[str]] = {}
        for type_ in self.types.values():
            if type_.kind is TypeKind.OBJECT:
                for interface in type_.interfaces:
                    implementations.setdefault(interface, []).append(type_.name)
        possible: dict[str, tuple[str, ...]] = {}
        for type_ in self.types.values():
            if type_.kind is TypeKind.OBJECT:
                possible[type_.name] = (type_.name,)
            elif type_.kind is TypeKind.UNION:
                possible[type_.name] = tuple(sorted(type_.members))
            elif type_.kind is TypeKind.INTERFACE:
                possible[type_.name] = tuple(sorted(implementations.get(type_.name, ())))
        return possible

    def possible_types(self, name: str) -> tuple[str, ...]:
        """Give the object types a value of this composite type may have, sorted; inaccessible ones too."""
        return self._possible_types.get(name, ())


def read_supergraph(sdl: str) -> Supergraph:
    """Read supergraph SDL.

    Raises: InvalidSupergraphError.  Cost: one parse and one walk; linear in the text.
    """
    try:
        document = parse(sdl, no_location=True, max_lexical_tokens=MAX_SUPERGRAPH_TOKENS)
    except GraphQLError as error:
        place = (
            f" (line {error.locations[0].line}, column {error.locations[0].column})"
            if error.locations
            else ""
        )
        raise InvalidSupergraphError(
            f"The supergraph is not valid GraphQL: {error.message}{place}"
        ) from error
    subgraphs: dict[str, JoinGraph] = {}
    types: dict[str, SupergraphType] = {}
    roots: dict[OperationKind, str] = {}
    schema: SchemaDefinitionNode | None = None
    for definition in document.definitions:
        if isinstance(definition, SchemaDefinitionNode):
            schema = definition
            for operation_type in definition.operation_types or ():
                roots[OperationKind(operation_type.operation.value)] = operation_type.type.name.value
        elif isinstance(definition, EnumTypeDefinitionNode) and definition.name.value == "join__Graph":
            subgraphs = {join.graph: join for join in _join_graphs(definition)}
        elif isinstance(definition, TypeDefinitionNode):
            type_ = _read_type(definition)
            types[type_.name] = type_
    if not subgraphs:
        raise InvalidSupergraphError(
            "The schema has no join__Graph enum, so it is not a supergraph; compose subgraphs first: olympus compose"
        )
    if schema is None:
        roots = {kind: kind.value.capitalize() for kind in OperationKind if kind.value.capitalize() in types}
    if OperationKind.QUERY not in roots or roots[OperationKind.QUERY] not in types:
        raise InvalidSupergraphError("The supergraph has no query root type")
    return Supergraph(sdl, document, subgraphs, _complete_joins(types, tuple(subgraphs)), roots)


def _join_graphs(definition: EnumTypeDefinitionNode) -> Iterator[JoinGraph]:
    for value in definition.values or ():
        for arguments in directive_arguments(value.directives, "join__graph"):
            name, url = arguments.get("name"), arguments.get("url")
            yield JoinGraph(value.name.value, str(name or value.name.value), str(url or ""))


def _complete_joins(types: dict[str, SupergraphType], graphs: tuple[str, ...]) -> dict[str, SupergraphType]:
    """Give root types without join data to every subgraph (join v0.1 leaves it out)."""
    completed: dict[str, SupergraphType] = {}
    for name, type_ in types.items():
        if type_.joins or name.startswith(("join__", "link__", "core__")):
            completed[name] = type_
            continue
        owners = {join.graph for field in type_.fields.values() for join in field.joins if join.graph}
        joins = tuple(JoinType(graph) for graph in graphs if not owners or graph in owners)
        completed[name] = SupergraphType(
            type_.name,
            type_.kind,
            joins,
            type_.is_inaccessible,
            type_.fields,
            type_.interfaces,
            type_.implements,
            type_.members,
            type_.member_joins,
        )
    return completed


_KINDS: Final[tuple[tuple[type[TypeDefinitionNode], TypeKind], ...]] = (
    (ObjectTypeDefinitionNode, TypeKind.OBJECT),
    (InterfaceTypeDefinitionNode, TypeKind.INTERFACE),
    (UnionTypeDefinitionNode, TypeKind.UNION),
    (EnumTypeDefinitionNode, TypeKind.ENUM),
    (InputObjectTypeDefinitionNode, TypeKind.INPUT_OBJECT),
    (ScalarTypeDefinitionNode, TypeKind.SCALAR),
)


def _read_type(definition: TypeDefinitionNode) -> SupergraphType:
    kind = next(kind for node, kind in _KINDS if isinstance(definition, node))
    fields: dict[str, SupergraphField] = {}
    interfaces: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    if isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        fields = {node.name.value: _read_field(node) for node in definition.fields or ()}
        interfaces = tuple(node.name.value for node in definition.interfaces or ())
    elif isinstance(definition, UnionTypeDefinitionNode):
        members = tuple(node.name.value for node in definition.types or ())
    directives = definition.directives
    return SupergraphType(
        definition.name.value,
        kind,
        _join_types(directives),
        has_directive(directives, "inaccessible"),
        fields,
        interfaces,
        tuple(_pairs(directives, "join__implements", "interface")),
        members,
        tuple(_pairs(directives, "join__unionMember", "member")),
    )


def _pairs(directives: Iterable[ConstDirectiveNode] | None, name: str, key: str) -> Iterator[tuple[str, str]]:
    for arguments in directive_arguments(directives, name):
        yield str(arguments["graph"]), str(arguments[key])


def _join_types(directives: Iterable[ConstDirectiveNode] | None) -> tuple[JoinType, ...]:
    return tuple(
        JoinType(
            str(arguments["graph"]),
            None if arguments.get("key") is None else str(arguments["key"]),
            arguments.get("extension") is True,
            arguments.get("resolvable") is not False,
            arguments.get("isInterfaceObject") is True,
        )
        for arguments in directive_arguments(directives, "join__type")
    )


def _read_field(node: FieldDefinitionNode) -> SupergraphField:
    return SupergraphField(
        node.name.value,
        type_ref(node.type),
        tuple(read_argument(argument) for argument in node.arguments or ()),
        tuple(_join_field(arguments) for arguments in join_arguments(node.directives)),
        has_directive(node.directives, "inaccessible"),
    )


def _join_field(arguments: Mapping[str, object]) -> JoinField:
    def text(name: str) -> str | None:
        value = arguments.get(name)
        return None if value is None else str(value)

    contexts = arguments.get("contextArguments")
    return JoinField(
        text("graph"),
        text("requires"),
        text("provides"),
        text("type"),
        arguments.get("external") is True,
        text("override"),
        text("overrideLabel"),
        arguments.get("usedOverridden") is True,
        tuple(
            ContextArgument(str(c["context"]), str(c["name"]), str(c["type"]), str(c["selection"]))
            for c in (contexts if isinstance(contexts, list) else ())
        ),
    )


def read_argument(node: InputValueDefinitionNode) -> Argument:
    """Read an argument or input field definition."""
    default = None if node.default_value is None else print_ast(node.default_value)
    return Argument(
        node.name.value, type_ref(node.type), default, has_directive(node.directives, "inaccessible")
    )


def type_ref(node: TypeNode) -> TypeRef:
    """Read a type reference from its AST."""
    if isinstance(node, NonNullTypeNode):
        inner = type_ref(node.type)
        return TypeRef(inner.name, True, inner.of)
    if isinstance(node, ListTypeNode):
        item = type_ref(node.type)
        return TypeRef(item.name, False, item)
    return TypeRef(node.name.value)  # type: ignore[attr-defined]  # the only kind left: NamedTypeNode
