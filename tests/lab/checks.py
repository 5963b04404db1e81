"""What a subgraph must not be asked: fields that are external there, or overridden away."""

from __future__ import annotations

from collections.abc import Iterator

from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from tests.lab.sdl import FieldDef, SubgraphSdl, TypeDef


class RequestCheck:
    """Checks requests to one subgraph."""

    def __init__(self, subgraph: SubgraphSdl, overridden: frozenset[tuple[str, str]]) -> None:
        """``overridden`` holds the (type, field) that other subgraphs took from this one."""
        self.subgraph = subgraph
        self.overridden = overridden

    def violations(self, document: DocumentNode) -> list[str]:
        """Every field that must not be asked here."""
        found: list[str] = []
        for definition in document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                continue  # fragments are checked where they are spread
            if isinstance(definition, OperationDefinitionNode):
                root = definition.operation.value.capitalize()
                fragments = {
                    d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
                }
                found += self._walk(definition.selection_set, root, [], fragments)
        return found

    def _walk(
        self,
        selections: SelectionSetNode,
        parent: str,
        provided: list[SelectionNode],
        fragments: dict[str, FragmentDefinitionNode],
    ) -> Iterator[str]:
        for selection in selections.selections:
            if isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = parent if condition is None else condition.name.value
                yield from self._walk(selection.selection_set, inner, provided, fragments)
            elif isinstance(selection, FieldNode):
                yield from self._field(selection, parent, provided, fragments)
            else:
                fragment = fragments[selection.name.value]  # type: ignore[attr-defined]  # a spread
                inner = fragment.type_condition.name.value
                yield from self._walk(fragment.selection_set, inner, provided, fragments)

    def _field(
        self,
        node: FieldNode,
        parent: str,
        provided: list[SelectionNode],
        fragments: dict[str, FragmentDefinitionNode],
    ) -> Iterator[str]:
        name = node.name.value
        if name == "_entities" and node.selection_set is not None:
            yield from self._walk(node.selection_set, "_Entity", [], fragments)
        if name.startswith("_") or parent not in self.subgraph.types:
            return
        type_ = self.subgraph.types[parent]
        below: list[SelectionNode] = []
        for concrete in self._concrete(type_):
            definition = concrete.fields.get(name)
            if definition is None:
                continue
            given = list(_given(provided, name, {concrete.name, parent, *concrete.interfaces}))
            below += [s for one in given for s in (one.selection_set.selections if one.selection_set else ())]
            if definition.provides is not None:
                below += definition.provides.selections
            fault = self._fault(concrete, definition, bool(given))
            if fault:
                yield f"{self.subgraph.name} was asked {parent}.{name}, which is {fault} there"
        own = type_.fields.get(name)
        if own is not None and own.provides is not None:
            below += own.provides.selections
        if node.selection_set is not None:
            yield from self._walk(node.selection_set, self._type_of(type_, name), below, fragments)

    def _concrete(self, type_: TypeDef) -> list[TypeDef]:
        return [self.subgraph.types[name] for name in self.subgraph.possible(type_.name)]

    def _type_of(self, type_: TypeDef, name: str) -> str:
        node = type_.fields[name].type
        while hasattr(node, "type"):
            node = node.type
        return str(node.name.value)  # type: ignore[attr-defined]  # a named type

    def _fault(self, type_: TypeDef, definition: FieldDef, is_provided: bool) -> str:
        if (type_.name, definition.name) in self.overridden:
            return "overridden away"
        if definition.is_external and not is_provided and not self.is_key(type_, definition.name):
            return "external and not provided"
        return ""

    @staticmethod
    def is_key(type_: TypeDef, name: str) -> bool:
        """Whether the field stands in a key of the type here; then the subgraph knows it anyway."""
        return any(
            isinstance(selection, FieldNode) and selection.name.value == name
            for key in type_.keys
            for selection in key.fields.selections
        )


def _given(provided: list[SelectionNode], name: str, types: set[str]) -> Iterator[FieldNode]:
    for selection in provided:
        if isinstance(selection, FieldNode) and selection.name.value == name:
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            if condition is None or condition.name.value in types:
                yield from _given(list(selection.selection_set.selections), name, types)
