"""From the blocks that define one type to `TypeDefinition`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from router.federation.codes import INVALID_GRAPHQL
from router.federation.directives import MACHINERY_FIELDS
from router.federation.subgraph import (
    NOTHING,
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
from router.language.sdl_nodes import (
    SdlDirective,
    SdlDocument,
    SdlEnumValue,
    SdlField,
    SdlInput,
    SdlName,
    SdlType,
    SdlTypeBlock,
)

T = TypeVar("T")

_KINDS: Final[dict[str, Kind]] = {kind.value: kind for kind in Kind}
_EMPTY: Final[Applied] = ()


class TypeReader:
    """Builds the types of one SDL; ``known`` and ``renames`` are the SDL's own."""

    def __init__(
        self, document: SdlDocument, known: dict[str, str], renames: dict[str, str], problems: list[Problem]
    ) -> None:
        self.place = document.position
        self.known = known
        self.renames = renames
        self.problems = problems
        self._refs: dict[SdlType, TypeRef] = {}

    def type(self, blocks: Sequence[SdlTypeBlock]) -> TypeDefinition | None:
        """The type that these blocks of one name define; None when only machinery was in it."""
        name = blocks[0].name
        own = self._same_kind(name, blocks)
        building = _Building(self.renames.get(name, name))
        for block in own:
            self._add_block(building, block)
        head = next((b for b in own if not b.is_extension), own[0])
        directives = tuple(building.directives)
        extends = any(d.name == "extends" and d.is_known for d in directives)
        kind = _KINDS[head.keyword]
        if building.had_machinery and not building.fields:
            return None
        return TypeDefinition(
            name=building.name,
            kind=kind,
            description=building.description,
            directives=directives,
            at=head.start,
            interfaces=building.interfaces or NOTHING,
            fields=building.fields or NOTHING,
            members=building.members or NOTHING,
            values=building.values or NOTHING,
            inputs=building.inputs or NOTHING,
            has_definition=not head.is_extension and not extends,
        )

    def _same_kind(self, name: str, blocks: Sequence[SdlTypeBlock]) -> list[SdlTypeBlock]:
        """The blocks without second definitions and without extensions of another kind."""
        if name.startswith("__"):
            self._invalid(
                f'Name "{name}" must not begin with "__", which is reserved by GraphQL introspection.',
                blocks[0].start,
                name,
            )
        head = next((b for b in blocks if not b.is_extension), blocks[0])
        own: list[SdlTypeBlock] = []
        for block in blocks:
            if block is not head and not block.is_extension:
                self._invalid(f'There can be only one type named "{name}".', block.start, name)
            elif _KINDS[block.keyword] is not _KINDS[head.keyword]:
                kind = _KINDS[block.keyword].name.lower()
                self._invalid(f'Cannot extend non-{kind} type "{name}".', block.start, name)
            else:
                own.append(block)
        return own

    def _add_block(self, building: _Building, block: SdlTypeBlock) -> None:
        directives = self.directives(block.directives, block.is_extension)
        building.directives.extend(directives)
        if building.description is None:
            building.description = block.description
        for named in block.members:
            self._add_named(building.members, named, building.name, "include")
        for value in block.values:
            # Two values of one name are accepted by the other composers; the first counts.
            building.values.setdefault(value.name, self._enum_value(building.name, value))
        for item in block.inputs:
            own = self.input_value(f"{building.name}.{item.name}", item)
            self._add(building.inputs, own.name, own, item.start, f'Field "{own.coordinate}"')
        self._add_fields(building, block, {d.name for d in directives if d.is_known})

    def _add_fields(self, building: _Building, block: SdlTypeBlock, names: set[str]) -> None:
        """The interfaces and fields of a block; ``names`` are the directives it carries."""
        for named in block.interfaces:
            self._add_named(building.interfaces, named, building.name, "implement")
        is_external, is_shareable = "external" in names, "shareable" in names
        is_query = building.name == "Query"
        for node in block.fields:
            if is_query and node.name in MACHINERY_FIELDS:
                building.had_machinery = True
                continue
            field = self._field(building.name, node, is_external, is_shareable)
            self._add(building.fields, field.name, field, node.start, f'Field "{field.coordinate}"')

    def _add(self, into: dict[str, T], name: str, value: T, start: int, what: str) -> None:
        if name in into:
            self._invalid(f"{what} can only be defined once.", start, name)
            return
        if name.startswith("__"):
            self._invalid(
                f'Name "{name}" must not begin with "__", which is reserved by GraphQL introspection.',
                start,
                name,
            )
        into[name] = value

    def _add_named(self, into: dict[str, Named], node: SdlName, owner: str, verb: str) -> None:
        name = self.renames.get(node.name, node.name)
        if name in into:
            self._invalid(f'Type "{owner}" can only {verb} "{name}" once.', node.start, owner)
        into.setdefault(name, Named(name, node.start))

    def _field(self, owner: str, node: SdlField, is_external: bool, is_shareable: bool) -> FieldDefinition:
        name = node.name
        coordinate = f"{owner}.{name}"
        directives = self.directives(node.directives) if node.directives else _EMPTY
        arguments = self._arguments(coordinate, node) if node.arguments else NOTHING
        for directive in directives:
            if directive.is_known:
                is_external = is_external or directive.name == "external"
                is_shareable = is_shareable or directive.name == "shareable"
        return FieldDefinition(
            name=name,
            type=self.type_ref(node.type),
            arguments=arguments,
            description=node.description,
            directives=directives,
            at=node.start,
            coordinate=coordinate,
            is_external=is_external,
            is_shareable=is_shareable,
        )

    def _arguments(self, coordinate: str, node: SdlField) -> dict[str, InputValue]:
        arguments: dict[str, InputValue] = {}
        for item in node.arguments:
            value = self.input_value(f"{coordinate}({item.name}:)", item)
            self._add(arguments, value.name, value, item.start, f'Argument "{value.coordinate}"')
        return arguments

    def _enum_value(self, owner: str, node: SdlEnumValue) -> EnumValue:
        return EnumValue(
            name=node.name,
            description=node.description,
            directives=self.directives(node.directives),
            at=node.start,
            coordinate=f"{owner}.{node.name}",
        )

    def input_value(self, coordinate: str, node: SdlInput) -> InputValue:
        """An argument or input field."""
        return InputValue(
            name=node.name,
            type=self.type_ref(node.type),
            default=node.default,
            description=node.description,
            directives=self.directives(node.directives),
            at=node.start,
            coordinate=coordinate,
        )

    def type_ref(self, node: SdlType) -> TypeRef:
        """The type reference; equal ones of an SDL are one object."""
        ref = self._refs.get(node)
        if ref is None:
            written, required = node
            ref = self._refs[node] = TypeRef(self.renames.get(written, written), required)
        return ref

    def directives(self, nodes: Sequence[SdlDirective], in_extension: bool = False) -> Applied:
        """The applied directives, with canonical names where they are known."""
        if not nodes:
            return _EMPTY
        return tuple(
            AppliedDirective(
                name=self.known.get(node.name, node.name),
                arguments=dict(node.arguments),
                at=node.start,
                is_known=node.name in self.known,
                in_extension=in_extension,
                written=node.name,
            )
            for node in nodes
        )

    def _invalid(self, message: str, start: int, coordinate: str) -> None:
        self.problems.append(Problem(INVALID_GRAPHQL, message, self.place(start), coordinate))


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
