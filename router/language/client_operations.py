"""The operations of a client, each a document of its own with the fragments it uses.

The normal form is that of graphql-js's ``print``, the operation first and its fragments by name after it, as Apollo's
tools make manifests; with ``__typename`` where Apollo Client's cache adds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql.error import GraphQLSyntaxError
from graphql.language import (
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    ListValueNode,
    NameNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    parse,
    print_ast,
    visit,
)


@dataclass(frozen=True, slots=True)
class ClientText:
    """A GraphQL text of a client's source, and its place."""

    text: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class ClientOperation:
    """One operation, ready to be sent."""

    name: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Collected:
    """Every operation by name, or what is wrong."""

    operations: tuple[ClientOperation, ...]
    problems: tuple[str, ...]
    """Each begins with ``file:line: ``."""


def collect_operations(texts: Iterable[ClientText], *, adds_typename: bool = False) -> Collected:
    """Give the operations of all texts; fragments may be in any of them.

    Definitions of a schema are left out.  The same texts in any order give the same.
    """
    collector = _Collector()
    for text in texts:
        collector.take(text)
    operations = [
        operation
        for name in sorted(collector.operations)
        if (operation := collector.operation(name, adds_typename=adds_typename)) is not None
    ]
    return Collected(tuple(operations), tuple(sorted(collector.problems)))


class _ValuesAsClients(Visitor):
    """Writes lists and objects as graphql-js 16 does, which clients use: ``print_ast`` is that of the next major.

    The text of each stands in the document as the name of an enum value, which is printed as it is.
    """

    @staticmethod
    def leave_list_value(node: ListValueNode, *_args: Any) -> EnumValueNode:
        return EnumValueNode(value="[" + ", ".join(print_ast(value) for value in node.values or ()) + "]")

    @staticmethod
    def leave_object_value(node: ObjectValueNode, *_args: Any) -> EnumValueNode:
        fields = (f"{field.name.value}: {print_ast(field.value)}" for field in node.fields or ())
        return EnumValueNode(value="{" + ", ".join(fields) + "}")


class _Collector:
    def __init__(self) -> None:
        self.operations: dict[str, tuple[OperationDefinitionNode, str]] = {}
        self.fragments: dict[str, tuple[FragmentDefinitionNode, str]] = {}
        self.problems: list[str] = []

    def take(self, text: ClientText) -> None:
        try:
            document = parse(text.text, no_location=False)
        except GraphQLSyntaxError as error:
            line = text.line - 1 + (error.locations[0].line if error.locations else 1)
            if text.text.strip() and not _is_comment(text.text):
                self.problems.append(f"{text.file}:{line}: {error.message}")
            return
        for node in document.definitions:
            line = text.line - 1 + (node.loc.start_token.line if node.loc else 1)
            place = f"{text.file}:{line}"
            if isinstance(node, FragmentDefinitionNode):
                self._keep(self.fragments, "fragment", node.name.value, node, place)
            elif isinstance(node, OperationDefinitionNode):
                if node.name is None:
                    self.problems.append(f"{place}: the {node.operation.value} needs a name")
                else:
                    self._keep(self.operations, "operation", node.name.value, node, place)

    def _keep(self, kept: dict[str, Any], kind: str, name: str, node: Any, place: str) -> None:
        there = kept.setdefault(name, (node, place))
        if there[0] is not node and print_ast(there[0]) != print_ast(node):
            self.problems.append(f"{place}: the {kind} {name} is another one at {there[1]}")

    def operation(self, name: str, *, adds_typename: bool) -> ClientOperation | None:
        node, place = self.operations[name]
        names = self._used(node, place)
        if names is None:
            return None
        fragments = [self.fragments[one][0] for one in sorted(names)]
        document = DocumentNode(definitions=(node, *fragments))
        if adds_typename:
            document = visit(document, _AddTypename())
        return ClientOperation(
            name, node.operation.value, print_ast(visit(document, _ValuesAsClients())).rstrip("\n")
        )

    def _used(self, node: OperationDefinitionNode, place: str) -> set[str] | None:
        """Give every fragment an operation needs; None, and a problem, where one is nowhere."""
        used: set[str] = set()
        waiting = list(_spreads(node))
        while waiting:
            name = waiting.pop()
            if name in used:
                continue
            if name not in self.fragments:
                self.problems.append(f"{place}: the fragment {name} is in none of the files")
                return None
            used.add(name)
            waiting += _spreads(self.fragments[name][0])
        return used


def _is_comment(text: str) -> bool:
    return all(not line.strip() or line.strip().startswith("#") for line in text.splitlines())


def _spreads(node: OperationDefinitionNode | FragmentDefinitionNode) -> Iterator[str]:
    waiting: list[SelectionSetNode] = [node.selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FragmentSpreadNode):
                yield selection.name.value
            elif (inner := getattr(selection, "selection_set", None)) is not None:
                waiting.append(inner)


class _AddTypename(Visitor):
    """As Apollo Client's cache does: last in every selection set but the operation's own."""

    def enter_selection_set(
        self, node: SelectionSetNode, _key: Any, parent: Any, *_: Any
    ) -> SelectionSetNode | None:
        if isinstance(parent, OperationDefinitionNode):
            return None
        names = {one.name.value for one in node.selections if isinstance(one, FieldNode)}
        if "__typename" in names or any(name.startswith("__") for name in names):
            return None
        added = FieldNode(
            name=NameNode(value="__typename"), alias=None, arguments=(), directives=(), selection_set=None
        )
        return SelectionSetNode(selections=(*node.selections, added))
