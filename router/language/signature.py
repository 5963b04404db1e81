"""One text for all operations that differ only in values and white space: what usage is counted by.

Values may be secrets: a signature holds none.
"""

from __future__ import annotations

import hashlib
from typing import Any

from graphql.language import (
    DocumentNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    StringValueNode,
    ValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)


def signature(document: DocumentNode, operation: OperationDefinitionNode) -> str:
    """Give the operation and the fragments it uses, by name, with no value of a client.

    Strings become ``""``, numbers 0, equal items of a list one; variables, enum values, true, false and null stay:
    a plan may depend on them, and they are the schema's words.
    Invariant: valid where the document is, with the same plan.
    """
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    used: dict[str, FragmentDefinitionNode] = {}
    waiting: list[OperationDefinitionNode | FragmentDefinitionNode] = [operation]
    while waiting:
        spreads = _Spreads()
        visit(waiting.pop(), spreads)
        for name in spreads.names:
            if name not in used and name in fragments:
                used[name] = fragments[name]
                waiting.append(fragments[name])
    kept = DocumentNode(definitions=(operation, *(used[name] for name in sorted(used))))
    return print_ast(visit(kept, _WithoutValues())).strip()


def without_values(text: str) -> str:
    """Give a valid document of one operation as `signature` does, on one line.  Raises: GraphQLSyntaxError."""
    document = parse(text, no_location=True)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return " ".join(signature(document, operation).split())


def signature_hash(text: str) -> str:
    """Give the name of a signature: SHA-256 in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


class _Spreads(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        self.names.append(node.name.value)


class _WithoutValues(Visitor):
    @staticmethod
    def enter_string_value(_node: StringValueNode, *_: Any) -> StringValueNode:
        return StringValueNode(value="", block=False)

    @staticmethod
    def enter_int_value(_node: IntValueNode, *_: Any) -> IntValueNode:
        return IntValueNode(value="0")

    @staticmethod
    def enter_float_value(_node: FloatValueNode, *_: Any) -> FloatValueNode:
        return FloatValueNode(value="0")

    @staticmethod
    def leave_list_value(node: ListValueNode, *_: Any) -> ListValueNode:
        distinct: dict[str, ValueNode] = {}
        for value in node.values:
            distinct.setdefault(print_ast(value), value)
        return ListValueNode(values=tuple(distinct.values()))
