"""From the blocks that define one type to `TypeDefinition`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from graphql.language import (
    ConstDirectiveNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
)

from router.federation.codes import INVALID_GRAPHQL
from router.federation.directives import MACHINERY_FIELDS
from router.federation.read_links import position_of
from router.federation.subgraph import (
    Applied,
    AppliedDirective,
    EnumValue,
    FieldDefinition,
    InputValue,
    Kind,
    Named,
    Problem,
    TypeDefinition,
    TypeRef,
)
from router.federation.values import without_place

Block = TypeDefinitionNode | TypeExtensionNode
FieldsBlock = (
    ObjectTypeDefinitionNode
    | ObjectTypeExtensionNode
    | InterfaceTypeDefinitionNode
    | InterfaceTypeExtensionNode
)
T = TypeVar("T")

_KINDS: Final[dict[type, Kind]] = {
    ScalarTypeDefinitionNode: Kind.SCALAR,
    ScalarTypeExtensionNode: Kind.SCALAR,
    ObjectTypeDefinitionNode: Kind.OBJECT,
    ObjectTypeExtensionNode: Kind.OBJECT,
    InterfaceTypeDefinitionNode: Kind.INTERFACE,
    InterfaceTypeExtensionNode: Kind.INTERFACE,
    UnionTypeDefinitionNode: Kind.UNION,
    UnionTypeExtensionNode: Kind.UNION,
    EnumTypeDefinitionNode: Kind.ENUM,
    EnumTypeExtensionNode: Kind.ENUM,
    InputObjectTypeDefinitionNode: Kind.INPUT,
    InputObjectTypeExtensionNode: Kind.INPUT,
}
_EMPTY: Final[Applied] = ()


class TypeReader:
    """Builds the types of one SDL; ``known`` and ``renames`` are the SDL's own."""

    def __init__(self, known: dict[str, str], renames: dict[str, str], problems: list[Problem]) -> None:
        self.known = known
        self.renames = renames
        self.problems = problems
        self._refs: dict[tuple[str, tuple[bool, ...]], TypeRef] = {}

    def type(self, blocks: Sequence[Block]) -> TypeDefinition | None:
        """The type that these blocks of one name define; None when only machinery was in it."""
        name = blocks[0].name.value
        own = self._same_kind(name, blocks)
        building = _Building(self.renames.get(name, name))
        for block in own:
            self._add_block(building, block)
        head = next((b for b in own if isinstance(b, TypeDefinitionNode)), own[0])
        directives = tuple(building.directives)
        extends = any(d.name == "extends" and d.is_known for d in directives)
        kind = _KINDS[type(head)]
        if building.had_machinery and not building.fields:
            return None
        return TypeDefinition(
            name=building.name,
            kind=kind,
            description=building.description,
            directives=directives,
            at=position_of(head),
            interfaces=building.interfaces,
            fields=building.fields,
            members=building.members,
            values=building.values,
            inputs=building.inputs,
            has_definition=isinstance(head, TypeDefinitionNode) and not extends,
        )

    def _same_kind(self, name: str, blocks: Sequence[Block]) -> list[Block]:
        """The blocks without second definitions and without extensions of another kind."""
        if name.startswith("__"):
            self._invalid(
                f'Name "{name}" must not begin with "__", which is reserved by GraphQL introspection.',
                blocks[0],
                name,
            )
        head = next((b for b in blocks if isinstance(b, TypeDefinitionNode)), blocks[0])
        own: list[Block] = []
        for block in blocks:
            if block is not head and isinstance(block, TypeDefinitionNode):
                self._invalid(f'There can be only one type named "{name}".', block, name)
            elif _KINDS[type(block)] is not _KINDS[type(head)]:
                kind = _KINDS[type(block)].name.lower()
                self._invalid(f'Cannot extend non-{kind} type "{name}".', block, name)
            else:
                own.append(block)
        return own

    def _add_block(self, building: _Building, block: Block) -> None:
        in_extension = isinstance(block, TypeExtensionNode)
        directives = self.directives(block.directives, in_extension)
        building.directives.extend(directives)
        if building.description is None:
            building.description = _description(block)
        if isinstance(block, FieldsBlock):
            self._add_fields(building, block, {d.name for d in directives if d.is_known})
        elif isinstance(block, (UnionTypeDefinitionNode, UnionTypeExtensionNode)):
            for named in block.types or ():
                self._add_named(building.members, named, building.name, "include")
        elif isinstance(block, (EnumTypeDefinitionNode, EnumTypeExtensionNode)):
            for value in block.values or ():
                # Two values of one name are accepted by the other composers; the first counts.
                building.values.setdefault(value.name.value, self._enum_value(building.name, value))
        elif isinstance(block, (InputObjectTypeDefinitionNode, InputObjectTypeExtensionNode)):
            for item in block.fields or ():
                coordinate = f"{building.name}.{item.name.value}"
                own = self.input_value(coordinate, item)
                self._add(building.inputs, own.name, own, item, f"Field {coordinate!r}")

    def _add_fields(self, building: _Building, block: FieldsBlock, names: set[str]) -> None:
        """The interfaces and fields of a block; ``names`` are the directives it carries."""
        for named in block.interfaces or ():
            self._add_named(building.interfaces, named, building.name, "implement")
        for node in block.fields or ():
            if node.name.value in MACHINERY_FIELDS and building.name == "Query":
                building.had_machinery = True
                continue
            field = self._field(building.name, node, "external" in names, "shareable" in names)
            self._add(building.fields, field.name, field, node, f"Field {field.coordinate!r}")

    def _add(self, into: dict[str, T], name: str, value: T, node: object, what: str) -> None:
        if name in into:
            self._invalid(f"{what} can only be defined once.".replace("'", '"'), node, name)
            return
        if name.startswith("__"):
            self._invalid(
                f'Name "{name}" must not begin with "__", which is reserved by GraphQL introspection.',
                node,
                name,
            )
        into[name] = value

    def _add_named(self, into: dict[str, Named], node: NamedTypeNode, owner: str, verb: str) -> None:
        name = self.renames.get(node.name.value, node.name.value)
        if name in into:
            self._invalid(f'Type "{owner}" can only {verb} "{name}" once.', node, owner)
        into.setdefault(name, Named(name, position_of(node)))

    def _field(
        self, owner: str, node: FieldDefinitionNode, is_external: bool, is_shareable: bool
    ) -> FieldDefinition:
        name = node.name.value
        coordinate = f"{owner}.{name}"
        directives = self.directives(node.directives) if node.directives else _EMPTY
        arguments: dict[str, InputValue] = {}
        for item in node.arguments or ():
            value = self.input_value(f"{coordinate}({item.name.value}:)", item)
            self._add(arguments, value.name, value, item, f"Argument {value.coordinate!r}")
        for directive in directives:
            if directive.is_known:
                is_external = is_external or directive.name == "external"
                is_shareable = is_shareable or directive.name == "shareable"
        return FieldDefinition(
            name=name,
            type=self.type_ref(node.type),
            arguments=arguments,
            description=_description(node),
            directives=directives,
            at=position_of(node),
            coordinate=coordinate,
            is_external=is_external,
            is_shareable=is_shareable,
        )

    def _enum_value(self, owner: str, node: EnumValueDefinitionNode) -> EnumValue:
        return EnumValue(
            name=node.name.value,
            description=_description(node),
            directives=self.directives(node.directives),
            at=position_of(node),
            coordinate=f"{owner}.{node.name.value}",
        )

    def input_value(self, coordinate: str, node: InputValueDefinitionNode) -> InputValue:
        """An argument or input field."""
        return InputValue(
            name=node.name.value,
            type=self.type_ref(node.type),
            default=without_place(node.default_value) if node.default_value is not None else None,
            description=_description(node),
            directives=self.directives(node.directives),
            at=position_of(node),
            coordinate=coordinate,
        )

    def type_ref(self, node: TypeNode) -> TypeRef:
        """The type reference; equal ones of an SDL are one object."""
        required: list[bool] = []
        while True:
            is_required = isinstance(node, NonNullTypeNode)
            if isinstance(node, NonNullTypeNode):
                node = node.type
            required.append(is_required)
            if not isinstance(node, ListTypeNode):
                break
            node = node.type
        written = node.name.value if isinstance(node, NamedTypeNode) else ""
        key = (self.renames.get(written, written), tuple(required))
        ref = self._refs.get(key)
        if ref is None:
            ref = self._refs[key] = TypeRef(*key)
        return ref

    def directives(self, nodes: Iterable[ConstDirectiveNode] | None, in_extension: bool = False) -> Applied:
        """The applied directives, with canonical names where they are known."""
        if not nodes:
            return _EMPTY
        return tuple(
            AppliedDirective(
                name=self.known.get(node.name.value, node.name.value),
                arguments={a.name.value: without_place(a.value) for a in node.arguments or ()},
                at=position_of(node),
                is_known=node.name.value in self.known,
                in_extension=in_extension,
                written=node.name.value,
            )
            for node in nodes
        )

    def _invalid(self, message: str, node: object, coordinate: str) -> None:
        self.problems.append(Problem(INVALID_GRAPHQL, message, position_of(node), coordinate))


class _Building:
    """What the blocks of one type have brought so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.description: str | None = None
        self.directives: list[AppliedDirective] = []
        self.interfaces: dict[str, Named] = {}
        self.fields: dict[str, FieldDefinition] = {}
        self.members: dict[str, Named] = {}
        self.values: dict[str, EnumValue] = {}
        self.inputs: dict[str, InputValue] = {}
        self.had_machinery = False


def _description(node: object) -> str | None:
    description = getattr(node, "description", None)
    return description.value if isinstance(description, StringValueNode) else None
