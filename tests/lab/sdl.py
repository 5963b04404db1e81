"""A subgraph's SDL as the lab reads it, on its own, so that a fault of the router's reader cannot hide itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from graphql import GraphQLSchema, build_ast_schema, validate
from graphql.language import (
    DefinitionNode,
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    OperationDefinitionNode,
    ScalarTypeDefinitionNode,
    SelectionSetNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

ROOTS = ("Query", "Mutation", "Subscription")
BUILT_IN = ("Int", "Float", "String", "Boolean", "ID")


@dataclass(frozen=True)
class FieldDef:
    """A field as one subgraph declares it."""

    name: str
    type: TypeNode
    arguments: dict[str, InputValueDefinitionNode]
    is_external: bool
    requires: SelectionSetNode | None
    provides: SelectionSetNode | None
    override: str | None
    is_inaccessible: bool
    contexts: dict[str, tuple[str, SelectionSetNode]]
    """By argument: the context it takes its value from, and what it selects there."""


@dataclass(frozen=True)
class KeyDef:
    """One ``@key``."""

    fields: SelectionSetNode
    is_resolvable: bool


@dataclass
class TypeDef:
    """A type as one subgraph declares it, definition and extensions together."""

    name: str
    kind: str
    """``object``, ``interface``, ``union``, ``enum``, ``scalar`` or ``input``."""
    fields: dict[str, FieldDef] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    keys: list[KeyDef] = field(default_factory=list)
    is_interface_object: bool = False
    contexts: list[str] = field(default_factory=list)
    """Names of the contexts it sets."""


class SubgraphSdl:
    """One subgraph: its types, and the schema that its server would have."""

    def __init__(self, name: str, sdl: str) -> None:
        self.name = name
        self.sdl = sdl
        self.types: dict[str, TypeDef] = {}
        self._read_requests: dict[str, tuple[DocumentNode, tuple[str, ...]]] = {}
        self._document = parse(sdl, no_location=True)
        for definition in self._document.definitions:
            self._read(definition)

    def _read(self, node: DefinitionNode) -> None:
        kind = node.kind.split("_type_")[0]
        if kind not in ("object", "interface", "union", "enum", "scalar", "input_object"):
            return
        name = node.name.value  # type: ignore[attr-defined]  # every type definition has one
        type_ = self.types.setdefault(name, TypeDef(name, "input" if kind == "input_object" else kind))
        type_.members += [member.name.value for member in getattr(node, "types", None) or ()]
        type_.values += [value.name.value for value in getattr(node, "values", None) or ()]
        type_.interfaces += [one.name.value for one in getattr(node, "interfaces", None) or ()]
        directives: Iterable[DirectiveNode] = getattr(node, "directives", None) or ()
        type_.is_interface_object |= _has(directives, "interfaceObject")
        type_.contexts += list(_texts(directives, "context", "name"))
        for text, resolvable in _keys(directives):
            type_.keys.append(KeyDef(field_set(text), resolvable))
        if kind in ("object", "interface"):
            for child in getattr(node, "fields", None) or ():
                type_.fields[child.name.value] = _field(child, _has(directives, "external"))

    def possible(self, name: str) -> list[str]:
        """The object types a value of this composite type may have here."""
        type_ = self.types[name]
        if type_.kind == "union":
            return type_.members
        if type_.kind == "interface":
            return [t.name for t in self.types.values() if t.kind == "object" and name in t.interfaces]
        return [name]

    @property
    def entities(self) -> list[str]:
        """Object types that ``_entities`` may answer with."""
        return [
            type_.name
            for type_ in self.types.values()
            if type_.kind == "object" and type_.name not in ROOTS and any(k.is_resolvable for k in type_.keys)
        ]

    def read(self, operation: str) -> tuple[DocumentNode, tuple[str, ...]]:
        """A request's document and what is invalid in it; kept, since a plan is run more than once."""
        known = self._read_requests.get(operation)
        if known is None:
            document = parse(operation)
            errors = tuple(error.message for error in validate(self.schema, document))
            known = self._read_requests[operation] = document, errors
        return known

    @cached_property
    def schema(self) -> GraphQLSchema:
        """What the subgraph serves: its SDL without federation's directives, with ``_entities`` and ``_service``."""
        definitions = [
            build for type_ in self.types.values() if (build := self._definition(type_.name)) is not None
        ]
        extra = " scalar _Any type _Service { sdl: String }"
        service = "_service: _Service!"
        if self.entities:
            extra += f" union _Entity = {' | '.join(self.entities)}"
            service += " _entities(representations: [_Any!]!): [_Entity]!"
        kind = "extend type" if "Query" in self.types else "type"
        extra += f" {kind} Query {{ {service} }}"
        document = parse(" ".join(map(print_ast, definitions)) + extra)
        return build_ast_schema(_folded(document), assume_valid_sdl=True)

    def _definition(self, name: str) -> DefinitionNode | None:
        parts = [
            d for d in self._document.definitions if getattr(getattr(d, "name", None), "value", "") == name
        ]
        parts = [part for part in parts if "type_" in part.kind]
        return _merge(parts)


