"""The supergraph: types with their join data, subgraphs with their URLs, and the API schema.

Reads supergraph SDL of any join specification version (v0.1 to v0.5).  Only reads: who can reach what is the
business of `router.querygraph`.
Spec: Apollo join specification; Apollo Federation, "Supergraph schemas".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Final

from graphql import GraphQLSchema
from graphql.language import DocumentNode
from graphql.utilities import build_ast_schema, print_schema

from router.federation.api_schema import KEPT_DIRECTIVES, api_document
from router.federation.canonical_names import supergraph_links, with_canonical_names
from router.federation.directives import STANDALONE_SPECS
from router.federation.join import applied_arguments, is_applied
from router.federation.links import APOLLO, Links
from router.federation.owned_types import complete_owned_types
from router.federation.supergraph_types import (
    Argument,
    ContextArgument,
    JoinField,
    JoinGraph,
    JoinType,
    SupergraphField,
    SupergraphType,
    TypeKind,
)
from router.language.field_set import FieldSetSyntaxError
from router.language.operation import OperationKind, TypeRef
from router.language.sdl_lexer import SdlSyntaxError
from router.language.sdl_nodes import (
    SdlDirective,
    SdlDocument,
    SdlField,
    SdlInput,
    SdlSchemaBlock,
    SdlType,
    SdlTypeBlock,
)
from router.language.sdl_parser import parse_sdl
from router.language.sdl_to_core import core_document
from router.language.values import value_text

_DOCUMENT_DIRECTIVES: Final = KEPT_DIRECTIVES | {"inaccessible"}


class InvalidSupergraphError(Exception):
    """The text is not a supergraph; the message says what is missing or wrong, with line and column if known."""

    code = "INVALID_FEDERATION_SUPERGRAPH"


class UnsupportedFeatureError(InvalidSupergraphError):
    """The supergraph needs a feature for security or execution that nobody here knows."""

    code = "UNSUPPORTED_LINKED_FEATURE"


@dataclass(frozen=True)
class Supergraph:
    """A supergraph, understood.  Immutable; derived views are computed once, on first use."""

    sdl: str
    definitions: SdlDocument
    """With the specifications' directives under their own names, whatever the SDL imports them as."""
    subgraphs: Mapping[str, JoinGraph]
    """By ``join__Graph`` value, in the SDL's order."""
    types: Mapping[str, SupergraphType]
    roots: Mapping[OperationKind, str]

    @cached_property
    def document(self) -> DocumentNode:
        """The definitions for graphql-core, with those directives only that the API schema is made by."""
        return core_document(self.definitions, _DOCUMENT_DIRECTIVES)

    @cached_property
    def api_schema(self) -> GraphQLSchema:
        """The schema that clients see and operations are validated against."""
        return build_ast_schema(api_document(self.document), assume_valid=True, assume_valid_sdl=True)

    @cached_property
    def api_sdl(self) -> str:
        """The API schema as text.  Cost: a moment for a large one; off the event loop."""
        return print_schema(self.api_schema) + "\n"

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


KNOWN_FEATURES: Final = STANDALONE_SPECS | {"join", "link", "core", "listSize"}
"""Specifications of which this router does what they ask."""


def _check_features(links: Links) -> None:
    """A feature for security or execution may not be ignored, so what is not known is refused."""
    for link in links.links:
        is_known = link.identity.startswith(APOLLO) and link.name in KNOWN_FEATURES
        if link.purpose is not None and not is_known:
            raise UnsupportedFeatureError(
                f'The supergraph needs "{link.url}" for: {link.purpose}, which this router does not know (line '
                f"{link.line}, column {link.column}); compose without the feature"
            )


def read_supergraph(sdl: str) -> Supergraph:
    """Read supergraph SDL.

    Raises: InvalidSupergraphError; UnsupportedFeatureError by the core specification's rule.
    Cost: one parse and a walk or two; linear in the text.
    """
    try:
        document = parse_sdl(sdl)
    except SdlSyntaxError as error:
        place = f"line {error.at.line}, column {error.at.column}"
        raise InvalidSupergraphError(f"The supergraph is not valid GraphQL: {error} ({place})") from error
    links = supergraph_links(document)
    _check_features(links)
    document = with_canonical_names(document, links)
    subgraphs: dict[str, JoinGraph] = {}
    types: dict[str, SupergraphType] = {}
    owners: dict[str, str] = {}
    roots: dict[OperationKind, str] = {}
    schema: SdlSchemaBlock | None = None
    for definition in document.definitions:
        if isinstance(definition, SdlSchemaBlock):
            schema = definition
            roots.update((OperationKind(operation), root.name) for operation, root in definition.roots)
        elif not isinstance(definition, SdlTypeBlock) or definition.is_extension:
            continue
        elif definition.keyword == "enum" and definition.name == "join__Graph":
            subgraphs = {join.graph: join for join in _join_graphs(definition)}
        else:
            types[definition.name] = _read_type(definition)
            for arguments in applied_arguments(definition.directives, "join__owner"):
                owners[definition.name] = str(arguments.get("graph"))
    if not subgraphs:
        raise InvalidSupergraphError(
            "The schema has no join__Graph enum, so it is not a supergraph; compose subgraphs first: olympus compose"
        )
    if schema is None:
        roots = {kind: kind.value.capitalize() for kind in OperationKind if kind.value.capitalize() in types}
    if OperationKind.QUERY not in roots or roots[OperationKind.QUERY] not in types:
        raise InvalidSupergraphError("The supergraph has no query root type")
    return Supergraph(sdl, document, subgraphs, _complete(types, owners, tuple(subgraphs)), roots)