def field_set(text: str) -> SelectionSetNode:
    """The ``fields`` text of a directive as a selection set."""
    definition = parse(f"{{{text}}}", no_location=True).definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    return definition.selection_set


def _field(node: FieldDefinitionNode, is_external: bool) -> FieldDef:
    directives = node.directives or ()
    requires, provides = _text(directives, "requires", "fields"), _text(directives, "provides", "fields")
    return FieldDef(
        node.name.value,
        node.type,
        {argument.name.value: argument for argument in node.arguments or ()},
        is_external or _has(directives, "external"),
        None if requires is None else field_set(requires),
        None if provides is None else field_set(provides),
        _text(directives, "override", "from"),
        _has(directives, "inaccessible"),
        {a.name.value: taken for a in node.arguments or () if (taken := _context(a)) is not None},
    )


def _selection(text: str) -> SelectionSetNode:
    return field_set(text[1:-1] if text.startswith("{") else text)


def _context(argument: InputValueDefinitionNode) -> tuple[str, SelectionSetNode] | None:
    text = _text(argument.directives or (), "fromContext", "field")
    if text is None:
        return None
    name, _, selection = text.strip().removeprefix("$").partition(" ")
    return name, _selection(selection.strip())


def _has(directives: Iterable[DirectiveNode], name: str) -> bool:
    return any(directive.name.value == name for directive in directives)


def _keys(directives: Iterable[DirectiveNode]) -> Iterator[tuple[str, bool]]:
    for directive in directives:
        if directive.name.value == "key":
            values = {argument.name.value: argument.value for argument in directive.arguments or ()}
            resolvable = values.get("resolvable")
            yield values["fields"].value, resolvable is None or resolvable.value  # type: ignore[attr-defined]


def _text(directives: Iterable[DirectiveNode], name: str, argument: str) -> str | None:
    return next(_texts(directives, name, argument), None)


def _texts(directives: Iterable[DirectiveNode], name: str, argument: str) -> Iterator[str]:
    for directive in directives:
        if directive.name.value == name:
            for node in directive.arguments or ():
                if node.name.value == argument:
                    yield str(node.value.value)  # type: ignore[attr-defined]  # a string


def _merge(parts: list[DefinitionNode]) -> DefinitionNode | None:
    """One definition without directives out of a definition and its extensions (or extensions alone)."""
    kinds = {
        "object": ObjectTypeDefinitionNode,
        "interface": InterfaceTypeDefinitionNode,
        "union": UnionTypeDefinitionNode,
        "enum": EnumTypeDefinitionNode,
        "scalar": ScalarTypeDefinitionNode,
    }
    first = parts[0]
    base = kinds.get(first.kind.split("_type_")[0])
    if base is None:
        return _plain(first)
    merged = {"name": first.name}  # type: ignore[attr-defined]  # a type definition
    for key in ("fields", "interfaces", "types", "values"):
        if hasattr(first, key):
            merged[key] = tuple(_plain(one) for part in parts for one in getattr(part, key) or ())
    return base(**merged)


def _plain(node: object) -> object:
    """The node without directives, its arguments and fields too."""
    if isinstance(node, NamedTypeNode):
        return node
    changes = {}
    for key in getattr(node, "keys", ()):
        if key == "directives":
            changes[key] = ()
        elif key in ("arguments", "fields", "values"):
            changes[key] = tuple(_plain(one) for one in getattr(node, key) or ())
        elif key != "loc" and key != "description":
            changes[key] = getattr(node, key)
    return type(node)(**changes)


def _folded(document: DocumentNode) -> DocumentNode:
    """``extend type Query`` folded into ``type Query``."""
    more = tuple(
        field
        for extension in document.definitions
        if isinstance(extension, ObjectTypeExtensionNode)
        for field in extension.fields or ()
    )
    definitions = [
        ObjectTypeDefinitionNode(name=d.name, interfaces=d.interfaces, fields=(*(d.fields or ()), *more))
        if isinstance(d, ObjectTypeDefinitionNode) and d.name.value == "Query"
        else d
        for d in document.definitions
        if not isinstance(d, ObjectTypeExtensionNode)
    ]
    return DocumentNode(definitions=tuple(definitions))