def _complete(
    types: dict[str, SupergraphType], owners: dict[str, str], graphs: tuple[str, ...]
) -> dict[str, SupergraphType]:
    completed = _complete_joins(types, graphs)
    if not owners:
        return completed
    try:
        return complete_owned_types(completed, owners)
    except FieldSetSyntaxError as error:
        raise InvalidSupergraphError(f"A field set of the supergraph does not parse: {error}") from error


def _join_graphs(definition: SdlTypeBlock) -> Iterator[JoinGraph]:
    for value in definition.values:
        for arguments in applied_arguments(value.directives, "join__graph"):
            name, url = arguments.get("name"), arguments.get("url")
            yield JoinGraph(value.name, str(name or value.name), str(url or ""))


def _complete_joins(types: dict[str, SupergraphType], graphs: tuple[str, ...]) -> dict[str, SupergraphType]:
    """Give root types without join data to every subgraph (join v0.1 leaves it out)."""
    completed: dict[str, SupergraphType] = {}
    for name, type_ in types.items():
        if type_.joins or name.startswith(("join__", "link__", "core__")):
            completed[name] = type_
            continue
        owners = {join.graph for field in type_.fields.values() for join in field.joins if join.graph}
        joins = tuple(JoinType(graph) for graph in graphs if not owners or graph in owners)
        completed[name] = replace(type_, joins=joins)
    return completed


_KINDS: Final = {
    "type": TypeKind.OBJECT,
    "interface": TypeKind.INTERFACE,
    "union": TypeKind.UNION,
    "enum": TypeKind.ENUM,
    "input": TypeKind.INPUT_OBJECT,
    "scalar": TypeKind.SCALAR,
}


def _read_type(definition: SdlTypeBlock) -> SupergraphType:
    directives = definition.directives
    return SupergraphType(
        definition.name,
        _KINDS[definition.keyword],
        _join_types(directives),
        is_applied(directives, "inaccessible"),
        {node.name: _read_field(node) for node in definition.fields},
        tuple(node.name for node in definition.interfaces),
        tuple(_pairs(directives, "join__implements", "interface")),
        tuple(node.name for node in definition.members),
        tuple(_pairs(directives, "join__unionMember", "member")),
        tuple(str(arguments.get("name")) for arguments in applied_arguments(directives, "context")),
    )


def _pairs(directives: Iterable[SdlDirective], name: str, key: str) -> Iterator[tuple[str, str]]:
    for arguments in applied_arguments(directives, name):
        yield str(arguments["graph"]), str(arguments[key])


def _join_types(directives: Iterable[SdlDirective]) -> tuple[JoinType, ...]:
    return tuple(
        JoinType(
            str(arguments["graph"]),
            None if arguments.get("key") is None else str(arguments["key"]),
            arguments.get("extension") is True,
            arguments.get("resolvable") is not False,
            arguments.get("isInterfaceObject") is True,
        )
        for arguments in applied_arguments(directives, "join__type")
    )


def _read_field(node: SdlField) -> SupergraphField:
    directives = node.directives
    return SupergraphField(
        node.name,
        type_ref(node.type),
        tuple(map(_argument, node.arguments)),
        tuple(map(_join_field, applied_arguments(directives, "join__field"))) if directives else (),
        is_applied(directives, "inaccessible"),
    )


def _join_field(arguments: Mapping[str, object]) -> JoinField:
    def text(name: str) -> str | None:
        value = arguments.get(name)
        return None if value is None else str(value)

    if arguments.keys() == {"graph"}:
        return JoinField(text("graph"))
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


def _argument(node: SdlInput) -> Argument:
    default = None if node.default is None else value_text(node.default)
    return Argument(node.name, type_ref(node.type), default, is_applied(node.directives, "inaccessible"))


@lru_cache(maxsize=4096)
def type_ref(node: SdlType) -> TypeRef:
    """Read a type reference."""
    name, required = node
    ref = TypeRef(name, required[-1])
    for is_required in reversed(required[:-1]):
        ref = TypeRef(name, is_required, ref)
    return ref
